from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connections

from datasets import jobs
from datasets.models import Dataset, Job, Revision
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.filters import Condition, FilterError, Group, Operator
from records import logsamples
from records.actions import start_sample, start_thread_import, undo_revision
from records.inserting import copy_rows
from records.logsamples import LogSample, SampleRun
from records.models import Record
from tests.factories.threads import keep_logs
from tests.jobs import claim, dying, finish, run_until_killed
from threads.actions import delete_logs
from threads.models import Log
from threads.sampling import Candidate, SampleError, SampleRule, chosen
from threads.types import LogDraft

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Sampling = Callable[..., Job]


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Forty logs of four threads, a minute between two of them, and one of another environment."""
    keep_logs(workspace, LogDraft(logged_at=NOON), environment="test")
    return keep_logs(
        workspace,
        *[
            LogDraft(
                input=f"Question {number}?",
                output=f"Answer {number % 20}.",
                model="even" if number % 2 == 0 else "odd",
                thread_identifier=f"t{number % 4}",
                meta={"n": number},
                cost=0.5,
                unique_id=f"call-{number}",
                logged_at=NOON + timedelta(minutes=number),
            )
            for number in range(40)
        ],
    )


@pytest.fixture
def sample(dataset: Dataset, author: Author) -> Sampling:
    """Accepts a sample of all the logs and does it as a worker would."""

    def do(rule: SampleRule, **values: object) -> Job:
        wanted = LogSample("prod", NOON, NOON + timedelta(hours=1), rule, **values)  # type: ignore[arg-type]
        return finish(start_sample(dataset, wanted, author=author), dataset)

    return do


def sampled(dataset: Dataset) -> list[Record]:
    return list(Record.objects.in_dataset(dataset).in_order())


def test_a_sample_takes_what_its_rule_chooses_in_the_order_of_time(
    sample: Sampling, dataset: Dataset, logs: list[Log]
) -> None:
    job = sample(SampleRule("s", Decimal(50)))
    expected = chosen([Candidate(log.id) for log in logs], SampleRule("s", Decimal(50)))
    taken = [record.log_ids[0] for record in sampled(dataset) if record.log_ids]
    assert taken == sorted(expected)
    assert 5 < len(taken) < 35
    assert (job.status, job.message) == (Job.Status.COMPLETED, f"{len(taken)} logs sampled.")
    assert dataset.record_count == len(taken)


def test_a_record_keeps_what_its_log_said_and_why_it_was_taken(
    sample: Sampling, dataset: Dataset, logs: list[Log]
) -> None:
    job = sample(SampleRule("why"), condition=Group((Condition("id", Operator.IS, "call-3"),)))
    [record] = sampled(dataset)
    delete_logs([logs[3]])
    assert (record.source, record.origin, record.meta) == ("call-3", "EXPLORER", {"n": 3})
    payload = record.as_payload
    assert [message["content"] for message in payload["messages"]] == ["Question 3?", "Answer 3."]
    assert (payload["input"], payload["output"]) == ("Question 3?", "Answer 3.")
    kept = payload["log"]
    assert (kept["model"], kept["cost"], kept["thread_identifier"]) == ("odd", 0.5, "t3")
    assert kept["sample"]["job"] == str(job.id)
    assert kept["sample"]["rule"]["seed"] == "why"
    assert kept["sample"]["filter"]["all"][0]["value"] == "call-3"
    revision = Revision.objects.get(dataset=dataset)
    assert LogSample.from_json(revision.details["sample"]).rule == SampleRule("why")
    assert "seed 'why'" in revision.note


def test_the_same_sample_again_adds_nothing_and_a_larger_one_the_rest(
    sample: Sampling, dataset: Dataset, logs: list[Log]
) -> None:
    sample(SampleRule("s", Decimal(30)))
    first = {record.id for record in sampled(dataset)}
    job = sample(SampleRule("s", Decimal(30)))
    assert (job.status, job.message) == (Job.Status.COMPLETED, "No log was taken.")
    assert {record.id for record in sampled(dataset)} == first
    assert Revision.objects.filter(dataset=dataset).count() == 1
    job = sample(SampleRule("s"))
    assert job.message == f"{40 - len(first)} logs sampled. {len(first)} were in the dataset already."
    assert len(sampled(dataset)) == 40


def test_equal_contents_are_left_out_only_when_asked(
    sample: Sampling, dataset: Dataset, workspace: Workspace
) -> None:
    keep_logs(workspace, *[LogDraft(input="Same?", output="Same.", logged_at=NOON)] * 3)
    assert sample(SampleRule("s", size=2)).result["imported"] == 2
    assert sample(SampleRule("s"), skips_equal=True).message == "No log was taken."
    assert sample(SampleRule("s")).result["imported"] == 1


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (SampleRule("s", Decimal(0)), 0),
        (SampleRule("s", per_thread=2, stratum="model", per_stratum=3, size=5), 5),
    ],
)
def test_a_sample_has_the_size_that_its_rule_says(
    sample: Sampling, dataset: Dataset, logs: list[Log], rule: SampleRule, number: int
) -> None:
    sample(rule)
    assert len(sampled(dataset)) == number


def test_a_filter_and_a_time_bound_a_sample(sample: Sampling, dataset: Dataset, logs: list[Log]) -> None:
    sample(SampleRule("s"), condition=Group((Condition("model", Operator.IS, "even"),)))
    assert {record.as_payload["log"]["model"] for record in sampled(dataset)} == {"even"}
    assert len(sampled(dataset)) == 20


@pytest.mark.parametrize("rule", [SampleRule("s", Decimal(60)), SampleRule("s", size=23)])
def test_a_killed_sample_goes_on_where_it_stopped(
    dataset: Dataset, author: Author, logs: list[Log], rule: SampleRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logsamples, "STEP_ROWS", 4)
    monkeypatch.setattr(logsamples, "SCANNED_LOGS", 7)
    wanted = LogSample("prod", NOON, NOON + timedelta(hours=1), rule)
    job = start_sample(dataset, wanted, author=author)
    monkeypatch.setattr(logsamples, "copy_rows", dying(copy_rows, 2, 4))
    for _ in range(2):
        run_until_killed(job)
        assert not sampled(dataset)
    finish(job, dataset)
    taken = [record.log_ids[0] for record in sampled(dataset) if record.log_ids]
    assert taken == sorted(chosen([Candidate(log.id) for log in logs], rule))


def test_samples_at_the_same_moment_bring_no_log_twice(
    dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    """Each has read what the dataset has, and written all of its records, before another one is seen."""
    claimed = [begin_sample(dataset, author, SampleRule("s", Decimal(share))) for share in (60, 100, 30)]
    for job in claimed:
        SampleRun(jobs.JobRun(job)).add_rows()
    for job in claimed:
        jobs.run_claimed(job)
    assert taken_logs(dataset) == [log.id for log in logs]
    counts = [job.result.get("imported", 0) for job in claimed]
    assert sum(counts) == dataset.record_count == 40
    assert 0 not in counts[:2]
    assert (counts[2], claimed[2].message) == (0, "No log was taken.")
    assert [revision.added for revision in Revision.objects.order_by("number")] == counts[:2]


def test_samples_side_by_side_bring_no_log_twice(dataset: Dataset, author: Author, logs: list[Log]) -> None:
    claimed = [begin_sample(dataset, author, SampleRule("s")) for _ in range(4)]

    def work(job: Job) -> None:
        jobs.run_claimed(job)
        connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as workers:
        list(workers.map(work, claimed))
    assert taken_logs(dataset) == [log.id for log in logs]
    assert dataset.record_count == 40


def test_equal_contents_of_samples_at_the_same_moment_are_left_out_when_asked(
    dataset: Dataset, author: Author, workspace: Workspace
) -> None:
    for hour in (0, 1):
        keep_logs(workspace, LogDraft(input="Same?", output="Same.", logged_at=NOON + timedelta(hours=hour)))
    samples = [
        LogSample("prod", moment, moment, SampleRule("s"), skips_equal=True)
        for moment in (NOON, NOON + timedelta(hours=1))
    ]
    claimed = [claim(start_sample(dataset, wanted, author=author)) for wanted in samples]
    for job in claimed:
        SampleRun(jobs.JobRun(job)).add_rows()
    for job in claimed:
        jobs.run_claimed(job)
    assert len(sampled(dataset)) == 1


def test_what_another_sample_takes_back_is_not_missed(
    dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    given_up, other = (begin_sample(dataset, author, SampleRule("s")) for _ in range(2))
    SampleRun(jobs.JobRun(given_up)).add_rows()
    SampleRun(jobs.JobRun(other)).add_rows()
    jobs.cancel_job(given_up)
    jobs.run_claimed(given_up)
    jobs.run_claimed(other)
    assert taken_logs(dataset) == [log.id for log in logs]


def test_a_log_in_a_conversation_of_a_thread_is_in_the_dataset_already(
    sample: Sampling, dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    thread = start_thread_import(
        dataset, ["t1"], workspace=dataset.workspace, environment="prod", author=author
    )
    finish(thread, dataset)
    assert sample(SampleRule("s")).result == {"imported": 30, "skipped": 10, "published": True}


def begin_sample(dataset: Dataset, author: Author, rule: SampleRule) -> Job:
    wanted = LogSample("prod", NOON, NOON + timedelta(hours=1), rule)
    return claim(start_sample(dataset, wanted, author=author))


def taken_logs(dataset: Dataset) -> list[UUID]:
    dataset.refresh_from_db()
    return sorted(log_id for record in sampled(dataset) for log_id in record.log_ids or ())


def test_a_cancelled_sample_leaves_nothing(dataset: Dataset, author: Author, logs: list[Log]) -> None:
    wanted = LogSample("prod", NOON, NOON + timedelta(hours=1), SampleRule("s"))
    job = start_sample(dataset, wanted, author=author)
    jobs.cancel_job(job)
    assert not Record.objects.filter(dataset=dataset).exists()
    assert not Revision.objects.filter(dataset=dataset).exists()


def test_a_sample_is_undone_as_one_revision(
    sample: Sampling, dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    sample(SampleRule("s", size=5))
    undo_revision(Revision.objects.get(dataset=dataset), author=author)
    assert sampled(dataset) == []
    sample(SampleRule("s", size=5))
    assert len(sampled(dataset)) == 5


def test_a_sample_that_cannot_be_drawn_is_refused_at_once(dataset: Dataset, author: Author) -> None:
    with pytest.raises(SampleError):
        start_sample(dataset, LogSample("prod", NOON, NOON, SampleRule("s", Decimal(101))), author=author)
    with pytest.raises(SampleError, match="ends before it begins"):
        start_sample(
            dataset, LogSample("prod", NOON, NOON - timedelta(seconds=1), SampleRule("s")), author=author
        )
    bad = Group((Condition("colour", Operator.IS, "red"),))
    with pytest.raises(FilterError):
        start_sample(dataset, LogSample("prod", NOON, NOON, SampleRule("s"), bad), author=author)
    assert not Job.objects.exists()
