from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction

from datasets.events import log_event
from datasets.models import Dataset, Revision
from datasets.revisions import lock_dataset, open_revision, publish
from project.accounts.types import Author
from records.blocks import count_flips, count_in, count_out

# Only what went to or came out of the trash is looked up again; whatever else a revision touched, it changed.
_TALLY = """
SELECT added, removed,
       (SELECT count(*) FROM records_recordchange WHERE revision_id = %(revision)s) - added - removed
FROM (SELECT count(*) FILTER (WHERE record.trashed_at IS NULL) AS added,
             count(*) FILTER (WHERE record.trashed_at IS NOT NULL) AS removed
      FROM records_recordchange AS change JOIN records_record AS record ON record.id = change.record_id
      WHERE change.revision_id = %(revision)s AND 'trashed_at' = ANY (change.fields)
        AND (change.trashed_at IS NULL) <> (record.trashed_at IS NULL)) AS flipped
"""


@dataclass(slots=True)
class ChangeSet:
    """What one revision does to the records of a dataset, as the body of `revise` found out."""

    revision: Revision
    added: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    removed: list[UUID] = field(default_factory=list)


@contextmanager
def revise(dataset: Dataset, *, kind: str, author: Author, note: str = "") -> Iterator[ChangeSet]:
    """One transaction that is one revision. The body changes records and names the ids; the counters follow under
    the dataset's lock, which is held only from here to the commit."""
    with transaction.atomic():
        changes = ChangeSet(open_revision(dataset, kind=kind, author=author, note=note))
        yield changes
        revision = changes.revision
        revision.added = len(changes.added)
        revision.changed = len(changes.changed)
        revision.removed = len(changes.removed)
        publish(revision)
        count_in(dataset.pk, changes.added)
        count_out(dataset.pk, changes.removed)


def publish_changes(revision: Revision) -> None:
    """Publishes a revision that only changed records, however many: what it did is counted by its old values."""
    lock_dataset(revision.dataset)
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, {"revision": revision.pk})
        revision.added, revision.removed, revision.changed = cursor.fetchone()
    publish(revision)
    count_flips(revision.dataset_id, revision.pk)


def log_revision(revision: Revision, type_: str, author: Author) -> None:
    """The line of the event log for a revision whose records nobody holds."""
    log_event(
        revision.dataset.workspace_id,
        type_,
        dataset_id=revision.dataset_id,
        revision_id=revision.id,
        user_id=author.user_id,
        meta={"records": revision.added + revision.changed + revision.removed},
    )


def log_changes(changes: ChangeSet, type_: str, author: Author) -> None:
    """The line of the event log for one revision."""
    dataset = changes.revision.dataset
    touched = changes.added or changes.changed or changes.removed
    log_event(
        dataset.workspace_id,
        type_,
        dataset_id=dataset.id,
        record_id=touched[0] if len(touched) == 1 else None,
        revision_id=changes.revision.id,
        user_id=author.user_id,
        meta={"records": len(touched)},
    )


def written_ids(revision_id: UUID | None, after: str | None, limit: int) -> list[UUID]:
    """The records whose text came with a revision, new and changed ones, in their order."""
    place = after or str(UUID(int=0))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            (SELECT id FROM records_record WHERE revision_id = %(revision)s AND id > %(place)s
             ORDER BY id LIMIT %(limit)s)
            UNION
            (SELECT record_id FROM records_recordchange
             WHERE revision_id = %(revision)s AND record_id > %(place)s AND 'text' = ANY(fields)
             ORDER BY record_id LIMIT %(limit)s)
            ORDER BY 1 LIMIT %(limit)s
            """,
            {"revision": revision_id, "place": place, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]
