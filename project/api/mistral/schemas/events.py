from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from orjson import Fragment
from pydantic import Field, InstanceOf, WithJsonSchema

from project.api.mistral.fields import EventField, event_field, event_fields
from project.api.mistral.filters import Node, filter_of
from project.api.mistral.schemas.base import In, Out, Text
from project.lib.jsontext import serialise
from threads.models import Log
from threads.types import FacetValue

_OBJECTS = WithJsonSchema({"type": "array", "items": {"type": "object", "additionalProperties": True}})
RawObjects = Annotated[InstanceOf[Fragment], _OBJECTS]
JsonValue = Annotated[Any, WithJsonSchema({})]


class SearchParamsIn(In):
    filters: JsonValue

    def to_filter(self) -> Node:
        """Raises FilterError."""
        return filter_of(self.filters)


class SearchIn(In):
    search_params: SearchParamsIn
    extra_fields: list[Text] | None = None

    def wanted_fields(self) -> list[EventField]:
        """Raises FilterError for a name that no field has."""
        return [event_field(name) for name in self.extra_fields or ()]


class CursorIn(In):
    page_size: int = Field(50, ge=0, le=100)
    cursor: Text = ""


class EventPreviewOut(Out):
    event_id: str
    correlation_id: str
    created_at: datetime
    extra_fields: dict[str, Any]
    nb_input_tokens: int
    nb_output_tokens: int

    @classmethod
    def from_log(cls, log: Log, fields: Sequence[EventField] = ()) -> EventPreviewOut:
        return cls(**_preview_of(log, fields))


class EventOut(EventPreviewOut):
    enabled_tools: RawObjects
    request_messages: RawObjects
    response_messages: RawObjects
    nb_messages: int
    chat_transcription_events: list[dict[str, Any]]

    @classmethod
    def from_log(cls, log: Log, fields: Sequence[EventField] = ()) -> EventOut:
        request, response = log.request_messages, log.response_messages
        return cls(
            **_preview_of(log, fields or [*event_fields()]),
            enabled_tools=Fragment(serialise(log.enabled_tools)),
            request_messages=Fragment(serialise(request)),
            response_messages=Fragment(serialise(response)),
            nb_messages=len(request) + len(response),
            chat_transcription_events=[],
        )


class EventPageOut(Out):
    results: list[EventPreviewOut]
    next: str | None
    cursor: str | None


class EventsOut(Out):
    completion_events: EventPageOut


class EventIdsOut(Out):
    completion_event_ids: list[str]
    is_truncated: bool = Field(description="Whether there are more events than ids are given at once.")


class FieldOut(Out):
    name: str
    label: str
    type: str
    group: str | None
    supported_operators: list[str]

    @classmethod
    def from_field(cls, field: EventField) -> FieldOut:
        return cls(
            name=field.name,
            label=field.field.label,
            type=field.type,
            group=field.group,
            supported_operators=list(field.operators),
        )


class FieldGroupOut(Out):
    name: str
    label: str


class FieldsOut(Out):
    field_definitions: list[FieldOut]
    field_groups: list[FieldGroupOut]


class OperatorIn(In):
    operator: Text


class OptionsOut(Out):
    options: list[str | bool | None] | None


class CountsIn(In):
    filter_params: SearchParamsIn | None = None

    def to_filter(self) -> Node:
        return filter_of(None) if self.filter_params is None else self.filter_params.to_filter()


class CountOut(Out):
    value: str
    count: int

    @classmethod
    def from_facet(cls, facet: FacetValue) -> CountOut:
        return cls(value=words_of(facet.value), count=facet.log_count)


class CountsOut(Out):
    counts: list[CountOut]


def words_of(value: Any) -> str:
    """This vendor's counts name each value by a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _preview_of(log: Log, fields: Sequence[EventField]) -> dict[str, Any]:
    return {
        "event_id": str(log.id),
        "correlation_id": log.public_id,
        "created_at": log.logged_at,
        "extra_fields": {field.name: field.value_of(log) for field in fields},
        "nb_input_tokens": log.prompt_tokens or 0,
        "nb_output_tokens": log.completion_tokens or 0,
    }
