"""Sections to pieces of at most so many tokens, cut where the text itself has a border."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semantic_text_splitter import MarkdownSplitter, TextSplitter

from files.readers.types import Form, Section

BYTES_PER_TOKEN = 4  # The estimate by which records count their tokens.
STRETCH = 64 * 1024
LONG_LINE = 16 * 1024
_UNWANTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_MANY_LINES = re.compile(r"\n{3,}")


class Cutter:
    """Cuts sections by the owner's separators first, then by size."""

    def __init__(self, max_tokens: int, separators: str) -> None:
        self.max_bytes = max_tokens * BYTES_PER_TOKEN
        self._separators = separators_of(separators)
        self._text = TextSplitter.from_callback(_size, self.max_bytes)
        self._markdown = MarkdownSplitter.from_callback(_size, self.max_bytes)

    def pieces(self, section: Section) -> Iterator[str]:
        """Texts that are never empty and never larger than asked for."""
        text = cleaned(section.text)
        if section.form is Form.ROW:
            yield from self._sized(text, self._text)
            return
        splitter = self._markdown if section.form is Form.MARKDOWN else self._text
        for part in separated(text, self._separators):
            yield from self._sized(part, splitter)

    def _sized(self, text: str, splitter: TextSplitter | MarkdownSplitter) -> Iterator[str]:
        text = text.strip()
        if _size(text) <= self.max_bytes:
            if text:
                yield text
            return
        for stretch in _stretches(text):
            yield from (piece for piece in splitter.chunks(stretch) if piece.strip())


def separators_of(listed: str) -> list[str]:
    """A list with commas; `\\n` and `\\t` may be written so. Spaces around a separator are not part of it."""
    parts = (part.strip(" ").replace("\\n", "\n").replace("\\t", "\t") for part in listed.split(","))
    return [part for part in parts if part]


def separated(text: str, separators: list[str]) -> list[str]:
    """The parts between separators. One with a letter or digit begins the part that follows: no word is lost."""
    for separator in separators:
        if any(character.isalnum() for character in separator):
            text = text.replace(separator, f"\x00{separator}")
        else:
            text = text.replace(separator, "\x00")
    return text.split("\x00")


def cleaned(text: str) -> str:
    """Without control characters, halves of surrogate pairs, spaces before line ends, and more than one blank line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    lines = "\n".join(line.rstrip(" \t") for line in _UNWANTED.sub("", text).split("\n"))
    return _MANY_LINES.sub("\n\n", lines)


def _stretches(text: str) -> Iterator[str]:
    """The text in parts, between paragraphs where there are any: the splitter's time grows with the square."""
    usual: list[str] = []
    length = 0
    for line in text.splitlines(keepends=True):
        is_long = len(line) > LONG_LINE
        if is_long or length > 2 * STRETCH or (length > STRETCH and not line.strip()):
            yield "".join(usual)
            usual, length = [], 0
        if is_long:
            yield from _parts_of_line(line)
        else:
            usual.append(line)
            length += len(line)
    yield "".join(usual)


def _parts_of_line(line: str) -> Iterator[str]:
    at = 0
    while at < len(line):
        end = at + LONG_LINE
        space = line.rfind(" ", at + LONG_LINE // 2, end) if end < len(line) else -1
        yield line[at : (end := space + 1 if space > 0 else end)]
        at = end


def _size(text: str) -> int:
    return len(text.encode())
