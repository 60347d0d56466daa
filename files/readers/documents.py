"""Documents through markitdown, one of its converters at a time: nothing is guessed and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from files.readers import bidi
from files.readers.kinds import damaged, locked
from files.readers.types import Form, Kind, Section, Task, UnreadableError

if TYPE_CHECKING:
    from markitdown import DocumentConverter
    from pdfminer.layout import LTPage, LTTextLine

MAX_UNMAPPED_SHARE = 0.3
_SLIDE = re.compile(r"<!-- Slide number: (\d+) -->\n?")
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_CONVERTERS = {
    Kind.PDF: "PdfConverter",
    Kind.DOCX: "DocxConverter",
    Kind.PPTX: "PptxConverter",
    Kind.EPUB: "EpubConverter",
    Kind.HTML: "HtmlConverter",
    Kind.IPYNB: "IpynbConverter",
}


def document_sections(raw: bytes, task: Task, kind: Kind) -> Iterator[Section]:
    """Raises UnreadableError when there is no text in it, or a password before it."""
    if kind is Kind.PDF:
        yield from _pdf_sections(raw, task)
        return
    markdown = _IMAGE.sub(r"\1", _converted(raw, kind))
    if kind is not Kind.PPTX:
        yield Section(markdown, "", Form.MARKDOWN)
        return
    _, *parts = _SLIDE.split(markdown)
    for number, slide in zip(parts[::2], parts[1::2], strict=True):
        yield Section(slide, f"slide {number}", Form.MARKDOWN)


def _converted(raw: bytes, kind: Kind) -> str:
    from markitdown import StreamInfo, converters  # noqa: PLC0415  (see loading)

    converter: DocumentConverter = getattr(converters, _CONVERTERS[kind])()
    return converter.convert(BytesIO(raw), StreamInfo(charset="utf-8")).markdown


def _pdf_sections(raw: bytes, task: Task) -> Iterator[Section]:
    from pdfminer.pdfdocument import PDFPasswordIncorrect  # noqa: PLC0415  (see loading)
    from pdfminer.pdfparser import PDFSyntaxError  # noqa: PLC0415  (see loading)

    try:
        pages = _converted(raw, Kind.PDF).rstrip("\f").split("\f")
        if any(map(bidi.has_right_to_left, pages)):
            pages = _pages_in_reading_order(raw)
    except PDFPasswordIncorrect:
        raise UnreadableError(locked(task.name)) from None
    except PDFSyntaxError:
        raise UnreadableError(damaged(task.name, "PDF")) from None
    letters = sum(len(page.strip()) for page in pages)
    if not letters:
        raise UnreadableError(
            f"{task.name} has no text; it seems to be scanned. Run text recognition (OCR) on it and upload the result."
        )
    if sum(len(found) for page in pages for found in _UNMAPPED.findall(page)) > MAX_UNMAPPED_SHARE * letters:
        raise UnreadableError(
            f"The fonts of {task.name} do not say which letters they show. Run text recognition (OCR) on it and "
            "upload the result."
        )
    for number, page in enumerate(pages, 1):
        text = bidi.with_plain_letters(_UNMAPPED.sub("", page)).rstrip().removesuffix(f"\n{number}")
        yield Section(text, f"page {number}" if len(pages) > 1 else "", Form.TEXT)


def _pages_in_reading_order(raw: bytes) -> list[str]:
    from pdfminer.high_level import extract_pages  # noqa: PLC0415  (see loading)

    return ["\n".join(_blocks(page)) for page in extract_pages(BytesIO(raw))]


def _blocks(page: LTPage) -> Iterator[str]:
    """The page's paragraphs, and the lines that belong to none."""
    from pdfminer.layout import LTTextBox, LTTextLine  # noqa: PLC0415  (see loading)

    for part in page:
        if isinstance(part, LTTextBox):
            yield "".join(_line(line) for line in part)
        elif isinstance(part, LTTextLine):
            yield _line(part)


def _line(line: LTTextLine) -> str:
    from pdfminer.layout import LTChar  # noqa: PLC0415  (see loading)

    glyphs = [
        bidi.Glyph(part.get_text(), part.x0 if isinstance(part, LTChar) else None)
        for part in line
        if part.get_text() != "\n"
    ]
    return bidi.line_text(glyphs).rstrip() + "\n"
