"""The registry of log fields: what can be filtered, how, and by which query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import BooleanField, F, FloatField, Func, Q, TextField, Value
from django.db.models.expressions import Expression, ExpressionWrapper
from django.db.models.functions import Cast, Coalesce

from project.lib.filters import Condition, FieldKind, FieldRegistry, FilterError, FilterField, Operator
from project.lib.ids import parse_id
from project.lib.listvalues import beginning
from project.lib.typedfields import (
    ALWAYS,
    COMPARISONS,
    EQUALITIES,
    NEVER,
    NULLS,
    ORDER_OPERATORS,
    TEXT_OPERATORS,
    boolean_field,
    bounds,
    equality_query,
    field_over,
    key_of_type,
    key_text,
    keyed_text_field,
    list_field,
    map_field,
    number_field,
    number_query,
    plain,
    read_moment,
    read_text,
    text_field,
    text_query,
    time_field,
)
from threads.content import STATUSES
from threads.ids import EPOCH, first_id_after, first_id_at
from threads.keys import key_of_id

LOG_TYPES = (
    *(
        "text",
        "chat",
        "completion",
        "response",
        "embedding",
        "transcription",
        "speech",
        "workflow",
        "task",
        "tool",
    ),
    *("agent", "handoff", "guardrail", "function", "custom", "generation", "unknown", "score"),
)
ATTRIBUTES = {
    "first_system_message": ("First instructions", FieldKind.TEXT),
    "prompt_id": ("Prompt", FieldKind.TEXT),
    "prompt_name": ("Prompt name", FieldKind.TEXT),
    "prompt_version_number": ("Prompt version", FieldKind.TEXT),
    "deployment_name": ("Deployment", FieldKind.TEXT),
    "error_class": ("Error class", FieldKind.TEXT),
    "error_fingerprint": ("Error fingerprint", FieldKind.TEXT),
    "cache_key": ("Cache key", FieldKind.TEXT),
    "customer_name": ("Customer name", FieldKind.TEXT),
    "routing_time": ("Routing time", FieldKind.NUMBER),
    "reasoning_tokens": ("Reasoning tokens", FieldKind.NUMBER),
    "cache_bit": ("From cache", FieldKind.BOOLEAN),
    "used_custom_credential": ("Own credential", FieldKind.BOOLEAN),
}
"""Rarely used fields by name, with label and kind. They live in one JSON column."""
_KEYED = {"meta.": "meta", "scores.": "scores", "answers.": "scores"}
_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC)


def _choices(values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((value, value.capitalize()) for value in values)


def known_ids(texts: list[str]) -> list[UUID]:
    """The ids of the logs that are called so: by us, or by those who sent them, in whatever workspace."""
    ours = [found for found in map(parse_id, texts) if found is not None]
    keys = apps.get_model("threads", "LogKey").objects.filter(key__in=[key_of_id(text) for text in texts])
    return [*ours, *keys.values_list("log_id", flat=True)]


def _id(condition: Condition) -> Q:
    """Equal ids are looked up first, so that no part of the table is searched for them."""
    if condition.operator not in EQUALITIES:
        return text_query(_ID, condition)
    values = condition.value if isinstance(condition.value, list | tuple) else [condition.value]
    wanted = [read_text(condition.field, value) for value in values]
    found = known_ids([text for text in wanted if text])
    return equality_query(condition, wanted, Q(id__in=found) if found else NEVER, NEVER)


def _logged_at(condition: Condition) -> Q:
    """Told by the id, by which the table is divided."""
    operator = condition.operator
    if operator in {Operator.EXISTS, Operator.IS_NOT_NULL, Operator.NOT_EMPTY}:
        return ALWAYS
    if operator in NULLS or operator is Operator.EMPTY:
        return NEVER
    if operator is Operator.BETWEEN:
        low, high = bounds(condition, _moment)
        query = ALWAYS if low is None else Q(id__gte=first_id_at(low))
        return query if high is None else query & Q(id__lt=first_id_after(high))
    values = condition.value if isinstance(condition.value, list | tuple) else [condition.value]
    moments = [_moment(condition.field, value) for value in values]
    if operator in COMPARISONS:
        return _id_range(operator, moments[0] if moments else EPOCH)
    matches = NEVER
    for moment in moments:
        matches |= Q(id__gte=first_id_at(moment), id__lt=first_id_after(moment))
    return equality_query(condition, list(moments), matches, NEVER)


def _id_range(operator: Operator, moment: datetime) -> Q:
    return {
        Operator.ABOVE: Q(id__gte=first_id_after(moment)),
        Operator.AT_LEAST: Q(id__gte=first_id_at(moment)),
        Operator.BELOW: Q(id__lt=first_id_at(moment)),
        Operator.AT_MOST: Q(id__lt=first_id_after(moment)),
    }[operator]


def _moment(name: str, value: Any) -> datetime:
    moment = read_moment(name, "" if value is None else value)
    return min(max(moment or EPOCH, EPOCH - timedelta(microseconds=1)), _LAST_MOMENT)


def _attribute(name: str, label: str, kind: FieldKind) -> FilterField:
    value: Expression = key_text("attributes", name)
    if kind is FieldKind.BOOLEAN:
        value = key_of_type("attributes", name, "boolean", BooleanField())
    elif kind is FieldKind.NUMBER:
        value = key_of_type("attributes", name, "number", FloatField())
    return field_over(name, label, value, kind)


def _score(condition: Condition) -> Q:
    key = condition.field.removeprefix("scores.")
    return number_query(key_of_type("scores", key, "number", FloatField()), condition)


_ID = Coalesce(
    F("unique_id"),
    Func(Cast(F("id"), TextField()), Value("-"), Value(""), function="replace"),
    output_field=TextField(),
)
_IS_ROOT = ExpressionWrapper(Q(span_parent_id__isnull=True), BooleanField())
_TEXTS = {
    "thread_identifier": "Thread",
    "customer_identifier": "Customer",
    "customer_email": "Customer email",
    "custom_identifier": "Custom id",
    "group_identifier": "Group",
    "session_identifier": "Session",
    "evaluation_identifier": "Evaluation",
    "trace_unique_id": "Trace",
    "span_unique_id": "Span",
    "span_parent_id": "Parent span",
    "span_name": "Span name",
    "span_workflow_name": "Workflow",
    "provider_id": "Provider",
    "environment": "Environment",
    "log_method": "Sent by",
    "error_code": "Error code",
    "error_message": "Error message",
    "note": "Note",
    "input_preview": "Last user message",
    "output_preview": "Answer",
}
_NUMBERS = {
    "status_code": "Status code",
    "cost": "Cost",
    "latency": "Latency",
    "time_to_first_token": "Time to first token",
    "tokens_per_second": "Tokens per second",
    "prompt_tokens": "Prompt tokens",
    "completion_tokens": "Completion tokens",
    "total_tokens": "Tokens",
    "cache_hit_tokens": "Tokens from cache",
    "cache_creation_tokens": "Tokens into cache",
}

LOG_FIELDS = FieldRegistry(
    (
        FilterField("id", "Id", TEXT_OPERATORS, _id, expression=_ID),
        FilterField("logged_at", "Time", ORDER_OPERATORS, _logged_at, (), FieldKind.TIME),
        time_field("started_at", "Begun"),
        text_field("model", "Model"),
        text_field("status", "Status", choices=_choices(STATUSES)),
        text_field("log_type", "Type", choices=_choices(LOG_TYPES)),
        *(text_field(name, label) for name, label in _TEXTS.items()),
        field_over("api_key_id", "Key", Cast(F("api_key_id"), TextField())),
        *(number_field(name, label) for name, label in _NUMBERS.items()),
        boolean_field("stream", "Streamed"),
        boolean_field("has_tool_calls", "Calls tools"),
        boolean_field("positive_feedback", "Positive feedback"),
        boolean_field("is_pinned", "Pinned"),
        field_over("is_root_span", "Root span", _IS_ROOT, FieldKind.BOOLEAN),
        list_field("invoked_tools", "Tools called"),
        map_field("meta", "Metadata"),
        *(_attribute(name, label, kind) for name, (label, kind) in ATTRIBUTES.items()),
    ),
    {
        "meta.": keyed_text_field("meta.", "meta", "Metadata"),
        "scores.": FilterField("scores", "Score", ORDER_OPERATORS, _score, (), FieldKind.NUMBER),
        "answers.": keyed_text_field("answers.", "scores", "Answer of a judge"),
    },
)


def shown_value(name: str) -> Expression:
    """What a list shows of a field; of a text no more than its beginning. Raises FilterError for a field that is not
    there, or that is no value that can be shown."""
    field = LOG_FIELDS.named(name)
    for prefix, column in _KEYED.items():
        if name.startswith(prefix):
            return beginning(key_text(column, plain(name, name.removeprefix(prefix))))
    if field.expression is None or field.kind is FieldKind.MAP:
        raise FilterError(f"{field.label} cannot be shown in a list.")
    return beginning(field.expression) if field.kind is FieldKind.TEXT else field.expression
