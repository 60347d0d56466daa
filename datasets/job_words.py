"""How a job is told to people: its state, its waiting and its pace, in words. Pure: `now` is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import ordinal

from datasets.models import Job

EXPLAIN_WAITING_AFTER = timedelta(seconds=10)
_READ_FROM_FILES = frozenset({Job.Kind.IMPORT_FILE, Job.Kind.IMPORT_LOG_FILE})
NO_WORKER = "No worker is running. Start one with `make run` or `celery -A project worker -Q default,bulk`."


@dataclass(frozen=True, slots=True)
class JobState:
    """A word for people and the name of the badge that looks like it."""

    word: str
    kind: str


def state_of(job: Job, now: datetime, *, stale_after: timedelta) -> JobState:
    if job.is_stalled(now, stale_after):
        return JobState("Stalled", "warn")
    if job.is_active and job.failure:
        return JobState("Failing", "bad")
    bad_lines = count_bad_lines(job)
    if job.status == Job.Status.COMPLETED and bad_lines:
        lines = "line" if bad_lines == 1 else "lines"
        return JobState(f"Completed with {bad_lines:,} bad {lines}", "warn")
    return JobState(job.get_status_display(), job.status)


def count_bad_lines(job: Job) -> int:
    return sum(group["count"] for group in job.errors)


def explain_waiting(job: Job, now: datetime, *, ahead: int, has_worker: bool) -> str:
    """Why a queued job has not begun, once that has taken longer than people expect."""
    if job.status != Job.Status.QUEUED or now - job.created_at < EXPLAIN_WAITING_AFTER:
        return ""
    if not has_worker:
        return NO_WORKER
    if ahead:
        return f"It is {ordinal(ahead + 1)} in the queue and begins when a worker is free."
    return "It is next in the queue and begins in a moment."


def explain_stall(job: Job, now: datetime, *, stale_after: timedelta, has_worker: bool) -> str:
    if not job.is_stalled(now, stale_after) or job.heartbeat_at is None:
        return ""
    silence = words_of(now - job.heartbeat_at)
    if has_worker:
        return f"Nothing was heard of its worker for {silence}. Another worker goes on with it in a moment."
    return f"Nothing was heard of its worker for {silence}. {NO_WORKER} It then goes on where it stopped."


def words_of(duration: timedelta) -> str:
    """Such as "45 s", "3 min", "1 h 20 min", "2 days 3 h"."""
    seconds = max(0, round(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    day_words = f"{days} day{'' if days == 1 else 's'}"
    return f"{day_words} {hours} h" if hours else day_words


def time_left_words(left: timedelta | None) -> str:
    """Rounded as far as such an estimate can be trusted; empty while it is not known."""
    if left is None:
        return ""
    seconds = left.total_seconds()
    if seconds < 5:
        return "a few seconds left"
    rounded = round(seconds / 5) * 5
    if rounded < 60:
        return f"about {rounded} s left"
    return f"about {words_of(timedelta(minutes=round(seconds / 60)))} left"


def progress_words(job: Job) -> str:
    """Such as "4,946 of about 55,000 records". While a file is read, its total is estimated from the bytes read."""
    if job.started_at is None:
        return ""
    if not job.total:
        return f"{job.done:,} {job.unit}"
    is_estimate = job.kind in _READ_FROM_FILES and not job.result.get("published")
    total = f"about {_rounded(job.total):,}" if is_estimate else f"{job.total:,}"
    return f"{job.done:,} of {total} {job.unit}"


def _rounded(number: int) -> int:
    """To two digits, the rest is a guess."""
    return round(number, 2 - len(str(number)))


def rate_words(job: Job) -> str:
    if job.rate is None or not job.is_active:
        return ""
    rate = f"{job.rate:,.0f}" if job.rate >= 10 else f"{job.rate:.1f}"
    return f"{rate} {job.unit} a second"
