from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from datasets.models import Job, Revision
from datasets.revisions import lock_dataset, open_revision
from project.accounts.types import Author
from records.actions.starting import start_job
from records.bulk import AT_ONCE
from records.changesets import log_revision, publish_changes
from records.errors import UndoRefusedError
from records.models import Record
from records.rewriting import renew_search
from records.undoing import UndoCounts, touched_ids, undo_batch


def undo(revision: Revision, *, author: Author, record_ids: Sequence[UUID] | None = None) -> Revision | Job:
    """Takes back what a revision did, few records at once and many as a job. Raises UndoRefusedError."""
    if _size(revision, record_ids) > AT_ONCE:
        return start_undo(revision, author=author, record_ids=record_ids)
    return undo_revision(revision, author=author, record_ids=record_ids)


@transaction.atomic
def start_undo(revision: Revision, *, author: Author, record_ids: Sequence[UUID] | None = None) -> Job:
    """Undoes as a job, however many. Raises UndoRefusedError."""
    _check(revision)
    lock_dataset(revision.dataset)
    undoing = open_undo(revision, author=author)
    options = {
        "revision_id": str(revision.pk),
        "record_ids": None if record_ids is None else [str(record_id) for record_id in record_ids],
        "total": _size(revision, record_ids),
    }
    return start_job(revision.dataset, Job.Kind.UNDO_REVISION, author, options=options, revision=undoing)


@transaction.atomic
def undo_revision(
    revision: Revision, *, author: Author, record_ids: Sequence[UUID] | None = None
) -> Revision:
    """Takes back what a revision did, to all of its records or to the chosen ones, as a new revision whose `details`
    count what was undone, was kept because it was changed later, and was erased meanwhile. Undoing an undo is the way
    forward again. Raises UndoRefusedError when there is nothing to take back."""
    _check(revision)
    undoing = open_undo(revision, author=author)
    counts = UndoCounts()
    for ids in touched_ids(revision, record_ids):
        counts.add(undo_batch(revision, undoing, ids))
    renew_search(undoing)
    publish_undo(undoing, counts, erased=count_erased(revision, record_ids), author=author)
    return undoing


def open_undo(revision: Revision, *, author: Author) -> Revision:
    """A pending revision that will take back another one."""
    undoing = open_revision(
        revision.dataset, kind=Revision.Kind.UNDO, author=author, note=f"revision {revision.number}"
    )
    undoing.undoes = revision
    undoing.save(update_fields=["undoes"])
    return undoing


def publish_undo(undoing: Revision, counts: UndoCounts, *, erased: int, author: Author) -> None:
    """Raises UndoRefusedError when nothing went back."""
    if not counts.undone:
        raise UndoRefusedError(_why_nothing(counts.kept, erased))
    undoing.details = {"undone": counts.undone, "kept": counts.kept, "erased": erased}
    undoing.save(update_fields=["details"])
    publish_changes(undoing)
    log_revision(undoing, "revision.undo", author)


def count_erased(revision: Revision, record_ids: Sequence[UUID] | None) -> int:
    """How many of the revision's records, or of the chosen ones, were deleted for good and cannot come back."""
    if record_ids is not None:
        return len(set(record_ids)) - Record.objects.filter(id__in=record_ids).count()
    left = Record.objects.filter(revision=revision).count() + revision.changes.count()
    return max(0, revision.added + revision.changed + revision.removed - left)


def _check(revision: Revision) -> None:
    if revision.number is None:
        raise UndoRefusedError("This change has not ended yet; cancel its job instead.")
    if revision.kind == Revision.Kind.ERASE:
        raise UndoRefusedError("Records that were deleted for good cannot come back.")


def _size(revision: Revision, record_ids: Sequence[UUID] | None) -> int:
    if record_ids is not None:
        return len(record_ids)
    return revision.added + revision.changed + revision.removed


def _why_nothing(kept: int, erased: int) -> str:
    if kept:
        return "Nothing was undone: all of it was changed again later. Undo the later changes first."
    if erased:
        return "Nothing was undone: its records were deleted for good."
    return "Nothing was undone: this revision did nothing to these records."
