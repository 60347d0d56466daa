from __future__ import annotations

from typing import Any, cast

from datasets.models import Dataset
from datasets.types import DatasetValues
from project.api.chatbotkit.paging import PageOut
from project.api.chatbotkit.schemas.base import (
    Count,
    Id,
    In,
    JsonObject,
    Out,
    Score,
    ShortText,
    Text,
    Visibility,
    meta_edit,
    milliseconds,
)

DEFAULT_STORE = "default"
# What is only kept for the client: our search needs none of it.
_KEPT = ("blueprint_id", "reranker", "match_instruction", "mismatch_instruction")
_TEXTS = ("alias", "separators")
_NUMBERS = ("record_max_tokens", "search_min_score", "search_max_records", "search_max_tokens")


class DatasetPatchIn(In):
    """What is absent stays; null takes a value away."""

    alias: Text | None = None
    name: Text | None = None
    description: Text | None = None
    meta: JsonObject | None = None
    blueprint_id: ShortText | None = None
    reranker: ShortText | None = None
    record_max_tokens: Count | None = None
    search_min_score: Score | None = None
    search_max_records: Count | None = None
    search_max_tokens: Count | None = None
    match_instruction: ShortText | None = None
    mismatch_instruction: ShortText | None = None
    separators: Text | None = None
    visibility: Visibility | None = None

    def text_of(self, name: str) -> str | None:
        """None when it was not given."""
        return (getattr(self, name) or "") if name in self.model_fields_set else None

    def to_values(self) -> DatasetValues:
        given = self.model_fields_set
        values: dict[str, Any] = {name: getattr(self, name) for name in _NUMBERS if name in given}
        values |= {name: getattr(self, name) or "" for name in _TEXTS if name in given}
        if "meta" in given:
            values["meta"] = meta_edit(self.meta)
        if self.visibility is not None:
            values["sharing"] = self.visibility
        values["extras"] = {name: getattr(self, name) for name in (*_KEPT, "store") if name in given}
        return cast(DatasetValues, values)


class DatasetIn(DatasetPatchIn):
    store: ShortText | None = None


class DatasetOut(Out):
    id: Id
    alias: str | None
    name: str
    description: str
    meta: dict[str, Any]
    blueprint_id: str | None
    store: str
    reranker: str | None
    record_max_tokens: int | None
    search_min_score: float | None
    search_max_records: int | None
    search_max_tokens: int | None
    match_instruction: str | None
    mismatch_instruction: str | None
    separators: str | None
    visibility: str
    created_at: int
    updated_at: int

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> DatasetOut:
        return cls(
            id=dataset.id,
            alias=dataset.alias or None,
            name=dataset.name,
            description=dataset.description,
            meta=dataset.meta,
            store=dataset.extras.get("store") or DEFAULT_STORE,
            record_max_tokens=dataset.record_max_tokens,
            search_min_score=dataset.search_min_score,
            search_max_records=dataset.search_max_records,
            search_max_tokens=dataset.search_max_tokens,
            separators=dataset.separators or None,
            visibility=dataset.sharing,
            created_at=milliseconds(dataset.created_at),
            updated_at=milliseconds(dataset.updated_at),
            **{name: dataset.extras.get(name) for name in _KEPT},
        )


class DatasetPageOut(PageOut):
    items: list[DatasetOut]
