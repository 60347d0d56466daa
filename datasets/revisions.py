"""Change sets: opened first, numbered last, so that the dataset's row is locked only while a transaction ends."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from datasets.errors import DatasetNotFoundError
from datasets.models import Dataset, Revision
from project.accounts.types import Author


def open_revision(dataset: Dataset, *, kind: str, author: Author, note: str = "") -> Revision:
    """A pending revision: rows that name it are not seen by anybody until it is published."""
    return Revision.objects.create(
        dataset=dataset,
        kind=kind,
        door=author.door,
        user_id=author.user_id,
        api_key_id=author.api_key_id,
        note=note[:255],
    )


def lock_dataset(dataset: Dataset) -> None:
    """Holds the dataset until the transaction ends. Raises DatasetNotFoundError if it was deleted meanwhile."""
    locked = Dataset.objects.select_for_update(no_key=True).filter(pk=dataset.pk, deleted_at=None)
    if not locked.values_list("pk", flat=True):
        raise DatasetNotFoundError("The dataset was deleted.")


def publish(revision: Revision) -> None:
    """Gives the next number, moves the counter, and so makes the change seen. Call it last in the transaction."""
    dataset = revision.dataset
    lock_dataset(dataset)
    Dataset.objects.filter(pk=dataset.pk).update(
        revision_number=F("revision_number") + 1,
        record_count=F("record_count") + revision.added - revision.removed,
        updated_at=timezone.now(),
    )
    dataset.refresh_from_db(fields=["revision_number", "record_count", "updated_at"])
    revision.number = dataset.revision_number
    revision.save(update_fields=["number", "added", "changed", "removed"])
