from __future__ import annotations

from mimetypes import guess_type

UNKNOWN_TYPE = "application/octet-stream"
MAX_TYPE = 127
TYPES_BY_ENDING = {".jsonl": "application/jsonl", ".ndjson": "application/jsonl", ".gz": "application/gzip"}
NAMES = {
    "application/epub+zip": "EPUB",
    "application/gzip": "gzip",
    "application/json": "JSON",
    "application/jsonl": "JSONL",
    "application/msword": "Word (old)",
    "application/octet-stream": "unknown",
    "application/pdf": "PDF",
    "application/vnd.ms-excel": "Excel (old)",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/x-ipynb+json": "notebook",
    "application/zip": "ZIP",
    "text/csv": "CSV",
    "text/html": "HTML",
    "text/markdown": "Markdown",
    "text/plain": "text",
    "text/tab-separated-values": "TSV",
}


def type_of(name: str) -> str:
    """Browsers know no JSONL; then the ending of the name says more than they do."""
    ending = next((ending for ending in TYPES_BY_ENDING if name.lower().endswith(ending)), "")
    return TYPES_BY_ENDING.get(ending) or guess_type(name)[0] or UNKNOWN_TYPE


def type_words(content_type: str) -> str:
    """As people call it, or as it stands."""
    return NAMES.get(content_type.partition(";")[0].strip().lower(), content_type)


def clean_type(content_type: str) -> str:
    """What no header could say again counts as unknown."""
    content_type = content_type.strip()
    is_sayable = content_type.isascii() and content_type.isprintable() and len(content_type) <= MAX_TYPE
    return content_type if content_type and is_sayable else UNKNOWN_TYPE
