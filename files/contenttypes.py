from __future__ import annotations

from mimetypes import guess_type

UNKNOWN_TYPE = "application/octet-stream"
MAX_TYPE = 127
TYPES_BY_ENDING = {".jsonl": "application/jsonl", ".ndjson": "application/jsonl", ".gz": "application/gzip"}


def type_of(name: str) -> str:
    """Browsers know no JSONL; then the ending of the name says more than they do."""
    ending = next((ending for ending in TYPES_BY_ENDING if name.lower().endswith(ending)), "")
    return TYPES_BY_ENDING.get(ending) or guess_type(name)[0] or UNKNOWN_TYPE


def clean_type(content_type: str) -> str:
    """What no header could say again counts as unknown."""
    content_type = content_type.strip()
    is_sayable = content_type.isascii() and content_type.isprintable() and len(content_type) <= MAX_TYPE
    return content_type if content_type and is_sayable else UNKNOWN_TYPE
