from __future__ import annotations

from typing import Any

from project.api.chatbotkit.schemas.base import Id, In, JsonObject, Out, SomeText
from project.lib.texts import storable
from records.search import Hit


class SearchIn(In):
    search: SomeText
    filter: JsonObject | None = None


class HitOut(Out):
    id: Id
    text: str
    source: str | None
    meta: dict[str, Any]
    score: float

    @classmethod
    def from_hit(cls, hit: Hit) -> HitOut:
        record = hit.record
        return cls(
            id=record.id,
            text=storable(record.as_text),
            source=record.source or None,
            meta=record.meta,
            score=hit.score,
        )


class HitsOut(Out):
    id: Id
    records: list[HitOut]
