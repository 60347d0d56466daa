from __future__ import annotations

import gzip
import io
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from project.lib.streams import LineBatch, LineReader, StreamError, read_ahead

LIMITS = {"max_line_bytes": 1_000, "max_unpacked_bytes": 1 << 30}
SIZES = {"batch_bytes": 1 << 20, "batch_lines": 1_000}


def batches(content: bytes, *, offset: int = 0, number: int = 1, batch_lines: int = 1_000) -> list[LineBatch]:
    reader = LineReader(io.BytesIO(content), **LIMITS)
    return list(reader.batches(offset=offset, number=number, batch_bytes=1 << 20, batch_lines=batch_lines))


def lines(content: bytes) -> list[bytes | None]:
    return [line for batch in batches(content) for line in batch.lines]


@given(st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")), max_size=30), st.booleans())
@settings(deadline=None)
def test_lines_are_those_that_split_finds(parts: list[bytes], packed: bool) -> None:  # noqa: FBT001
    content = b"x" + b"\n".join(parts)  # The x keeps a magic number of a foreign format from the start.
    expected = content.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert lines(gzip.compress(content) if packed else content) == expected


@given(st.integers(0, 9), st.integers(1, 4), st.booleans())
@settings(deadline=None)
def test_reading_from_any_place_on_gives_the_rest(skipped: int, batch_lines: int, packed: bool) -> None:  # noqa: FBT001
    content = b"\xef\xbb\xbf" + b"".join(b"line %d\r\n" % index for index in range(10))
    stored = gzip.compress(content) if packed else content
    whole = batches(stored, batch_lines=1)
    place = whole[skipped]
    begin = whole[skipped - 1].offset if skipped else 0
    rest = batches(stored, offset=begin, number=place.first_number, batch_lines=batch_lines)
    assert [line for batch in rest for line in batch.lines] == [
        b"line %d\r" % index for index in range(skipped, 10)
    ]
    assert rest[-1].number == 11


def test_a_long_line_comes_as_none_and_its_bytes_are_counted() -> None:
    content = b"a\n" + b"x" * 5_000_000 + b"\nb"
    assert lines(content) == [b"a", None, b"b"]
    assert batches(content)[-1].offset == len(content)


def test_a_long_last_line_without_line_feed_comes_as_none() -> None:
    assert lines(b"a\n" + b"x" * 5_000) == [b"a", None]


def test_more_unpacked_bytes_than_allowed_are_refused() -> None:
    reader = LineReader(
        io.BytesIO(gzip.compress(b"a\n" * 3_000_000)), max_line_bytes=10, max_unpacked_bytes=1_000_000
    )
    with pytest.raises(StreamError, match="unpacks to more than 1,000,000 bytes"):
        list(reader.batches(offset=0, number=1, **SIZES))


def test_reading_ahead_gives_the_same_items_and_raises_the_same_error() -> None:
    def produce() -> Iterator[int]:
        yield from range(5)
        raise StreamError("stop")

    seen: list[int] = []
    with pytest.raises(StreamError, match="stop"):
        seen.extend(read_ahead(produce()))
    assert list(read_ahead(range(100))) == list(range(100))


def test_a_reader_that_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    items = read_ahead(iter(range(1_000_000)))
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
