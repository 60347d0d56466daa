from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, TypedDict

from project.lib.edits import MetaEdit


class FileValues(TypedDict, total=False):
    """What can be set on a file beside its content. An empty alias takes it away."""

    name: str
    alias: str
    description: str
    meta: dict[str, Any] | MetaEdit
    sharing: str
    extras: dict[str, Any]  # Laid over the stored ones.


class StoreValues(TypedDict, total=False):
    """What can be said of a file together with its content."""

    purpose: str
    content_type: str
    visibility: str
    expires_at: datetime | None
    limit_bytes: int | None


class ByteStream(Protocol):
    """Bytes that are read once, from the front."""

    def read(self, size: int, /) -> bytes: ...
