"""Checks of a zipped document before any library opens it."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812  (a class, though its name is lower case)

from files.readers.kinds import damaged, locked
from files.readers.types import Kind, Task, UnreadableError

MAX_PARTS = 20_000
_PIECE_BYTES = 1 << 20
_XML_SUFFIXES = (".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".htm", ".svg", ".vml")
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")


def check_archive(task: Task, kind: Kind) -> None:
    """Unpacks everything once to count it: the sizes that an archive states may be false. Raises UnreadableError."""
    forbidden = _declarations("<!ENTITY" if kind is Kind.EPUB else "<!DOCTYPE", "<!ENTITY")
    total = 0
    try:
        with ZipFile(task.path) as archive:
            if len(archive.infolist()) > MAX_PARTS:
                raise UnreadableError(f"{task.name} has more than {MAX_PARTS:,} parts; it cannot be read.")
            for info in archive.infolist():
                if info.flag_bits & 1:
                    raise UnreadableError(locked(task.name))
                for piece in _overlapping_pieces(archive, info):
                    total += len(piece)
                    if total > task.unpacked_bytes:
                        raise UnreadableError(
                            f"{task.name} unpacks to more than {task.unpacked_bytes >> 20:,} MB; it cannot be read."
                        )
                    if info.filename.lower().endswith(_XML_SUFFIXES) and any(
                        word in piece for word in forbidden
                    ):
                        raise UnreadableError(
                            f"{task.name} declares XML entities, which documents do not need; it was not read."
                        )
    except (BadZipFile, ZlibError, EOFError, NotImplementedError, OSError):
        raise UnreadableError(damaged(task.name, kind)) from None


def _overlapping_pieces(archive: ZipFile, info: ZipInfo) -> Iterator[bytes]:
    """Pieces of one part, each beginning with the last bytes of the one before, so that no word falls between two."""
    with archive.open(info) as part:
        tail = b""
        while piece := part.read(_PIECE_BYTES):
            yield tail + piece
            tail = piece[-32:]


def _declarations(*words: str) -> list[bytes]:
    return [word.encode(encoding) for word in words for encoding in _ENCODINGS]
