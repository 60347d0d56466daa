"""What a sample of threads would take, by the same window, filter, rule and seed as its job."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Count, Sum

from datasets.models import Dataset
from project.accounts.models import Workspace
from project.lib.timelimits import time_limit
from records.logpages.previews import PICKS, PREVIEW_MS, Spread, by_day
from records.logpages.threadlists import ThreadRow, row_of
from records.pages import Total
from records.threadsamples import ThreadSample, known_threads
from threads.drawing import drawn_threads
from threads.models import Log
from threads.querysets import ThreadQuerySet
from threads.reading import COUNT_CAP, count_up_to

COMPARED = 2_000  # Threads whose logs are looked up in the dataset.


@dataclass(frozen=True, slots=True)
class ThreadPreview:
    """`known` is of how many of the taken threads the dataset has a conversation; None without a dataset."""

    matching: Total
    taken: int
    logs: int
    known: Total | None
    days: Spread | None
    picks: tuple[ThreadRow, ...]


def preview_of_threads(
    workspace: Workspace, sample: ThreadSample, *, dataset: Dataset | None
) -> ThreadPreview:
    """Raises FilterError, SampleError, and TimeLimitError when it cannot be told soon."""
    matching = sample.threads(workspace)
    taken = drawn_threads(matching, sample.rule)
    size = PICKS if sample.rule.size is None else min(PICKS, sample.rule.size)
    with time_limit(PREVIEW_MS):
        sums = taken.order_by().aggregate(threads=Count("pk"), logs=Sum("log_count"))
        number = count_up_to(matching)
        picks = list(drawn_threads(matching, replace(sample.rule, size=size)))
    return ThreadPreview(
        matching=Total(min(number, COUNT_CAP), is_capped=number > COUNT_CAP),
        taken=sums["threads"],
        logs=int(sums["logs"] or 0),
        known=None if dataset is None else _known(workspace, sample, taken, dataset),
        days=by_day(taken, "last_log_at", "Last log, by day (UTC)") if picks else None,
        picks=tuple(row_of(thread) for thread in picks),
    )


def _known(workspace: Workspace, sample: ThreadSample, taken: ThreadQuerySet, dataset: Dataset) -> Total:
    logs = Log.objects.visible_to(workspace).in_environment(sample.environment)
    with time_limit(PREVIEW_MS):
        identifiers = list(taken.values_list("identifier", flat=True)[: COMPARED + 1])
        number = len(known_threads(dataset, logs, identifiers[:COMPARED]))
    return Total(number, is_capped=len(identifiers) > COMPARED)
