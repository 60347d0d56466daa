"""Logs as this vendor says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from project.accounts.models import ApiKey
from project.api.keywordsai.metadata import open_metadata
from project.api.keywordsai.paging import PageOut
from project.api.keywordsai.schemas.base import Out, Time
from project.api.keywordsai.schemas.logs import EXTRAS
from project.lib.fieldtypes import JsonText
from threads.fields import ATTRIBUTES
from threads.models import Log

_SAME = (
    *("span_unique_id", "trace_unique_id", "span_name", "span_parent_id", "span_workflow_name", "model"),
    *("provider_id", "environment", "log_type", "log_method", "status", "status_code", "error_code"),
    *("error_message", "prompt_tokens", "completion_tokens", "time_to_first_token", "tokens_per_second"),
    *("customer_identifier", "customer_email", "custom_identifier", "group_identifier", "session_identifier"),
    *(
        "thread_identifier",
        "evaluation_identifier",
        "stream",
        "positive_feedback",
        "note",
        "is_pinned",
        "scores",
    ),
)


class LogOut(Out):
    """`input` and `output` are texts: JSON is said as its text."""

    id: str
    unique_id: str
    timestamp: Time
    start_time: Time | None
    input: Any
    output: Any
    prompt_messages: Any
    completion_message: Any
    completion_messages: Any
    model: str
    environment: str
    log_type: str
    log_method: str
    status: str
    status_code: int
    error_code: str | None
    error_message: str | None
    span_unique_id: str | None
    trace_unique_id: str | None
    span_name: str | None
    span_parent_id: str | None
    span_workflow_name: str | None
    provider_id: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_request_tokens: int | None
    prompt_cache_hit_tokens: int | None
    prompt_cache_creation_tokens: int | None
    reasoning_tokens: int | None
    cost: float
    latency: float | None
    time_to_first_token: float | None
    tokens_per_second: float | None
    routing_time: float | None
    metadata: dict[str, Any]
    scores: dict[str, Any]
    customer_identifier: str | None
    customer_email: str | None
    customer_name: str | None
    custom_identifier: str | None
    group_identifier: str | None
    session_identifier: str | None
    thread_identifier: str | None
    evaluation_identifier: str | None
    organization_id: str
    unique_organization_id: str
    organization_key_id: str | None
    organization_key_name: str | None
    prompt_id: str | None
    prompt_name: str | None
    prompt_version_number: int | None
    deployment_name: str | None
    stream: bool | None
    positive_feedback: bool | None
    note: str | None
    is_pinned: bool
    failed: bool
    is_example: bool = False
    blurred: bool = False
    full_request: Any = None
    full_response: Any = None
    warnings: Any = None
    properties: Any = None
    variables: Any = None
    tools: Any = None
    tool_calls: Any = None
    response_format: Any = None
    temperature: Any = None
    top_p: Any = None
    max_tokens: Any = None
    deployment_id: Any = None
    limit_info: Any = None

    @classmethod
    def from_log(cls, log: Log, key_names: dict[Any, str]) -> LogOut:
        return cls(**_values(log, key_names))


class CreatedLogOut(LogOut):
    message: str = "log successful"

    @classmethod
    def from_log(cls, log: Log, key_names: dict[Any, str]) -> CreatedLogOut:
        return cls(**_values(log, key_names))


class LogPageOut(PageOut):
    results: list[Any]


def say_logs(logs: Sequence[Log], include: str) -> list[dict[str, Any]]:
    """With the names of their keys. `include` is a list of the only fields that are wanted beside the ids, if any."""
    names = key_names(logs)
    said = [LogOut.from_log(log, names).model_dump() for log in logs]
    wanted = {"id", "unique_id", *(name.strip() for name in include.split(","))}
    if not include.strip():
        return said
    return [{name: value for name, value in one.items() if name in wanted} for one in said]


def key_names(logs: Sequence[Log]) -> dict[Any, str]:
    """Of the API keys that sent the logs."""
    keys = ApiKey.objects.filter(id__in={log.api_key_id for log in logs if log.api_key_id})
    return {key.id: str(key) for key in keys.only("name", "prefix")}


def text_of(stored: JsonText | None) -> str | None:
    """A text as it was sent, other JSON as its text."""
    if stored is None:
        return None
    return stored.value if isinstance(stored.value, str) else stored.raw


def _values(log: Log, key_names: dict[Any, str]) -> dict[str, Any]:
    extras: dict[str, Any] = {} if log.extras is None else log.extras.value
    request, response = log.request_messages, log.response_messages
    version = str(log.attributes.get("prompt_version_number", ""))
    organization = str(log.workspace_id)
    return {
        **{name: log.attributes.get(name) for name in ATTRIBUTES},
        **{name: extras.get(name) for name in EXTRAS},
        **{name: getattr(log, name) for name in _SAME},
        "id": log.public_id,
        "unique_id": log.public_id,
        "timestamp": log.logged_at,
        "start_time": log.started_at,
        "input": text_of(log.input),
        "output": text_of(log.output),
        "prompt_messages": extras.get("prompt_messages", request),
        "completion_message": extras.get("completion_message", response[0] if response else None),
        "completion_messages": extras.get("completion_messages", response),
        "total_request_tokens": log.total_tokens,
        "prompt_cache_hit_tokens": log.cache_hit_tokens,
        "prompt_cache_creation_tokens": log.cache_creation_tokens,
        "cost": float(log.cost),
        "latency": None if log.latency is None else float(log.latency),
        "metadata": open_metadata(log.meta),
        "organization_id": organization,
        "unique_organization_id": organization,
        "organization_key_id": str(log.api_key_id) if log.api_key_id else None,
        "organization_key_name": key_names.get(log.api_key_id),
        "prompt_version_number": int(version) if version.isdecimal() else None,
        "failed": log.status == Log.Status.FAILED,
    }
