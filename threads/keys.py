"""The key under which a log is found that its sender gave an id of their own. Pure."""

from __future__ import annotations

import hashlib
from uuid import UUID


def key_of_id(unique_id: str) -> UUID:
    return _hashed(f"id\x00{unique_id}")


def key_of_span(trace: str, span: str) -> UUID:
    return _hashed(f"span\x00{trace}\x00{span}")


def sent_key(*, unique_id: str | None, trace: str | None, span: str | None) -> UUID | None:
    """The key by which a log that is sent again is known; None when the sender gave it no id."""
    if unique_id:
        return key_of_id(unique_id)
    return key_of_span(trace, span) if trace and span else None


def _hashed(text: str) -> UUID:
    return UUID(bytes=hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest())
