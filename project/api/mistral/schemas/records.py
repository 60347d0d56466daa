from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from orjson import Fragment
from pydantic import Field

from project.api.mistral.paging import PageOut
from project.api.mistral.schemas.base import In, JsonObject, Out, RawObject
from project.lib.jsontext import serialise
from records.models import Record
from records.types import RecordDraft


class RecordIn(In):
    """`source`, which newer clients send, is ignored: what comes in here is direct input."""

    payload: JsonObject
    properties: JsonObject | None = None

    def to_draft(self) -> RecordDraft:
        return RecordDraft(payload=self.payload, meta=self.properties or {})


class PayloadIn(In):
    payload: JsonObject


class PropertiesIn(In):
    properties: JsonObject


class RecordIdsIn(In):
    dataset_record_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class RecordOut(Out):
    id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    dataset_id: UUID
    payload: RawObject
    properties: RawObject
    source: str

    @classmethod
    def from_record(cls, record: Record) -> RecordOut:
        payload = serialise(record.as_payload) if record.payload is None else record.payload.raw
        return cls(
            id=record.id,
            created_at=record.created_at,
            updated_at=record.updated_at,
            deleted_at=None,
            dataset_id=record.dataset_id,
            payload=Fragment(payload),
            properties=Fragment(serialise(record.meta)),
            source=record.origin,
        )


class RecordPageOut(PageOut):
    results: list[RecordOut]


class RecordsOut(Out):
    records: RecordPageOut
