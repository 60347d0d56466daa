from __future__ import annotations

from typing import Any

from pydantic import Field

from project.api.chatbotkit.paging import PageOut
from project.api.chatbotkit.schemas.base import (
    Id,
    In,
    JsonObject,
    Out,
    SomeText,
    Text,
    milliseconds,
    open_meta,
)
from project.lib.texts import storable
from records.models import Record
from records.types import RecordDraft


class RecordIn(In):
    text: SomeText
    source: Text | None = None
    meta: JsonObject | None = None

    def to_draft(self) -> RecordDraft:
        return RecordDraft(text=self.text, source=self.source or "", meta=open_meta(self.meta))


class RecordPatchIn(In):
    """What is absent stays. A text turns a conversation into that text; null takes a source or meta away."""

    text: SomeText | None = None
    source: Text | None = None
    meta: JsonObject | None = None


class RecordOut(Out):
    id: Id
    text: str = Field(description="Of a conversation: its transcript.")
    source: str | None
    meta: dict[str, Any]
    created_at: int
    updated_at: int

    @classmethod
    def from_record(cls, record: Record) -> RecordOut:
        return cls(
            id=record.id,
            text=storable(record.as_text),
            source=record.source or None,
            meta=record.meta,
            created_at=milliseconds(record.created_at),
            updated_at=milliseconds(record.updated_at),
        )


class RecordPageOut(PageOut):
    items: list[RecordOut]
