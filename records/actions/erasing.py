from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from datasets.models import Dataset, Revision
from project.accounts.actions import record_audit
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from records.changesets import ChangeSet, log_changes, revise
from records.errors import RecordNotFoundError
from records.models import (
    Curation,
    Decision,
    Opinion,
    QueueLease,
    Record,
    RecordChange,
    RecordEmbedding,
    RecordWords,
    SyncConflict,
)


def erase_records(workspace: Workspace, record_ids: Iterable[UUID], *, author: Author) -> int:
    """Deletes for good: content, words and every old value, also from snapshots. Records of several datasets make
    one revision each. Raises RecordNotFoundError when one is not there, and then deletes none."""
    wanted = set(record_ids)
    with transaction.atomic():
        locked = Record.objects.visible_to(workspace).locked(list(wanted))
        by_dataset: dict[UUID, list[UUID]] = defaultdict(list)
        for record_id, dataset_id in Record.objects.among(locked).values_list("id", "dataset_id"):
            by_dataset[dataset_id].append(record_id)
        missing = wanted.difference(*by_dataset.values()) if by_dataset else wanted
        if missing:
            raise RecordNotFoundError(f"There is no record {min(missing)}; nothing was deleted.")
        for dataset in Dataset.objects.filter(id__in=by_dataset).order_by("id"):
            erase_from(dataset, by_dataset[dataset.id], author=author)
    return len(wanted)


def erase_from(dataset: Dataset, ids: list[UUID], *, author: Author, note: str = "") -> None:
    """Deletes locked records of one dataset for good, as one revision, also those in the trash."""
    with revise(dataset, kind=Revision.Kind.ERASE, author=author, note=note) as changes:
        changes.removed = list(
            Record.objects.filter(id__in=ids, trashed_at=None).values_list("id", flat=True)
        )
        erase_rows(ids)
        log_changes(ChangeSet(changes.revision, removed=ids), "record.delete", author)  # Also of the trash.
        user = User.objects.filter(pk=author.user_id).first()
        record_audit(
            dataset.workspace,
            user=user,
            action="record.erase",
            subject_id=dataset.id,
            details={"records": len(ids)},
        )


def erase_rows(ids: Sequence[UUID]) -> None:
    """Removes records with their words, vectors and all old values. The caller keeps the counters.

    The records go first: that waits for whoever is indexing them, whose words and vectors are then there to remove.
    """
    Record.objects.filter(id__in=ids).delete()
    Curation.objects.filter(pk__in=ids).delete()
    RecordChange.objects.filter(record_id__in=ids).delete()
    RecordWords.objects.filter(record_id__in=ids).delete()
    RecordEmbedding.objects.filter(record_id__in=ids).delete()
    SyncConflict.objects.filter(record_id__in=ids).delete()
    for about in (QueueLease, Decision, Opinion):
        about.objects.filter(record_id__in=ids).delete()
