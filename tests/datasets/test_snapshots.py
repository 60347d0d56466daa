from __future__ import annotations

import pytest

from datasets.errors import SnapshotInvalidError, SnapshotTakenError
from datasets.models import Dataset, Event, Revision, Snapshot
from datasets.snapshots import create_snapshot, delete_snapshot
from project.accounts.types import Author
from records.actions import add_records
from records.types import RecordDraft


@pytest.fixture
def filled(dataset: Dataset, author: Author) -> Dataset:
    add_records(dataset, [RecordDraft(text="a")], author=author)
    return dataset


def test_a_snapshot_names_the_present_revision(filled: Dataset, author: Author) -> None:
    snapshot = create_snapshot(filled, name=" v1 ", note="first", author=author)
    assert (snapshot.name, snapshot.note, snapshot.record_count) == ("v1", "first", 1)
    assert snapshot.revision == Revision.objects.get()
    assert Event.objects.get(type="snapshot.create").meta == {"name": "v1"}


def test_a_name_is_taken_once_in_a_dataset(filled: Dataset, author: Author) -> None:
    create_snapshot(filled, name="v1", author=author)
    with pytest.raises(SnapshotTakenError, match="v1 already"):
        create_snapshot(filled, name="v1", author=author)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00"])
def test_a_name_that_cannot_be_is_refused(name: str, filled: Dataset, author: Author) -> None:
    with pytest.raises(SnapshotInvalidError):
        create_snapshot(filled, name=name, author=author)


def test_an_empty_dataset_has_nothing_to_keep(dataset: Dataset, author: Author) -> None:
    with pytest.raises(SnapshotInvalidError, match="add records first"):
        create_snapshot(dataset, name="v1", author=author)


def test_a_deleted_snapshot_leaves_the_history(filled: Dataset, author: Author) -> None:
    delete_snapshot(create_snapshot(filled, name="v1", author=author), author=author)
    assert not Snapshot.objects.exists()
    assert Revision.objects.count() == 1
