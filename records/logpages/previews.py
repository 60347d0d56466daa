"""What a sample of logs would take, by the same window, filter, rule and seed as its job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDay

from datasets.models import Dataset
from project.accounts.models import Workspace
from project.lib.timelimits import TimeLimitError, time_limit
from records.knownlogs import known_logs
from records.logpages.cells import badge_of
from records.logsamples import LogSample
from records.models import Record
from records.pages import Total
from threads.drawing import count_share, drawn
from threads.models import Log
from threads.querysets import LogQuerySet
from threads.reading import COUNT_CAP, READ_MS, count_up_to, facets_of

PREVIEW_MS = 5_000
SEEN_LOGS = 30_000  # What more of them match is counted a moment later.
PICKS = 20
VALUES = 8
DAYS = 31
COMPARED = 200_000  # Logs whose ids are looked up in the dataset.
SPREADS = {"model": "Model", "status": "Status", "customer_identifier": "Customer"}


@dataclass(frozen=True, slots=True)
class Value:
    text: str
    log_count: int
    percent: int


@dataclass(frozen=True, slots=True)
class Spread:
    label: str
    values: tuple[Value, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    log: Log
    badge: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`known` is how many of the taken logs the dataset has already; None without a dataset. `is_part` says that only
    the newest SEEN_LOGS were looked at, so that there are at least as many."""

    matching: Total
    taken: Total
    known: Total | None
    spreads: tuple[Spread, ...]
    picks: tuple[Pick, ...]
    is_part: bool


def preview_of(workspace: Workspace, sample: LogSample, *, dataset: Dataset | None) -> Preview:
    """Raises FilterError, SampleError, and TimeLimitError when it cannot be told soon."""
    matching = _matching(workspace, sample)
    newest = _newest(matching) if sample.rule.is_share else None
    seen = matching if newest is None else newest
    taken = drawn(seen, sample.rule)
    with time_limit(PREVIEW_MS):
        taken_count = taken.count()
    is_part = newest is not None
    return Preview(
        matching=Total(SEEN_LOGS, is_capped=True) if is_part else _count(matching),
        taken=Total(taken_count, is_capped=is_part),
        known=None if dataset is None else _known(taken, dataset, is_part=is_part),
        spreads=(*_spreads(taken), by_day(taken, "logged_at", "Day (UTC)")) if taken_count else (),
        picks=_picks(seen, sample) if taken_count else (),
        is_part=is_part,
    )


def count_sample(workspace: Workspace, sample: LogSample) -> tuple[int, int]:
    """How many logs match, and how many of them a sample takes that is nothing but a share. Raises FilterError,
    SampleError, and TimeLimitError."""
    with time_limit(READ_MS):
        return count_share(_matching(workspace, sample), sample.rule)


def _matching(workspace: Workspace, sample: LogSample) -> LogQuerySet:
    logs = Log.objects.visible_to(workspace).in_environment(sample.environment)
    return logs.between(sample.start, sample.end).matching(sample.condition)


def _newest(matching: LogQuerySet) -> LogQuerySet | None:
    """As many as are looked at, or None when that is all of them."""
    with time_limit(PREVIEW_MS):
        behind = matching.newest_first().values_list("id", flat=True)[SEEN_LOGS : SEEN_LOGS + 1].first()
    return None if behind is None else matching.filter(id__gt=behind)


def _count(logs: LogQuerySet) -> Total:
    try:
        with time_limit(PREVIEW_MS):
            number = count_up_to(logs)
    except TimeLimitError:
        return Total(None)
    return Total(min(number, COUNT_CAP), is_capped=number > COUNT_CAP)


def _known(taken: LogQuerySet, dataset: Dataset, *, is_part: bool) -> Total:
    """By the ids of logs, as the job leaves them out."""
    with time_limit(PREVIEW_MS):
        ids = list(taken.values_list("id", flat=True)[: COMPARED + 1])
        number = len(known_logs(Record.objects.in_dataset(dataset), ids[:COMPARED]))
    return Total(number, is_capped=is_part or len(ids) > COMPARED)


def _spreads(taken: LogQuerySet) -> list[Spread]:
    found = facets_of(taken, list(SPREADS), limit=VALUES)
    return [
        Spread(label, _values([(str(one.value or "none"), one.log_count) for one in found[name]]))
        for name, label in SPREADS.items()
    ]


def by_day(taken: QuerySet[Any], field: str, label: str) -> Spread:
    """The latest days of this time, the newest first."""
    days = taken.order_by().annotate(day=TruncDay(field, tzinfo=UTC)).values("day")
    with time_limit(PREVIEW_MS):
        found = list(days.annotate(number=Count("pk")).order_by("-day")[: DAYS + 1])
    values = _values([(f"{row['day']:%Y-%m-%d}", row["number"]) for row in found[:DAYS]])
    return Spread(label, values, "and earlier days" if len(found) > DAYS else "")


def _values(counts: list[tuple[str, int]]) -> tuple[Value, ...]:
    most = max((number for _, number in counts), default=1)
    return tuple(Value(text, number, round(100 * number / most)) for text, number in counts)


def _picks(matching: LogQuerySet, sample: LogSample) -> tuple[Pick, ...]:
    """A smaller sample lies within a larger one, so twenty are twenty of those that the rule takes."""
    size = PICKS if sample.rule.size is None else min(PICKS, sample.rule.size)
    picked = drawn(matching, replace(sample.rule, size=size))
    with time_limit(PREVIEW_MS):
        return tuple(Pick(log, badge_of(log)) for log in picked.without_content())
