"""Snapshots: names for revisions. They cost a row; what they show is read from the old values."""

from __future__ import annotations

from django.db import transaction

from datasets.errors import SnapshotInvalidError, SnapshotTakenError
from datasets.events import log_event
from datasets.models import Dataset, Revision, Snapshot
from datasets.revisions import lock_dataset
from project.accounts.types import Author
from project.lib.constraints import once

MAX_NAME = 100
MAX_NOTE = 10_000


@transaction.atomic
def create_snapshot(dataset: Dataset, *, name: str, author: Author, note: str = "") -> Snapshot:
    """Names the present revision. Raises SnapshotInvalidError, SnapshotTakenError."""
    name = name.strip()
    if not name or len(name) > MAX_NAME or len(note) > MAX_NOTE or "\x00" in name + note:
        raise SnapshotInvalidError(
            f"A snapshot has a name of 1 to {MAX_NAME} characters and a note of at most {MAX_NOTE:,}."
        )
    lock_dataset(dataset)
    dataset.refresh_from_db(fields=["revision_number", "record_count"])
    revision = Revision.objects.filter(dataset=dataset, number=dataset.revision_number).first()
    if revision is None:
        raise SnapshotInvalidError("There is nothing to keep yet; add records first.")
    with once(
        "snapshot_name_once", SnapshotTakenError(f"There is a snapshot {name} already; choose another name.")
    ):
        snapshot = Snapshot.objects.create(
            dataset=dataset,
            revision=revision,
            name=name,
            note=note,
            record_count=dataset.record_count,
            created_by_id=author.user_id,
        )
    _log(snapshot, "snapshot.create", author)
    return snapshot


@transaction.atomic
def delete_snapshot(snapshot: Snapshot, *, author: Author) -> None:
    """Only the name goes; the revision stays in the history."""
    _log(snapshot, "snapshot.delete", author)
    snapshot.delete()


def _log(snapshot: Snapshot, type_: str, author: Author) -> None:
    log_event(
        snapshot.dataset.workspace_id,
        type_,
        dataset_id=snapshot.dataset_id,
        revision_id=snapshot.revision_id,
        user_id=author.user_id,
        meta={"name": snapshot.name},
    )
