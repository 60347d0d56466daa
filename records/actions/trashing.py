from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from datasets.models import Dataset, Door, Revision
from project.accounts.types import Author
from project.lib.filters import Group
from records.actions.erasing import erase_from
from records.bulk import open_change, publish_change
from records.changes import Change, MoveToTrash, Restore
from records.errors import RecordNotFoundError
from records.models import Record
from records.selections import Selection

PURGE_RECORDS = 1_000


def trash_records(dataset: Dataset, record_ids: Sequence[UUID], *, author: Author) -> Revision:
    """Moves live records to the trash, from which they can come back. Raises NothingToChangeError when all are there
    already."""
    return _move(dataset, record_ids, MoveToTrash(), is_of_trash=False, author=author)


def restore_records(dataset: Dataset, record_ids: Sequence[UUID], *, author: Author) -> Revision:
    """Takes records out of the trash. Raises NothingToChangeError when none is in it."""
    return _move(dataset, record_ids, Restore(), is_of_trash=True, author=author)


@transaction.atomic
def purge_records(dataset: Dataset, record_ids: Sequence[UUID], *, author: Author) -> int:
    """Deletes records of the trash for good, also from snapshots; their number. Raises RecordNotFoundError when none
    of them is in the trash."""
    ids = Record.objects.of_dataset(dataset).filter(trashed_at__isnull=False).locked(record_ids)
    if not ids:
        raise RecordNotFoundError("None of these records is in the trash; nothing was deleted.")
    erase_from(dataset, ids, author=author, note="from the trash")
    return len(ids)


def purge_trash(now: datetime) -> int:
    """Deletes for good what has been in the trash for longer than TRASH_RETENTION_DAYS, in the name of the datasets'
    owners; how many records. Safe to run twice at a time."""
    if not settings.TRASH_RETENTION_DAYS:
        return 0
    limit = now - timedelta(days=settings.TRASH_RETENTION_DAYS)
    due = Record.objects.trashed_before(limit).values("dataset_id")
    return sum(_purge(dataset, limit) for dataset in Dataset.objects.filter(id__in=due).order_by("id"))


def _purge(dataset: Dataset, limit: datetime) -> int:
    author = Author(dataset.owner_id, Door.SCHEDULE)
    purged = 0
    while True:
        with transaction.atomic():
            due = Record.objects.of_dataset(dataset).trashed_before(limit)
            found = due.order_by("id").values_list("id", flat=True)[:PURGE_RECORDS]
            if not found:
                return purged
            ids = due.locked(list(found))
            if ids:  # Else another purge was sooner.
                days = settings.TRASH_RETENTION_DAYS
                erase_from(dataset, ids, author=author, note=f"after {days} days in the trash")
        purged += len(ids)


@transaction.atomic
def _move(
    dataset: Dataset, record_ids: Sequence[UUID], change: Change, *, is_of_trash: bool, author: Author
) -> Revision:
    chosen = tuple(record_ids)
    selection = Selection(Group(), dataset.revision_number, chosen=chosen, is_of_trash=is_of_trash)
    revision = open_change(dataset, selection, change, author=author)
    there = Record.objects.of_dataset(dataset).published().filter(id__in=chosen)
    change.touch(revision, list(there.values_list("id", flat=True)))
    publish_change(revision, change, matched=len(chosen), author=author)
    return revision
