from __future__ import annotations

import pytest

from datasets.models import Dataset, Job, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Group, Operator
from records.actions import add_records, copy_records, move_records, undo_revision
from records.bulk import AT_ONCE
from records.errors import ChangeInvalidError, NothingToChangeError
from records.exporting import export_jsonl
from records.models import Record, RecordBlock, RecordEmbedding
from records.selections import Selection
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory
from tests.jobs import finish


@pytest.fixture
def target(dataset: Dataset) -> Dataset:
    return DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner, name="Gold")


@pytest.fixture
def three(dataset: Dataset, author: Author) -> list[Record]:
    drafts = [RecordDraft(text=f"apple {n}", tags=("a",), meta={"n": n}, status="approved") for n in range(3)]
    return add_records(dataset, drafts, author=author)


def select(dataset: Dataset, *conditions: Condition) -> Selection:
    dataset.refresh_from_db()
    return Selection(Group(conditions), dataset.revision_number)


def found(dataset: Dataset, word: str) -> int:
    return Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, word), dataset).count()


def sizes(dataset: Dataset) -> tuple[int, int]:
    dataset.refresh_from_db()
    blocks = RecordBlock.objects.filter(dataset_id=dataset.id).values_list("live", flat=True)
    return dataset.record_count, sum(blocks)


def test_copies_are_equal_and_found_at_once(
    dataset: Dataset, target: Dataset, three: list[Record], author: Author
) -> None:
    revision = copy_records(dataset, select(dataset), target=target, author=author)
    assert isinstance(revision, Revision)
    assert (revision.dataset, revision.added, revision.note) == (target, 3, "from Support")
    assert b"".join(export_jsonl(target)) == b"".join(export_jsonl(dataset))
    assert (found(target, "apple"), sizes(target), sizes(dataset)) == (3, (3, 3), (3, 3))
    assert RecordEmbedding.objects.filter(dataset_id=target.id).exclude(model="").count() == 3


def test_moved_records_are_there_and_in_the_trash_here(
    dataset: Dataset, target: Dataset, three: list[Record], author: Author
) -> None:
    before = b"".join(export_jsonl(dataset))
    departure = move_records(
        dataset, select(dataset, Condition("meta.n", Operator.IS, 1)), target=target, author=author
    )
    assert isinstance(departure, Revision)
    assert (departure.kind, departure.removed, departure.note) == ("trash", 1, "moved to Gold")
    assert (sizes(target), sizes(dataset)) == ((1, 1), (2, 2))
    assert b"".join(export_jsonl(dataset, number=1)) == before
    arrival = Revision.objects.get(pk=departure.details["copies"])
    undo_revision(departure, author=author)
    undo_revision(arrival, author=author)
    assert (sizes(target), sizes(dataset)) == ((0, 0), (3, 3))


def test_what_makes_no_sense_is_refused(
    dataset: Dataset, target: Dataset, stranger_dataset: Dataset, three: list[Record], author: Author
) -> None:
    with pytest.raises(ChangeInvalidError, match="already"):
        copy_records(dataset, select(dataset), target=dataset, author=author)
    with pytest.raises(ChangeInvalidError, match="no such dataset"):
        move_records(dataset, select(dataset), target=stranger_dataset, author=author)
    with pytest.raises(NothingToChangeError):
        copy_records(
            dataset, select(dataset, Condition("status", Operator.IS, "new")), target=target, author=author
        )
    assert not Revision.objects.pending().exists()


@pytest.mark.django_db(transaction=True)
def test_many_are_moved_by_a_job(dataset: Dataset, target: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text=f"apple {n}") for n in range(AT_ONCE + 1)], author=author)
    before = b"".join(export_jsonl(dataset))
    job = move_records(dataset, select(dataset), target=target, author=author)
    assert isinstance(job, Job)
    finish(job)
    assert (job.status, job.message) == ("completed", "1,001 of 1,001 records changed.")
    assert b"".join(export_jsonl(target)) == before
    assert (sizes(target), sizes(dataset), found(target, "apple")) == ((1001, 1001), (0, 0), 1001)
