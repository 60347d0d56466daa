"""Bytes in motion: lines out of large files, work ahead in a thread. Memory stays at a few pieces at any size."""

from __future__ import annotations

import gzip
import queue
import threading
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TypeVar

from project.lib.errors import InvalidError

T = TypeVar("T")

PIECE_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BOMB_FLOOR_BYTES = 1 << 30  # Below this much unpacked text no ratio is suspicious.
BOMB_RATIO = 200  # JSON text shrinks by 5 to 50 times; DEFLATE can do at most 1,032.
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive; unpack it first",
    b"PAR1": "a Parquet file, which cannot be imported yet; convert it to JSONL",
    b"\x28\xb5\x2f\xfd": "a zstd file, which cannot be imported yet; use gzip or plain JSONL",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"%PDF": "a PDF; an import takes JSONL",
}


class StreamError(InvalidError):
    """The file as a whole cannot be read: cut short, damaged, or not text lines."""


@dataclass(frozen=True, slots=True)
class LineBatch:
    """Some whole lines. `offset` and `number` say where the line after the last one begins."""

    lines: list[bytes | None]
    first_number: int
    number: int
    offset: int
    packed_offset: int


class LineReader:
    """The lines of a binary file, gzip or not, from a place on. A line over `max_line_bytes` comes as None."""

    def __init__(self, file: IO[bytes], *, max_line_bytes: int, max_unpacked_bytes: int) -> None:
        self._raw = file
        self._max_line_bytes = max_line_bytes
        self._max_unpacked_bytes = max_unpacked_bytes
        head = file.read(4)
        file.seek(0)
        self.is_gzip = head.startswith(GZIP_MAGIC)
        self._file: IO[bytes] = gzip.GzipFile(fileobj=file) if self.is_gzip else file  # type: ignore[assignment]
        for magic, sentence in _FOREIGN.items():
            if head.startswith(magic):
                raise StreamError(f"The file is {sentence}.")

    def batches(self, *, offset: int, number: int, batch_bytes: int, batch_lines: int) -> Iterator[LineBatch]:
        """Batches of about `batch_bytes`, never more than `batch_lines` lines, beginning at byte `offset` of the
        unpacked text, where line `number` (from 1) begins. Raises StreamError."""
        self._skip(offset)
        lines: list[bytes | None] = []
        size, first = 0, number
        for line, length in self._lines(strip_mark=offset == 0):
            lines.append(line)
            size += length
            number += 1
            offset += length
            if size >= batch_bytes or len(lines) >= batch_lines:
                yield LineBatch(lines, first, number, offset, self._packed_offset())
                lines, size, first = [], 0, number
        if lines:
            yield LineBatch(lines, first, number, offset, self._packed_offset())

    def _lines(self, *, strip_mark: bool) -> Iterator[tuple[bytes | None, int]]:
        """Each line without its line feed, and the bytes it took in the file, line feed included."""
        rest, dropped = b"", 0
        for piece in self._pieces():
            whole = (rest + piece).split(b"\n")
            rest = whole.pop()
            for line in whole:
                length = dropped + len(line) + 1
                if strip_mark:
                    line, strip_mark = line.removeprefix(BYTE_ORDER_MARK), False
                yield (None if dropped or len(line) > self._max_line_bytes else line), length
                dropped = 0
            if dropped or len(rest) > self._max_line_bytes:
                dropped, rest = dropped + len(rest), b""
        if rest or dropped:
            yield (
                (None if dropped else rest.removeprefix(BYTE_ORDER_MARK) if strip_mark else rest),
                dropped + len(rest),
            )

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._read(PIECE_BYTES):
            yield piece

    def _read(self, size: int) -> bytes:
        try:
            piece = self._file.read(size)
        except EOFError:
            raise StreamError("The gzip file is cut short; upload it again.") from None
        except (gzip.BadGzipFile, zlib.error):
            raise StreamError("The gzip file is damaged; pack it again and upload it again.") from None
        if self.is_gzip:
            self._refuse_bomb(self._file.tell())
        return piece

    def _refuse_bomb(self, unpacked: int) -> None:
        if unpacked > self._max_unpacked_bytes:
            raise StreamError(f"The file unpacks to more than {self._max_unpacked_bytes:,} bytes; split it.")
        if unpacked > BOMB_FLOOR_BYTES and unpacked > BOMB_RATIO * self._packed_offset():
            raise StreamError(
                f"The file unpacks to more than {BOMB_RATIO} times its size; upload it unpacked."
            )

    def _packed_offset(self) -> int:
        return self._raw.tell()

    def _skip(self, offset: int) -> None:
        if not self.is_gzip:
            self._file.seek(offset)
            return
        while offset > 0 and (piece := self._read(min(offset, PIECE_BYTES))):
            offset -= len(piece)


_END = object()


def read_ahead(items: Iterable[T], *, depth: int = 1) -> Iterator[T]:
    """The same items, produced in a thread of their own while the caller works on the one before. An exception of
    the producer is raised here; a caller that stops early stops the producer. A generator is closed in that thread."""
    handed: queue.Queue[object] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                handed.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for item in items:
                if not put(item):
                    return
            put(_END)
        except BaseException as error:
            put(error)
        finally:
            if isinstance(items, Generator):
                items.close()

    thread = threading.Thread(target=produce, daemon=True)
    thread.start()
    try:
        while (item := handed.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
