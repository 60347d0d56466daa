"""What pages show of jobs, put together with few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from datasets import job_words
from datasets.models import Job, Worker

LINES_SHOWN = 20
RATE_IS_STEADY_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class ErrorCard:
    """Bad lines of one cause."""

    cause: str
    count: int
    lines: str
    sample: str


@dataclass(frozen=True, slots=True)
class JobCard:
    job: Job
    state: job_words.JobState
    progress: str
    time_left: str
    rate: str
    took: str
    explanation: str
    bad_lines: int
    errors: list[ErrorCard]


def has_worker(now: datetime) -> bool:
    alive_since = now - timedelta(seconds=settings.WORKER_ALIVE_SECONDS)
    return Worker.objects.alive(alive_since).exists()


def cards_of(jobs: Sequence[Job], now: datetime, *, is_worker_there: bool) -> list[JobCard]:
    """Cards without their place in the queue, which would be a query for each."""
    return [_card(job, now, ahead=None, is_worker_there=is_worker_there) for job in jobs]


def card_of(job: Job, now: datetime, *, is_worker_there: bool) -> JobCard:
    ahead = Job.objects.ahead_of(job).count() if job.status == Job.Status.QUEUED else 0
    return _card(job, now, ahead=ahead, is_worker_there=is_worker_there)


def _card(job: Job, now: datetime, *, ahead: int | None, is_worker_there: bool) -> JobCard:
    stale_after = timedelta(seconds=settings.JOB_STALE_SECONDS)
    is_steady = job.started_at is not None and now - job.started_at > RATE_IS_STEADY_AFTER
    waiting = ""
    if ahead is not None:
        waiting = job_words.explain_waiting(job, now, ahead=ahead, has_worker=is_worker_there)
    stalled = job_words.explain_stall(job, now, stale_after=stale_after, has_worker=is_worker_there)
    return JobCard(
        job=job,
        state=job_words.state_of(job, now, stale_after=stale_after),
        progress=job_words.progress_words(job),
        time_left=job_words.time_left_words(job.time_left) if is_steady else "",
        rate=job_words.rate_words(job),
        took=job_words.words_of((job.ended_at or now) - job.started_at) if job.started_at else "",
        explanation=waiting or stalled,
        bad_lines=job_words.count_bad_lines(job),
        errors=[_error_card(group) for group in job.errors],
    )


def _error_card(group: dict[str, Any]) -> ErrorCard:
    first = group["lines"][:LINES_SHOWN]
    more = group["count"] - len(first)
    shown = ", ".join(f"{number:,}" for number in first)
    lines = f"{shown} and {more:,} more" if more else shown
    return ErrorCard(cause=group["cause"], count=group["count"], lines=lines, sample=group["sample"])
