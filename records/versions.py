"""What somebody saw when they began to edit, as a short text that the form carries: another one since is a clash. Made
of the values themselves, so that a change of status or tags is in nobody's way. Pure."""

from __future__ import annotations

import hashlib

from project.lib import jsontext
from records.models import Record


def content_version(record: Record) -> str:
    """Of the conversation or the text."""
    return _hash(record.form, record.text if record.payload is None else record.payload.raw)


def details_version(record: Record) -> str:
    """Of meta and source."""
    return _hash(record.source, jsontext.serialise(record.meta))


def _hash(*values: str) -> str:
    raw = "\x1f".join(values).encode(errors="surrogatepass")
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
