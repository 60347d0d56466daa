from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from datasets.job_words import (
    NO_WORKER,
    explain_stall,
    explain_waiting,
    progress_words,
    rate_words,
    state_of,
    time_left_words,
    words_of,
)
from datasets.models import Job
from project.lib.ids import new_id

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
STALE = timedelta(seconds=20)


def _job(**values: object) -> Job:
    return Job(kind=Job.Kind.IMPORT_FILE, created_at=NOW - timedelta(minutes=1), **values)


def _bad(*counts: int) -> list[dict[str, object]]:
    return [{"cause": f"cause {count}", "count": count, "lines": [1], "sample": ""} for count in counts]


@pytest.mark.parametrize(
    ("job", "word", "kind"),
    [
        (_job(), "Waiting", "queued"),
        (_job(status="running", claim=new_id(), heartbeat_at=NOW), "Running", "running"),
        (_job(status="running", claim=new_id(), heartbeat_at=NOW - timedelta(minutes=1)), "Stalled", "warn"),
        (_job(status="running", failure="Line 3: …"), "Failing", "bad"),
        (_job(status="cancelling"), "Cancelling", "cancelling"),
        (_job(status="cancelled"), "Cancelled", "cancelled"),
        (_job(status="completed"), "Completed", "completed"),
        (_job(status="completed", errors=_bad(1)), "Completed with 1 bad line", "warn"),
        (_job(status="completed", errors=_bad(1200, 34)), "Completed with 1,234 bad lines", "warn"),
        (_job(status="failed", errors=_bad(3)), "Failed", "failed"),
    ],
)
def test_each_state_has_a_word_and_a_look(job: Job, word: str, kind: str) -> None:
    state = state_of(job, NOW, stale_after=STALE)
    assert (state.word, state.kind) == (word, kind)


def test_waiting_is_explained_only_after_ten_seconds() -> None:
    job = _job(status="queued")
    early = job.created_at + timedelta(seconds=9)
    assert explain_waiting(job, early, ahead=3, has_worker=True) == ""
    assert explain_waiting(job, NOW, ahead=2, has_worker=True).startswith("It is 3rd in the queue")
    assert explain_waiting(job, NOW, ahead=0, has_worker=True).startswith("It is next in the queue")
    assert explain_waiting(job, NOW, ahead=2, has_worker=False) == NO_WORKER


def test_what_runs_needs_no_explanation() -> None:
    assert explain_waiting(_job(status="running"), NOW, ahead=2, has_worker=False) == ""


def test_a_silent_worker_is_told_with_what_comes_next() -> None:
    job = _job(status="running", claim=new_id(), heartbeat_at=NOW - timedelta(seconds=150))
    assert "for 2 min" in explain_stall(job, NOW, stale_after=STALE, has_worker=True)
    assert "Another worker goes on" in explain_stall(job, NOW, stale_after=STALE, has_worker=True)
    assert NO_WORKER in explain_stall(job, NOW, stale_after=STALE, has_worker=False)
    job.heartbeat_at = NOW
    assert explain_stall(job, NOW, stale_after=STALE, has_worker=False) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (4800, "1 h 20 min"),
        (86399, "1 day"),
        (86400, "1 day"),
        (90000, "1 day 1 h"),
        (200000, "2 days 7 h"),
        (-5, "0 s"),
    ],
)
def test_durations_read_naturally(seconds: float, words: str) -> None:
    assert words_of(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, ""),
        (timedelta(seconds=2), "a few seconds left"),
        (timedelta(seconds=22), "about 20 s left"),
        (timedelta(seconds=59), "about 1 min left"),
        (timedelta(seconds=170), "about 3 min left"),
        (timedelta(minutes=90), "about 1 h 30 min left"),
    ],
)
def test_the_time_left_is_as_round_as_it_is_sure(left: timedelta | None, words: str) -> None:
    assert time_left_words(left) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"started_at": None}, ""),
        ({"done": 12, "total": None}, "12 records"),
        ({"done": 4_946, "total": 54_613}, "4,946 of about 55,000 records"),
        ({"done": 3, "total": 7}, "3 of about 7 records"),
        ({"done": 12_000, "total": 59_371, "result": {"published": True}}, "12,000 of 59,371 records"),
        ({"done": 4, "total": 1_234, "kind": Job.Kind.IMPORT_RECORDS}, "4 of 1,234 records"),
    ],
)
def test_an_estimated_total_says_that_it_is_one(values: dict[str, object], words: str) -> None:
    assert progress_words(Job(**{"kind": Job.Kind.IMPORT_FILE, "started_at": NOW, **values})) == words


def test_a_rate_has_its_unit_and_ends_with_the_job() -> None:
    assert rate_words(_job(status="running", rate=41234.5, unit="records")) == "41,234 records a second"
    assert rate_words(_job(status="running", rate=0.54, unit="records")) == "0.5 records a second"
    assert rate_words(_job(status="running")) == ""
    assert rate_words(_job(status="completed", rate=12.0)) == ""
