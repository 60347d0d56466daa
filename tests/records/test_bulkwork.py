"""Bulk changes and undos as jobs: seen all at once, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import connection

from datasets import jobs
from datasets.models import Dataset, Job, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Group, Operator
from project.lib.ids import new_id
from records import changes
from records.actions import add_records, change_records, start_change, start_undo, undo
from records.bulk import AT_ONCE
from records.changes import ReplaceText, SetStatus
from records.exporting import export_jsonl
from records.models import Record, RecordBlock, RecordChange, RecordEmbedding
from records.selections import Selection
from records.types import RecordDraft
from tests.jobs import finish

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Sets a status, and has something happen to the job while the worker is at it."""

    kind: ClassVar[str] = "interrupted"
    words: ClassVar[str] = "interrupted"
    happening: ClassVar[Callable[[], object]]

    def check(self) -> None:
        """There is nothing that could be wrong."""

    def touch(self, revision: Revision, ids: Sequence[UUID]) -> None:
        SetStatus("flagged").touch(revision, ids)
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(Interrupted.happening).result()
            elsewhere.submit(lambda: connection.close()).result()


@pytest.fixture
def interrupted() -> Iterator[type[Interrupted]]:
    changes._CHANGES[Interrupted.kind] = Interrupted
    yield Interrupted
    del changes._CHANGES[Interrupted.kind]


@pytest.fixture
def three(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, [RecordDraft(text=f"apples {n}") for n in range(3)], author=author)


def everything(dataset: Dataset) -> Selection:
    dataset.refresh_from_db()
    return Selection(Group(), dataset.revision_number)


def run(job: Job | Revision) -> Job:
    assert isinstance(job, Job)
    return finish(job)


def statuses(dataset: Dataset) -> list[str]:
    return list(Record.objects.in_dataset(dataset).in_order().values_list("curation__status", flat=True))


def found(dataset: Dataset, word: str) -> int:
    return Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, word), dataset).count()


def test_many_are_changed_and_taken_back_by_jobs_each_one_revision(dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text=str(n)) for n in range(AT_ONCE + 1)], author=author)
    before = b"".join(export_jsonl(dataset))
    new = Selection(Group((Condition("status", Operator.IS, "new"),)), dataset.revision_number)
    job = run(change_records(dataset, new, SetStatus("flagged"), author=author))
    assert (job.status, job.done, job.message) == ("completed", 1001, "1,001 of 1,001 records changed.")
    assert set(statuses(dataset)) == {"flagged"}
    revision = Revision.objects.get(job=job)
    assert (revision.number, revision.changed) == (2, 1001)
    job = run(undo(revision, author=author))
    assert (job.status, job.message) == ("completed", "1,001 records undone.")
    assert b"".join(export_jsonl(dataset)) == before


def test_an_undone_import_is_in_the_trash_and_counted_right(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    created = Revision.objects.get(dataset=dataset)
    undone = run(start_undo(created, author=author)).revision
    assert undone is not None
    dataset.refresh_from_db()
    assert (dataset.record_count, undone.removed) == (0, 3)
    run(start_undo(undone, author=author))
    dataset.refresh_from_db()
    assert dataset.record_count == 3
    assert sum(block.live for block in RecordBlock.objects.filter(dataset_id=dataset.id)) == 3


def test_replaced_text_is_found_when_the_job_has_ended_and_no_more_when_it_is_undone(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    job = run(start_change(dataset, everything(dataset), ReplaceText("apples", "figs"), author=author))
    assert (found(dataset, "figs"), found(dataset, "apples")) == (3, 0)
    assert not RecordEmbedding.objects.filter(model="").exists()
    assert job.revision is not None
    run(start_undo(job.revision, author=author))
    assert (found(dataset, "figs"), found(dataset, "apples")) == (0, 3)


def test_cancelling_in_the_middle_leaves_nothing(
    dataset: Dataset, three: list[Record], author: Author, interrupted: type[Interrupted]
) -> None:
    job = start_change(dataset, everything(dataset), interrupted(), author=author)
    interrupted.happening = lambda: jobs.cancel_job(Job.objects.get(pk=job.pk))
    assert run(job).status == Job.Status.CANCELLED
    assert statuses(dataset) == ["new"] * 3
    assert not RecordChange.objects.exists()
    assert not Revision.objects.pending().exists()


def test_a_worker_whose_job_was_taken_over_writes_nothing_and_the_next_does_it_once(
    dataset: Dataset, three: list[Record], author: Author, interrupted: type[Interrupted]
) -> None:
    job = start_change(dataset, everything(dataset), interrupted(), author=author)
    interrupted.happening = lambda: Job.objects.filter(pk=job.pk).update(claim=new_id())
    assert run(job).status == Job.Status.RUNNING
    assert statuses(dataset) == ["new"] * 3
    Job.objects.filter(pk=job.pk).update(claim=None)
    interrupted.happening = lambda: None
    assert run(job).status == Job.Status.COMPLETED
    assert statuses(dataset) == ["flagged"] * 3
    assert RecordChange.objects.count() == 3


def test_progress_is_seen_while_the_change_is_not(
    dataset: Dataset, three: list[Record], author: Author, interrupted: type[Interrupted]
) -> None:
    job = start_change(dataset, everything(dataset), interrupted(), author=author)
    seen: list[object] = []

    def look() -> None:
        now = Job.objects.get(pk=job.pk)
        seen.extend([now.phase, now.total, statuses(dataset)])

    interrupted.happening = look
    run(job)
    assert seen == ["Changing", 3, ["new"] * 3]


def test_a_job_that_has_nothing_to_change_says_so(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    job = run(start_change(dataset, everything(dataset), SetStatus("new"), author=author))
    assert (job.status, job.message) == (
        Job.Status.FAILED,
        "Nothing was changed: all 3 records are already as asked for.",
    )
    assert not Revision.objects.pending().exists()
