from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from project.lib.filters import Condition, Group
from threads.sampling import SampleRule
from threads.schedules import Schedule

if TYPE_CHECKING:
    from project.accounts.models import Workspace

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class LogDraft:
    """A captured model call before it is a log. None says that nothing was sent, which filters tell from an empty text.

    `unique_id`, or else trace and span together, name the log for the one who sends it: sent again, it is there once.
    `input` and `output` are any JSON values, kept verbatim; so is everything in `extras`. `attributes` holds the values
    of rarely used filter fields (`threads.fields.ATTRIBUTES`).
    """

    input: Any = None
    output: Any = None
    unique_id: str | None = None
    logged_at: datetime | None = None
    started_at: datetime | None = None
    log_type: str = "chat"
    log_method: str = "logging_api"
    model: str = ""
    provider_id: str | None = None
    status: str | None = None
    status_code: int = 200
    error_code: str | None = None
    error_message: str | None = None
    thread_identifier: str | None = None
    session_identifier: str | None = None
    customer_identifier: str | None = None
    customer_email: str | None = None
    custom_identifier: str | None = None
    group_identifier: str | None = None
    evaluation_identifier: str | None = None
    trace_unique_id: str | None = None
    span_unique_id: str | None = None
    span_parent_id: str | None = None
    span_name: str | None = None
    span_workflow_name: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cache_hit_tokens: int | None = None
    cache_creation_tokens: int | None = None
    cost: Number = 0
    latency: Number | None = None
    time_to_first_token: float | None = None
    tokens_per_second: float | None = None
    stream: bool | None = None
    positive_feedback: bool | None = None
    note: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, str | int | float | bool] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogOutcome:
    """What became of one draft: the id of its log, or the sentence that says why there is none."""

    log_id: UUID | None = None
    is_repeat: bool = False
    error: str = ""
    is_too_large: bool = False


@dataclass(frozen=True, slots=True)
class LogEdit:
    """New values for what may change about a log; None leaves the value as it is."""

    meta: dict[str, Any] | None = None
    note: str | None = None
    positive_feedback: bool | None = None
    custom_identifier: str | None = None
    is_pinned: bool | None = None


@dataclass(frozen=True, slots=True)
class LogSummary:
    """Sums and means over logs. Means leave out the logs that say nothing; seconds and US dollars."""

    log_count: int
    cost: Decimal
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    average_latency: float | None
    average_tokens_per_second: float | None
    average_time_to_first_token: float | None


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """One bar of a histogram."""

    begins_at: datetime
    log_count: int
    failed_count: int
    cost: Decimal

    def times(self, factor: Decimal) -> TimeBucket:
        return TimeBucket(
            self.begins_at,
            round(self.log_count * factor),
            round(self.failed_count * factor),
            self.cost * factor,
        )


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars of equal width over a time, the empty ones included."""

    buckets: tuple[TimeBucket, ...]
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str | bool | None
    log_count: int


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers of a judge: options with their meanings, or without options the numbers from `low` to `high`."""

    options: tuple[tuple[str, str], ...] = ()
    low: float = 0
    high: float = 1
    low_means: str = ""
    high_means: str = ""

    def __str__(self) -> str:
        """Such as “good, bad” or “0 to 10”."""
        if self.options:
            return ", ".join(value for value, _ in self.options)
        return f"{self.low:g} to {self.high:g}"

    def as_json(self) -> dict[str, Any]:
        if self.options:
            return {"options": [list(option) for option in self.options]}
        return {
            "low": self.low,
            "high": self.high,
            "low_means": self.low_means,
            "high_means": self.high_means,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Scale:
        return cls(
            **{**kept, "options": tuple((value, meaning) for value, meaning in kept.get("options", ()))}
        )


@dataclass(frozen=True, slots=True)
class JudgeDraft:
    """A judge before it is one, or for one question only. `instructions` is a Jinja template."""

    name: str
    description: str
    model_name: str
    instructions: str
    scale: Scale
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A selection of logs before it is saved. `sent_condition` is the filter as its sender wrote it."""

    workspace: Workspace
    environment: str
    name: str
    description: str
    condition: Condition | Group
    max_logs: int
    sent_condition: Any = None


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What may change about a sampling rule."""

    name: str
    draw: SampleRule
    schedule: Schedule
    skips_equal: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a judge reads."""

    messages: list[dict[str, Any]]
    tools: tuple[Any, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says: its reasons, and one of the answers of its scale."""

    analysis: str
    answer: str | float
