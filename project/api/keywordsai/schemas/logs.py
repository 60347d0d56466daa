"""Logs as they come in. What one field says in several ways comes to one place; the rest is kept as it was sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from project.api.keywordsai.filters import AND
from project.api.keywordsai.metadata import edited_metadata
from project.api.keywordsai.paging import PageIn
from project.api.keywordsai.schemas.base import In, JsonObject, Moment, Out, Text
from threads.fields import ATTRIBUTES
from threads.models import Log
from threads.types import LogDraft, LogEdit, LogSummary

LOGGED_HERE = "logging_api"
_FAILED = {"error": "failed"}
_NESTED = ("keywordsai_params", "respan_params")
_ALIASES = {"messages": "prompt_messages", "generation_time": "latency", "ttft": "time_to_first_token"}
_USAGE = {
    "prompt_tokens": ("prompt_tokens", "input_tokens"),
    "completion_tokens": ("completion_tokens", "output_tokens"),
    "total_request_tokens": ("total_tokens",),
    "prompt_cache_hit_tokens": ("cache_read_input_tokens",),
    "prompt_cache_creation_tokens": ("cache_creation_input_tokens",),
}
_DETAILS = (
    ("prompt_tokens_details", "cached_tokens", "prompt_cache_hit_tokens"),
    ("completion_tokens_details", "reasoning_tokens", "reasoning_tokens"),
)
_TOKENS_A_PRICE = 1_000_000
# Columns of our own that have the vendor's name.
_SAME = (
    *(
        "custom_identifier",
        "group_identifier",
        "evaluation_identifier",
        "customer_identifier",
        "customer_email",
    ),
    *("trace_unique_id", "span_unique_id", "span_parent_id", "span_name", "span_workflow_name"),
    *("provider_id", "error_code", "error_message", "prompt_tokens", "completion_tokens", "latency"),
    *("time_to_first_token", "tokens_per_second", "stream", "positive_feedback", "note", "unique_id"),
)
# Kept verbatim, and said again when the log is read.
EXTRAS = (
    *(
        "full_request",
        "full_response",
        "warnings",
        "properties",
        "variables",
        "tools",
        "tool_calls",
        "tool_choice",
    ),
    *(
        "response_format",
        "temperature",
        "top_p",
        "max_tokens",
        "frequency_penalty",
        "presence_penalty",
        "stop",
        "n",
    ),
    *("reasoning_effort", "category", "ideal_output", "span_path", "deployment_id"),
    *("prompt", "prompt_unit_price", "completion_unit_price", "limit_info"),
)


def _as_text(value: Any) -> Any:
    """Numbers serve as identifiers too; true and false do not."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Identifier = Annotated[str | None, BeforeValidator(_as_text)]
Number = Annotated[float | None, Field(allow_inf_nan=False)]


class LogIn(In):
    """Everything may be left out; what is not here is ignored."""

    model: str | None = None
    input: Any = None
    output: Any = None
    prompt_messages: Any = None
    completion_message: Any = None
    completion_messages: Any = None
    log_type: str | None = None
    unique_id: Identifier = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_request_tokens: int | None = None
    prompt_cache_hit_tokens: int | None = None
    prompt_cache_creation_tokens: int | None = None
    cost: Number = None
    latency: Number = None
    time_to_first_token: Number = None
    tokens_per_second: Number = None
    timestamp: Moment | None = None
    start_time: Moment | None = None
    status_code: int | None = None
    status: str | None = None
    error_message: str | None = None
    error_code: Identifier = None
    customer_identifier: Identifier = None
    customer_email: str | None = None
    customer_name: str | None = None
    thread_identifier: Identifier = None
    session_identifier: Identifier = None
    trace_group_identifier: Identifier = None
    custom_identifier: Identifier = None
    group_identifier: Identifier = None
    evaluation_identifier: Identifier = None
    trace_unique_id: Identifier = None
    span_unique_id: Identifier = None
    span_parent_id: Identifier = None
    span_name: str | None = None
    span_workflow_name: str | None = None
    provider_id: str | None = None
    metadata: JsonObject | None = None
    stream: bool | None = None
    positive_feedback: bool | None = None
    note: str | None = None
    prompt_id: Identifier = None
    prompt_name: str | None = None
    prompt_version_number: Identifier = None
    deployment_name: str | None = None
    error_class: str | None = None
    error_fingerprint: str | None = None
    cache_key: str | None = None
    cache_bit: bool | None = None
    used_custom_credential: bool | None = None
    routing_time: Number = None
    reasoning_tokens: int | None = None
    full_request: Any = None
    full_response: Any = None
    warnings: Any = None
    properties: Any = None
    variables: Any = None
    tools: Any = None
    tool_calls: Any = None
    tool_choice: Any = None
    response_format: Any = None
    temperature: Any = None
    top_p: Any = None
    max_tokens: Any = None
    frequency_penalty: Any = None
    presence_penalty: Any = None
    stop: Any = None
    n: Any = None
    reasoning_effort: Any = None
    category: Any = None
    ideal_output: Any = None
    span_path: Any = None
    deployment_id: Any = None
    prompt: Any = None
    prompt_unit_price: Number = None
    completion_unit_price: Number = None
    limit_info: Any = None

    @model_validator(mode="before")
    @classmethod
    def _in_one_place(cls, sent: Any) -> Any:
        return _unfolded(sent) if isinstance(sent, dict) else sent

    def to_draft(self, *, method: str = LOGGED_HERE) -> LogDraft:
        values = vars(self)
        return LogDraft(
            **{name: values[name] for name in _SAME},
            input=self._request(),
            output=self._response(),
            logged_at=self.timestamp,
            started_at=self.start_time,
            log_type=self.log_type or "chat",
            log_method=method,
            model=self.model or "",
            status=_FAILED.get(self.status, self.status) if self.status else None,
            status_code=200 if self.status_code is None else self.status_code,
            thread_identifier=self.thread_identifier or self._session() or None,
            session_identifier=self._session(),
            total_tokens=self.total_request_tokens,
            cache_hit_tokens=self.prompt_cache_hit_tokens,
            cache_creation_tokens=self.prompt_cache_creation_tokens,
            cost=self._cost(),
            meta=self.metadata or {},
            attributes=self._given(_SENT_ATTRIBUTES),
            extras=self._extras(),
        )

    def _session(self) -> str | None:
        return self.trace_group_identifier or self.session_identifier

    def _request(self) -> Any:
        if self.input is not None:
            return self.input
        if self.prompt_messages is None and isinstance(self.full_request, dict):
            return self.full_request.get("messages")
        return self.prompt_messages

    def _response(self) -> Any:
        if self.output is not None:
            return self.output
        if isinstance(self.completion_messages, list) and len(self.completion_messages) > 1:
            return self.completion_messages
        if self.completion_message is not None:
            return self.completion_message
        if self.completion_messages:
            return self.completion_messages
        return self.full_response if isinstance(self.full_response, dict) else None

    def _cost(self) -> float:
        """In US dollars, from the prices of a million tokens if it is not said."""
        if self.cost is not None:
            return self.cost
        prompt = (self.prompt_tokens or 0) * (self.prompt_unit_price or 0)
        return (prompt + (self.completion_tokens or 0) * (self.completion_unit_price or 0)) / _TOKENS_A_PRICE

    def _extras(self) -> dict[str, Any]:
        """Also the messages that stand beside an input or output which says the same in another way."""
        beside = [
            *(("prompt_messages",) if self.input is not None else ()),
            *(("completion_message", "completion_messages") if self.output is not None else ()),
        ]
        return self._given((*EXTRAS, *beside))

    def _given(self, names: Iterable[str]) -> dict[str, Any]:
        values = vars(self)
        return {name: values[name] for name in names if values[name] is not None}


_SENT_ATTRIBUTES = tuple(name for name in ATTRIBUTES if name in LogIn.model_fields)


def _unfolded(sent: dict[str, Any]) -> dict[str, Any]:
    """Nested parameters laid over the rest, other names put under the field's own, usage and customer taken apart."""
    fields = dict(sent)
    for name in _NESTED:
        if isinstance(fields.get(name), dict):
            fields.update(fields[name])
    for alias, name in _ALIASES.items():
        if fields.get(name) is None and fields.get(alias) is not None:
            fields[name] = fields[alias]
    usage, customer = fields.get("usage"), fields.get("customer_params")
    if isinstance(usage, dict):
        for name, others in _USAGE.items():
            _fill(fields, name, *(usage.get(other) for other in others))
        for part, key, name in _DETAILS:
            details = usage.get(part)
            if isinstance(details, dict):
                _fill(fields, name, details.get(key))
    if isinstance(customer, dict):
        for name, key in (
            ("customer_identifier",) * 2,
            ("customer_email", "email"),
            ("customer_name", "name"),
        ):
            _fill(fields, name, customer.get(key))
    return fields


def _fill(fields: dict[str, Any], name: str, *values: Any) -> None:
    if fields.get(name) is None:
        fields[name] = next((value for value in values if value is not None), None)


class BatchIn(In):
    logs: list[Any]


class LogPatchIn(In):
    """What is absent or null stays."""

    metadata: JsonObject | None = None
    note: Text | None = None
    positive_feedback: bool | None = None
    custom_identifier: Identifier = None
    is_pinned: bool | None = None

    def to_edit(self, log: Log) -> LogEdit:
        return LogEdit(
            meta=None if self.metadata is None else edited_metadata(log.meta, self.metadata),
            note=self.note,
            positive_feedback=self.positive_feedback,
            custom_identifier=self.custom_identifier,
            is_pinned=self.is_pinned,
        )


class NamedLogPatchIn(LogPatchIn):
    unique_id: Text


class BatchPatchIn(In):
    logs: Annotated[list[NamedLogPatchIn], Field(min_length=1, max_length=500)]


class FiltersIn(In):
    """The body of a list: its filters, and what early clients put beside them."""

    filters: JsonObject = Field(default_factory=dict)
    operator: str = AND


class LogsIn(PageIn):
    sort_by: Text = "-id"
    start_time: Moment | None = None
    end_time: Moment | None = None
    environment: Text = ""
    is_test: Text = ""
    all_envs: Text = ""
    fetch_filters: bool = False
    include_fields: Text = ""


class ItemOut(Out):
    """Of a batch, in its order. Without an id the item is not kept, and the error says why."""

    id: str | None
    status: str
    error: str | None = None


class BatchOut(Out):
    results: list[ItemOut]


class ItemErrorOut(Out):
    index: int
    error: str


class BulkOut(Out):
    success_count: int
    error_count: int
    errors: list[ItemErrorOut]


class SummaryOut(Out):
    number_of_requests: int
    total_cost: float
    total_tokens: int
    total_prompt_tokens: int
    total_completion_tokens: int
    avg_latency: float
    avg_tps: float
    avg_ttft: float
    scores: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def from_summary(cls, summary: LogSummary) -> SummaryOut:
        return cls(
            number_of_requests=summary.log_count,
            total_cost=float(summary.cost),
            total_tokens=summary.total_tokens,
            total_prompt_tokens=summary.prompt_tokens,
            total_completion_tokens=summary.completion_tokens,
            avg_latency=summary.average_latency or 0,
            avg_tps=summary.average_tokens_per_second or 0,
            avg_ttft=summary.average_time_to_first_token or 0,
        )
