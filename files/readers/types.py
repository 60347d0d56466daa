from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What a document is, by the name that people give it."""

    PDF = "PDF"
    DOCX = "DOCX"
    PPTX = "PPTX"
    XLSX = "XLSX"
    EPUB = "EPUB"
    HTML = "HTML"
    IPYNB = "notebook"
    CSV = "CSV"
    JSON = "JSON"
    JSONL = "JSONL"
    MARKDOWN = "Markdown"
    TEXT = "text"


class Form(StrEnum):
    """How a section may be cut: a row stays whole if it fits, the others at their natural borders."""

    ROW = "row"
    TEXT = "text"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that is cut by itself: a row, a page, a slide, or the whole."""

    text: str
    label: str
    form: Form


@dataclass(frozen=True, slots=True)
class Task:
    """What the child is asked to read, and within which limits."""

    path: Path
    name: str
    content_type: str
    max_tokens: int
    separators: str
    memory_bytes: int
    seconds: int
    text_bytes: int
    unpacked_bytes: int


class UnreadableError(Exception):
    """The document cannot become text; the message is one sentence for people."""
