"""Which reader fits: the content decides where it can, the name and the stated type where it cannot."""

from __future__ import annotations

from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from files.readers.types import Kind, UnreadableError

HEAD_BYTES = 8192
READABLE = "upload PDF, DOCX, PPTX, XLSX, EPUB, HTML, IPYNB, CSV, JSON, JSONL or text"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PARTS = {
    "word/document.xml": Kind.DOCX,
    "ppt/presentation.xml": Kind.PPTX,
    "xl/workbook.xml": Kind.XLSX,
    "META-INF/container.xml": Kind.EPUB,
}
_SUFFIXES = {
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".tab": Kind.CSV,
    ".json": Kind.JSON,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
    ".ipynb": Kind.IPYNB,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
}
_CONTENT_TYPES = {
    "text/csv": Kind.CSV,
    "application/csv": Kind.CSV,
    "text/tab-separated-values": Kind.CSV,
    "application/json": Kind.JSON,
    "application/jsonl": Kind.JSONL,
    "application/x-ndjson": Kind.JSONL,
    "application/x-jsonlines": Kind.JSONL,
    "application/x-ipynb+json": Kind.IPYNB,
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/markdown": Kind.MARKDOWN,
}
_MUST_BE_ZIPS = {".docx": Kind.DOCX, ".pptx": Kind.PPTX, ".xlsx": Kind.XLSX, ".epub": Kind.EPUB}


def kind_of(path: Path, *, name: str, content_type: str) -> Kind:
    """Raises UnreadableError for an empty file and for what is neither a document nor text."""
    with path.open("rb") as content:
        head = content.read(HEAD_BYTES)
    suffix = PurePath(name).suffix.lower()
    if not head:
        raise UnreadableError(f"{name} is empty; upload a file with content.")
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(_ZIPS):
        return _kind_of_zip(path, name)
    if head.startswith(_OLE):
        raise UnreadableError(_old_office(path, name))
    if suffix == ".pdf" or suffix in _MUST_BE_ZIPS:
        raise UnreadableError(damaged(name, suffix[1:].upper()))
    if head.startswith(b"{\\rtf") or (b"\x00" in head and not head.startswith(_WIDE_MARKS)):
        raise UnreadableError(f"{name} is neither a document that can be read nor text; {READABLE}.")
    return _kind_of_text(head, suffix, content_type.partition(";")[0].strip().lower())


def damaged(name: str, kind: str) -> str:
    return f"{name} could not be read as {kind}; the file seems to be damaged."


def _kind_of_text(head: bytes, suffix: str, content_type: str) -> Kind:
    kind = _SUFFIXES.get(suffix) or _CONTENT_TYPES.get(content_type)
    if kind is None:
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return Kind.HTML if start.startswith((b"<!doctype html", b"<html")) else Kind.TEXT
    if kind is Kind.JSON and b'"nbformat"' in head and b'"cells"' in head:
        return Kind.IPYNB
    return kind


def _kind_of_zip(path: Path, name: str) -> Kind:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, NotImplementedError, OSError, ValueError):
        kind = PurePath(name).suffix[1:].upper() or "ZIP"
        raise UnreadableError(damaged(name, kind)) from None
    for part, kind_of_part in _PARTS.items():
        if part in names:
            return kind_of_part
    raise UnreadableError(f"{name} is an archive and not a document; unpack it and upload its files singly.")


def _old_office(path: Path, name: str) -> str:
    """These containers hold either a locked new document or a document of the formats before 2007."""
    with path.open("rb") as content:
        is_locked = "EncryptedPackage".encode("utf-16-le") in content.read(1 << 22)
    if is_locked:
        return locked(name)
    return f"{name} is in an Office format from before 2007; save it as DOCX, PPTX or XLSX and upload that."


def locked(name: str) -> str:
    return f"{name} is protected by a password; remove the password and upload it again."
