from __future__ import annotations

from typing import Any

from pydantic import Field

from datasets.models import Event
from project.api.chatbotkit.paging import ListIn, PageOut
from project.api.chatbotkit.schemas.base import Id, In, Out, milliseconds

MAX_HISTORY = 1_000


class EventsIn(ListIn):
    """Several ids or types are separated by commas."""

    type: str = ""
    dataset_id: str = ""
    record_id: str = ""
    file_id: str = ""


class SubscriptionIn(In):
    history_length: int | None = Field(None, strict=True, ge=0, le=MAX_HISTORY)


class EventOut(Out):
    id: Id
    type: str
    meta: dict[str, Any]
    dataset_id: Id | None
    record_id: Id | None
    file_id: Id | None
    created_at: int
    updated_at: int

    @classmethod
    def from_event(cls, event: Event) -> EventOut:
        made = milliseconds(event.created_at)
        return cls(
            id=event.id,
            type=event.type,
            meta=event.meta,
            dataset_id=event.dataset_id,
            record_id=event.record_id,
            file_id=event.file_id,
            created_at=made,
            updated_at=made,
        )


class EventPageOut(PageOut):
    items: list[EventOut]
