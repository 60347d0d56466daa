"""Content that is its own address: `data:[type][;base64],payload` (RFC 2397). Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from files.errors import FileInvalidError

SCHEME = "data:"
DEFAULT_TYPE = "text/plain"


@dataclass(frozen=True, slots=True)
class DataUrl:
    content: bytes
    content_type: str


def read_data_url(url: str) -> DataUrl:
    """Raises FileInvalidError."""
    head, comma, payload = url[len(SCHEME) :].partition(",")
    if not comma:
        raise FileInvalidError("A data URL has a comma before its content: data:text/plain;base64,SGk=")
    said_type, *options = (part.strip() for part in head.split(";"))
    content = unquote_to_bytes(payload)
    if options and options[-1].lower() == "base64":
        content = _decoded(content)
    return DataUrl(content, said_type or DEFAULT_TYPE)


def _decoded(text: bytes) -> bytes:
    """Line breaks and missing padding are forgiven, and both alphabets are read."""
    text = b"".join(text.split()).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise FileInvalidError("The content of the data URL is not base64.") from None
