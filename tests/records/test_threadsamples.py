from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from datasets import jobs
from datasets.models import Dataset, Job, Revision
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.filters import Condition, FilterError, Group, Operator
from records import threadsamples
from records.actions import start_sample, start_thread_sample, undo_revision
from records.inserting import copy_rows
from records.logsamples import LogSample
from records.models import Record
from records.threadsamples import ThreadSample
from tests.factories.threads import keep_logs
from tests.jobs import claim, dying, finish, run_until_killed
from threads.models import Log, Thread
from threads.sampling import SampleError, SampleRule, lot_of, lots_below
from threads.types import LogDraft

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

Sampling = Callable[..., Job]


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Twelve threads of three logs each, mixed; a thread of the test environment; and a log of no thread."""
    keep_logs(workspace, LogDraft(thread_identifier="t0", logged_at=NOON, input="Test?"), environment="test")
    keep_logs(workspace, LogDraft(logged_at=NOON, input="Alone?"))
    return keep_logs(
        workspace,
        *[
            LogDraft(
                input=f"{number}, turn {turn}?",
                output=f"Answer {turn}.",
                thread_identifier=f"t{number}",
                customer_identifier="ada" if number % 2 else "bob",
                logged_at=NOON + timedelta(minutes=turn, seconds=number),
            )
            for turn in (2, 0, 1)
            for number in range(12)
        ],
    )


@pytest.fixture
def sample(dataset: Dataset, author: Author) -> Sampling:
    """Accepts a sample of the threads and does it as a worker would."""

    def do(rule: SampleRule, **values: Any) -> Job:
        wanted = ThreadSample("prod", NOON, NOON + HOUR, rule, **values)
        return finish(start_thread_sample(dataset, wanted, author=author))

    return do


def conversations(dataset: Dataset) -> dict[str, list[str]]:
    return {
        record.source: [message["content"] for message in record.as_payload["messages"]]
        for record in Record.objects.in_dataset(dataset)
    }


def test_each_thread_becomes_one_conversation_in_the_order_of_time(
    sample: Sampling, dataset: Dataset, logs: list[Log]
) -> None:
    job = sample(SampleRule("s"))
    assert (job.status, job.message) == (Job.Status.COMPLETED, "12 threads sampled.")
    assert conversations(dataset) == {
        f"t{number}": [text for turn in range(3) for text in (f"{number}, turn {turn}?", f"Answer {turn}.")]
        for number in range(12)
    }
    record = Record.objects.in_dataset(dataset).get(source="t3")
    assert record.log_ids == [
        log.id for log in sorted(logs, key=lambda log: log.id) if log.thread_identifier == "t3"
    ]
    assert (record.origin, set(record.as_payload)) == ("PLAYGROUND", {"messages"})
    revision = Revision.objects.get(dataset=dataset)
    assert ThreadSample.from_json(revision.details["sample"]).rule == SampleRule("s")
    assert revision.note.startswith("100 %, seed 's' of threads")


def test_a_share_is_drawn_by_the_seed_and_a_smaller_one_lies_within(
    sample: Sampling, dataset: Dataset, logs: list[Log]
) -> None:
    expected = {
        thread.identifier
        for thread in Thread.objects.filter(environment="prod")
        if lot_of("s", thread.id) < lots_below(Decimal(50))
    }
    sample(SampleRule("s", Decimal(50)))
    assert set(conversations(dataset)) == expected
    job = sample(SampleRule("s"))
    assert (
        job.message == f"{12 - len(expected)} threads sampled. {len(expected)} were in the dataset already."
    )
    assert len(conversations(dataset)) == 12


def test_a_size_a_filter_and_a_time_bound_a_sample(
    sample: Sampling, dataset: Dataset, workspace: Workspace, logs: list[Log]
) -> None:
    keep_logs(workspace, LogDraft(thread_identifier="late", logged_at=NOON + 2 * HOUR, input="Late?"))
    condition = Group((Condition("customer_identifier", Operator.IS, "ada"),))
    sample(SampleRule("s", size=4), condition=condition)
    found = conversations(dataset)
    assert len(found) == 4
    assert all(int(name[1:]) % 2 for name in found)
    sample(SampleRule("s"))
    assert "late" not in conversations(dataset)


def test_a_thread_of_single_logs_is_no_conversation_yet(
    sample: Sampling, dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    finish(start_sample(dataset, LogSample("prod", NOON, NOON + HOUR, SampleRule("s")), author=author))
    assert sample(SampleRule("s")).result["imported"] == 12
    assert sample(SampleRule("s")).message == "No thread was taken."


def test_samples_at_the_same_moment_bring_no_thread_twice(
    dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    claimed = []
    for share in (60, 100):
        wanted = ThreadSample("prod", NOON, NOON + HOUR, SampleRule("s", Decimal(share)))
        job = claim(start_thread_sample(dataset, wanted, author=author))
        claimed.append(job)
    for job in claimed:
        threadsamples.add_rows(jobs.JobRun(job))
    for job in claimed:
        jobs.run_claimed(job)
    sources = Record.objects.in_dataset(dataset).values_list("source", flat=True)
    assert sorted(sources) == sorted(f"t{number}" for number in range(12))


def test_a_killed_sample_goes_on_where_it_stopped(
    dataset: Dataset, author: Author, workspace: Workspace, logs: list[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threadsamples, "STEP_THREADS", 3)
    wanted = ThreadSample("prod", NOON, NOON + HOUR, SampleRule("s"))
    job = start_thread_sample(dataset, wanted, author=author)
    monkeypatch.setattr(threadsamples, "copy_rows", dying(copy_rows, 2, 4))
    for _ in range(2):
        run_until_killed(job)
        assert not conversations(dataset)
    keep_logs(
        workspace, LogDraft(thread_identifier="t5", logged_at=NOON + timedelta(minutes=9), input="Later?")
    )
    assert finish(job).result["imported"] == 12
    assert all(len(said) == 6 for said in conversations(dataset).values())


def test_an_undone_sample_can_be_drawn_again(
    sample: Sampling, dataset: Dataset, author: Author, logs: list[Log]
) -> None:
    sample(SampleRule("s", size=5))
    undo_revision(Revision.objects.get(dataset=dataset), author=author)
    assert sample(SampleRule("s", size=5)).result["imported"] == 5


def test_a_sample_that_cannot_be_drawn_is_refused_at_once(dataset: Dataset, author: Author) -> None:
    bad = Group((Condition("colour", Operator.IS, "red"),))
    for end, rule, condition, error in (
        (NOON, SampleRule("s", Decimal(101)), Group(), SampleError),
        (NOON - HOUR, SampleRule("s"), Group(), SampleError),
        (NOON, SampleRule("s"), bad, FilterError),
    ):
        with pytest.raises(error):
            start_thread_sample(dataset, ThreadSample("prod", NOON, end, rule, condition), author=author)
    assert not Job.objects.exists()
