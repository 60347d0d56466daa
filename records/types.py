from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A record before it is one. `payload` is a conversation; without it the record is the text `text`."""

    payload: dict[str, Any] | None = None
    text: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    origin: str = "DIRECT_INPUT"
    tags: tuple[str, ...] = ()
    status: str = "new"
    split: str = ""
    key: str = ""
    log_ids: tuple[UUID, ...] = ()
    """The logs it was made of."""


class Signals(NamedTuple):
    """What is computed from a record's content. A tuple, because an import makes one for every line."""

    fingerprint: bytes
    preview: str
    characters: int
    tokens: int
    turns: int
