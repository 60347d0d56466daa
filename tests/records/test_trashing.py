from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from datasets.models import Dataset, Door, Event, Revision
from project.accounts.models import AuditEntry
from project.accounts.types import Author
from records.actions import (
    add_records,
    purge_records,
    purge_trash,
    restore_records,
    set_status,
    trash_records,
    undo_revision,
)
from records.errors import NothingToChangeError, RecordNotFoundError, UndoRefusedError
from records.models import Curation, Record, RecordChange, RecordEmbedding, RecordWords
from records.types import RecordDraft


@pytest.fixture
def three(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, [RecordDraft(text=f"text {n}") for n in range(3)], author=author)


def ids(dataset: Dataset) -> list[object]:
    return list(Record.objects.in_dataset(dataset).in_order().values_list("id", flat=True))


def test_trashed_records_are_out_of_sight_and_come_back(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    revision = trash_records(dataset, [three[0].id, three[1].id], author=author)
    assert (ids(dataset), revision.kind, revision.removed) == ([three[2].id], "trash", 2)
    revision = restore_records(dataset, [three[0].id], author=author)
    assert (ids(dataset), revision.kind, revision.added) == ([three[0].id, three[2].id], "restore", 1)
    dataset.refresh_from_db()
    assert dataset.record_count == 2


def test_trashing_twice_and_restoring_what_is_live_are_refused(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    trash_records(dataset, [three[0].id], author=author)
    with pytest.raises(NothingToChangeError):
        trash_records(dataset, [three[0].id], author=author)
    with pytest.raises(NothingToChangeError):
        restore_records(dataset, [three[1].id], author=author)


def test_what_is_deleted_out_of_the_trash_is_counted_in_the_event_log(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    trash_records(dataset, [three[0].id, three[1].id], author=author)
    purge_records(dataset, [three[0].id, three[1].id], author=author)
    assert Event.objects.get(type="record.delete").meta == {"records": 2}


def test_records_of_another_dataset_are_not_trashed(
    dataset: Dataset, stranger_dataset: Dataset, three: list[Record], author: Author
) -> None:
    with pytest.raises(NothingToChangeError):
        trash_records(stranger_dataset, [three[0].id], author=author)
    assert len(ids(dataset)) == 3


def test_what_is_purged_is_gone_with_every_trace_and_audited(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    set_status(dataset, [three[0].id], "flagged", author=author)
    trashed = trash_records(dataset, [three[0].id], author=author)
    assert purge_records(dataset, [three[0].id, three[1].id], author=author) == 1
    for model in (Record, Curation, RecordChange, RecordWords, RecordEmbedding):
        name = "id" if model is Record else "record_id"
        assert not model.objects.filter(**{name: three[0].id}).exists()
    dataset.refresh_from_db()
    assert dataset.record_count == 2
    assert AuditEntry.objects.get(action="record.erase").details == {"records": 1}
    with pytest.raises(UndoRefusedError, match="deleted for good"):
        undo_revision(trashed, author=author)
    with pytest.raises(RecordNotFoundError):
        purge_records(dataset, [three[1].id], author=author)


def test_the_trash_is_purged_after_its_time(
    dataset: Dataset, three: list[Record], author: Author, settings: Settings
) -> None:
    trash_records(dataset, [three[0].id], author=author)
    now = timezone.now()
    assert purge_trash(now + timedelta(days=29)) == 0
    settings.TRASH_RETENTION_DAYS = 0
    assert purge_trash(now + timedelta(days=300)) == 0
    settings.TRASH_RETENTION_DAYS = 30
    assert purge_trash(now + timedelta(days=31)) == 1
    assert purge_trash(now + timedelta(days=31)) == 0
    revision = Revision.objects.get(kind="erase")
    assert (revision.door, revision.note) == (Door.SCHEDULE, "after 30 days in the trash")


def test_whoever_is_trashed_again_by_an_undo_has_the_whole_time_again(
    dataset: Dataset, three: list[Record], author: Author
) -> None:
    trash_records(dataset, [three[0].id], author=author)
    Record.objects.filter(pk=three[0].pk).update(trashed_at=timezone.now() - timedelta(days=29))
    restored = restore_records(dataset, [three[0].id], author=author)
    undo_revision(restored, author=author)
    assert purge_trash(timezone.now() + timedelta(days=2)) == 0
