"""What a worker does with a job, in the process of the test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from datasets.jobs import claim_job, run_claimed
from datasets.models import Job


def claim(job: Job) -> Job:
    claimed = claim_job(job.id, timezone.now())
    assert claimed is not None
    return claimed


def finish(job: Job, *touched: Model) -> Job:
    """Does its work to the end, and brings `job` and what it touched up to what became of them."""
    run_claimed(claim(job))
    for row in (job, *touched):
        row.refresh_from_db()
    return job


def finish_all() -> list[Job]:
    """All that wait, in the order in which they were accepted."""
    return [finish(job) for job in Job.objects.active().order_by("id")]


class KilledError(Exception):
    """Stands for kill -9: nothing after it runs."""


def dying(call: Callable[..., Any], *numbers: int) -> Callable[..., Any]:
    """The function, whose process ends right after these of its calls, the first being 1."""
    calls = count(1)

    def do(*arguments: Any, **options: Any) -> Any:
        answer = call(*arguments, **options)
        if next(calls) in numbers:
            raise KilledError
        return answer

    return do


def run_until_killed(job: Job) -> None:
    """Whoever claims it next goes on with it."""
    claimed = claim(job)
    with pytest.raises(KilledError):
        run_claimed(claimed)
    Job.objects.update(claim=None)
