"""From a draft to the row of a log: checks, what follows from what, previews. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from psycopg.types.json import Jsonb

from project.lib import jsontext
from project.lib.texts import holds_unstorable, storable
from threads import messages
from threads.errors import LogInvalidError, LogTooLargeError
from threads.ids import EPOCH
from threads.types import LogDraft

PREVIEW_CHARACTERS = 300
MAX_IDENTIFIER_CHARACTERS = 255
MAX_COST = 10**8
MAX_SECONDS = 10**6
MAX_COUNT = 2**31 - 1
AHEAD = timedelta(days=1)  # Clocks differ, and so do people's ideas of time zones.
FAILURE_FROM = 400  # Status codes.

STATUSES = ("success", "warning", "failed", "pending", "running")
_IDENTIFIERS = (
    *("unique_id", "model", "provider_id", "thread_identifier", "session_identifier", "customer_identifier"),
    *("customer_email", "custom_identifier", "group_identifier", "evaluation_identifier", "trace_unique_id"),
    *("span_unique_id", "span_parent_id", "span_workflow_name", "error_code"),
)
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens", "cache_hit_tokens", "cache_creation_tokens")
_identifiers_of: Callable[[LogDraft], tuple[str | None, ...]] = attrgetter(*_IDENTIFIERS)
_counts_of: Callable[[LogDraft], tuple[int | None, ...]] = attrgetter(*_COUNTS)

# The columns that a draft decides, with their types on the way in. A json column reads the same bytes as text.
COLUMNS = {
    **dict.fromkeys((*_IDENTIFIERS, "span_name", "note", "error_message"), "text"),
    **dict.fromkeys(("log_type", "log_method", "status", "input_preview", "output_preview"), "text"),
    **dict.fromkeys((*_COUNTS, "status_code"), "int4"),
    "started_at": "timestamptz",
    "cost": "numeric",
    "latency": "numeric",
    "time_to_first_token": "float8",
    "tokens_per_second": "float8",
    "stream": "bool",
    "has_tool_calls": "bool",
    "invoked_tools": "text[]",
    "positive_feedback": "bool",
    "is_pinned": "bool",
    "meta": "jsonb",
    "attributes": "jsonb",
    "scores": "jsonb",
    "input": "text",
    "output": "text",
    "extras": "text",
}
_NO_SCORES = Jsonb("{}", dumps=str.encode)


def check_moment(moment: datetime, *, now: datetime, keeps_from: datetime | None) -> datetime:
    """The moment, if a log of that time is kept. Raises LogInvalidError."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment < EPOCH:
        raise LogInvalidError("timestamp lies before 1970; send the time at which the call ended")
    if moment > now + AHEAD:
        raise LogInvalidError(
            "timestamp lies more than a day ahead; send the time at which the call ended, with its zone"
        )
    if keeps_from is not None and moment < keeps_from:
        raise LogInvalidError(f"timestamp lies before {keeps_from:%Y-%m-%d}; logs that old are not kept here")
    return moment


def row_values(draft: LogDraft, *, max_bytes: int) -> tuple[Any, ...]:
    """The values of COLUMNS, in that order. Raises LogInvalidError with a sentence that names the field."""
    sent, raw_input, raw_output = _texts(draft), _raw(draft.input), _raw(draft.output)
    raw_extras = _raw(draft.extras or None)
    request, response = messages.request_messages(draft.input), messages.response_messages(draft.output)
    raw_meta, raw_attributes = (
        _raw_object("metadata", draft.meta),
        _raw_object("attributes", _attributes(draft, request)),
    )
    size = sum(len(raw) for raw in (raw_input, raw_output, raw_extras, raw_meta) if raw is not None)
    if size > max_bytes:
        raise LogTooLargeError(
            f"a log has at most {max_bytes / 2**20:,.0f} MB of text; this one has {size / 2**20:,.0f} MB"
        )
    tools = messages.invoked_tools(response, draft.extras.get("tool_calls"))
    prompt, completion, total, *cached = _counts(draft)
    return (
        *sent,
        _storable(draft.note),
        _storable(draft.error_message),
        _short("log_type", draft.log_type),
        _short("log_method", draft.log_method),
        _status(draft),
        messages.preview_of_request(request, PREVIEW_CHARACTERS),
        messages.preview_of_response(response, PREVIEW_CHARACTERS),
        *(prompt, completion, total, *cached),
        _status_code(draft.status_code),
        draft.started_at,
        _decimal("cost", draft.cost, below=MAX_COST, places=12),
        None if draft.latency is None else _decimal("latency", draft.latency, below=MAX_SECONDS, places=6),
        _float("time_to_first_token", draft.time_to_first_token),
        _float("tokens_per_second", draft.tokens_per_second),
        draft.stream,
        tools is not None,
        tools,
        draft.positive_feedback,
        False,
        Jsonb(raw_meta, dumps=str.encode),
        Jsonb(raw_attributes, dumps=str.encode),
        _NO_SCORES,
        raw_input,
        raw_output,
        raw_extras,
    )


def check_meta(meta: dict[str, Any]) -> str:
    """The metadata as JSON text. Raises LogInvalidError for what cannot be kept."""
    return _raw_object("metadata", meta)


def check_identifier(name: str, value: str | None) -> str | None:
    """The value as it is stored. Raises LogInvalidError for one that no index can hold."""
    if value is not None and len(value) > MAX_IDENTIFIER_CHARACTERS:
        raise LogInvalidError(f"{name} has at most {MAX_IDENTIFIER_CHARACTERS} characters")
    return _storable(value)


def _texts(draft: LogDraft) -> list[str | None]:
    values = list(_identifiers_of(draft))
    for place, value in enumerate(values):
        if value:  # Most are not sent.
            values[place] = check_identifier(_IDENTIFIERS[place], value)
    values.append(
        _storable(draft.span_name[:MAX_IDENTIFIER_CHARACTERS]) if draft.span_name else draft.span_name
    )
    return values


def _storable(text: str | None) -> str | None:
    return storable(text) if text else text


def _short(name: str, value: str) -> str:
    if len(value) > 30:
        raise LogInvalidError(f"{name} has at most 30 characters")
    return storable(value)


def _status(draft: LogDraft) -> str:
    if draft.status is None:
        return "failed" if draft.status_code >= FAILURE_FROM else "success"
    if draft.status not in STATUSES:
        raise LogInvalidError(f"status is one of {', '.join(STATUSES)}, not {draft.status[:40]!r}")
    return draft.status


def _status_code(code: int) -> int:
    if not -MAX_COUNT <= code <= MAX_COUNT:
        raise LogInvalidError("status_code is a whole number such as 200")
    return code


def _counts(draft: LogDraft) -> list[int | None]:
    counts = list(_counts_of(draft))
    for name, count in zip(_COUNTS, counts, strict=True):
        if count is not None and not 0 <= count <= MAX_COUNT:
            raise LogInvalidError(f"{name} is a whole number from 0 to {MAX_COUNT:,}")
    prompt, completion, total = counts[:3]
    if total is None and (prompt is not None or completion is not None):
        counts[2] = min((prompt or 0) + (completion or 0), MAX_COUNT)
    return counts


def _decimal(name: str, number: float | Decimal, *, below: int, places: int) -> Decimal:
    if not math.isfinite(number) or not 0 <= number < below:
        raise LogInvalidError(f"{name} is a number from 0 to {below:,}, not {number}")
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    return round(exact, places)


def _float(name: str, number: float | None) -> float | None:
    if number is not None and not (math.isfinite(number) and number >= 0):
        raise LogInvalidError(f"{name} is a number that is not negative, not {number}")
    return None if number is None else float(number)


def _attributes(draft: LogDraft, request: list[messages.Message]) -> dict[str, Any]:
    instructions = messages.first_system_message(request, PREVIEW_CHARACTERS)
    return (
        draft.attributes
        if instructions is None
        else {"first_system_message": instructions, **draft.attributes}
    )


def _raw(value: Any) -> str | None:
    return None if value is None else jsontext.serialise(value)


def _raw_object(name: str, value: dict[str, Any]) -> str:
    if not value:
        return "{}"
    raw = jsontext.serialise(value)
    if "\\u" in raw and holds_unstorable(value):
        raise LogInvalidError(f"{name} holds a NUL character or half of a surrogate pair; remove it")
    return raw
