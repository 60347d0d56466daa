"""A stored document as chunks of text, read in a process of its own: a hostile one can fail, but not hurt."""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from files.errors import FileUnreadableError

logger = logging.getLogger(__name__)

DEFAULT_MAX_TOKENS = 500
MAX_CHUNKS = 500_000
TICK_SECONDS = 1.0
_ROOT = Path(__file__).resolve().parents[2]
_PIECE_BYTES = 1 << 16
_OUT_OF_MEMORY = (-signal.SIGABRT, -signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document's text, its place from 1, and where a reader finds it there: "page 2", "Sheet1, row 3"."""

    text: str
    place: int
    label: str


def chunks_of(
    path: Path,
    *,
    name: str,
    content_type: str,
    max_tokens: int | None,
    separators: str,
    meanwhile: Callable[[], None] | None = None,
) -> list[Chunk]:
    """The document's chunks in their order, none of them empty. `meanwhile` is called about each second of reading;
    what it raises ends the reading.

    Raises FileUnreadableError with one sentence when there is no text in it, or none within the limits.
    """
    name = name or "The file"
    check_size(name, path.stat().st_size)
    task = {
        "path": str(path.resolve()),
        "name": name,
        "content_type": content_type,
        "max_tokens": max(max_tokens or DEFAULT_MAX_TOKENS, 1),
        "separators": separators,
        "memory_bytes": settings.DOCUMENT_MEMORY_BYTES,
        "seconds": settings.DOCUMENT_SECONDS,
        "text_bytes": settings.MAX_DOCUMENT_TEXT_BYTES,
        "unpacked_bytes": settings.MAX_DOCUMENT_UNPACKED_BYTES,
    }
    with _child() as process:
        try:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(task).encode())
                process.stdin.close()
            return _collected(_lines(process, name, meanwhile), process, name)
        finally:
            process.kill()


def check_size(name: str, size_bytes: int) -> None:
    """Raises FileUnreadableError for more than is ever read."""
    if size_bytes > settings.MAX_DOCUMENT_BYTES:
        limit = settings.MAX_DOCUMENT_BYTES >> 20
        raise FileUnreadableError(
            f"{name or 'The file'} has {size_bytes >> 20:,} MB; a document may have {limit:,} MB."
        )


def _child() -> subprocess.Popen[bytes]:
    """It inherits no secret, and no thread of a library for arithmetic."""
    return subprocess.Popen(
        [sys.executable, "-s", "-m", "files.readers.child"],
        cwd=_ROOT,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    )


def _collected(lines: Iterator[bytearray], process: subprocess.Popen[bytes], name: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    total_bytes = 0
    for line in lines:
        match json.loads(line):
            case ["piece", str(label), str(text)]:
                total_bytes += len(text.encode())
                if total_bytes > settings.MAX_DOCUMENT_TEXT_BYTES or len(chunks) >= MAX_CHUNKS:
                    raise FileUnreadableError(_too_much(name))
                chunks.append(Chunk(text, len(chunks) + 1, label))
            case ["refused", str(sentence)]:
                raise FileUnreadableError(sentence)
            case ["failed", str(error), str(sentence)]:
                logger.warning("a document could not be read: %s", error)
                raise FileUnreadableError(sentence)
            case ["done"]:
                if not chunks:
                    raise FileUnreadableError(f"{name} has no text; upload a file with content.")
                return chunks
    raise FileUnreadableError(_ended_without_a_word(process.wait(), name))


def _lines(
    process: subprocess.Popen[bytes], name: str, meanwhile: Callable[[], None] | None
) -> Iterator[bytearray]:
    """What the child says, line by line. Raises FileUnreadableError when its time is over."""
    assert process.stdout is not None
    deadline = time.monotonic() + settings.DOCUMENT_SECONDS
    rest = bytearray()
    next_tick = time.monotonic() + TICK_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if now >= deadline:
                raise FileUnreadableError(_too_slow(name))
            if now >= next_tick:
                if meanwhile is not None:
                    meanwhile()
                next_tick = now + TICK_SECONDS
            if not selector.select(min(next_tick, deadline) - now):
                continue
            piece = os.read(process.stdout.fileno(), _PIECE_BYTES)
            if not piece:
                return
            rest += piece
            if b"\n" in piece:
                *whole, rest = rest.split(b"\n")
                yield from whole


def _ended_without_a_word(code: int, name: str) -> str:
    logger.warning("the reader of a document ended with %s", code)
    if code == -signal.SIGXCPU:
        return _too_slow(name)
    if code in _OUT_OF_MEMORY:
        return f"{name} needs more than {settings.DOCUMENT_MEMORY_BYTES >> 20:,} MB of memory to be read."
    return f"{name} could not be read; the file seems to be damaged."


def _too_slow(name: str) -> str:
    limit = settings.DOCUMENT_SECONDS
    return f"{name} took longer than {limit} seconds to read; split it and upload the parts."


def _too_much(name: str) -> str:
    limit = f"{settings.MAX_DOCUMENT_TEXT_BYTES >> 20:,} MB of text or {MAX_CHUNKS:,} chunks"
    return f"{name} has more than {limit}; split it and upload the parts."
