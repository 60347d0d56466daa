"""Bulk work in batches, ending in one revision, or two where records go to another dataset. The same whether a request
does it at once or a job: the caller holds the transaction."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from datasets.models import Dataset, Revision
from datasets.revisions import open_revision
from project.accounts.types import Author
from records.changes import Change, MoveToTrash, Restore
from records.changesets import log_revision, publish_changes
from records.errors import ChangeInvalidError, NothingToChangeError
from records.models import RecordChange
from records.selections import SelectedIds, Selection

AT_ONCE = 1_000
"""More records than this are a job."""
BATCH_RECORDS = 5_000
FIRST_RECORDS = 500
"""Fewer, so that whoever waits soon sees something move."""
_CURSOR = "selected_records"
# The kind of the revision and the type of its line in the event log, by the kind of the change; else `_CHANGED`.
_KINDS = {
    MoveToTrash.kind: (Revision.Kind.TRASH, "record.trash"),
    Restore.kind: (Revision.Kind.RESTORE, "record.restore"),
}
_CHANGED = (Revision.Kind.UPDATE, "record.update")


def check_change(selection: Selection, change: Change) -> None:
    """Raises ChangeInvalidError with one sentence."""
    change.check()
    if selection.is_of_trash != (change.kind == Restore.kind):
        raise ChangeInvalidError(
            "Records in the trash can only be restored or deleted for good; restore them first."
            if selection.is_of_trash
            else "Only records in the trash can be restored."
        )


def open_change(dataset: Dataset, selection: Selection, change: Change, *, author: Author) -> Revision:
    """A pending revision that says what was asked for, where its kind does not say it all. By the filter in its details
    a comparison knows that each record that it touches becomes another."""
    kind, _ = _KINDS.get(change.kind, _CHANGED)
    note = "" if change.kind in _KINDS else change.words
    revision = open_revision(dataset, kind=kind, author=author, note=note)
    revision.details = {"filter": selection.words}
    revision.save(update_fields=["details"])
    return revision


def publish_change(revision: Revision, change: Change, *, matched: int, author: Author) -> None:
    """Raises NothingToChangeError when no record became another."""
    if not RecordChange.objects.filter(revision=revision).exists():
        raise NothingToChangeError(
            "No records match; nothing was changed."
            if not matched
            else f"Nothing was changed: {_told(matched)} already as asked for."
        )
    publish_changes(revision)
    log_revision(revision, _KINDS.get(change.kind, _CHANGED)[1], author)


def _told(matched: int) -> str:
    return "the one record is" if matched == 1 else f"all {matched:,} records are"


def in_batches(selected: SelectedIds) -> tuple[int, Iterator[list[UUID]]]:
    """How many there are, and their ids in batches in their order. The database holds what was found, so that what the
    batches change cannot change which come next."""
    return selected.hold_in(_CURSOR), _held_batches()


def _held_batches() -> Iterator[list[UUID]]:
    size = FIRST_RECORDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f"FETCH FORWARD {size} FROM {_CURSOR}")
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                cursor.execute(f"CLOSE {_CURSOR}")
                return
        yield ids
        size = BATCH_RECORDS
