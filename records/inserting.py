"""Records by COPY, many in one statement, and how an import that wrote them is published or taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from datasets.jobs import JobRun
from datasets.models import Job, Revision
from datasets.revisions import publish
from project.lib.ids import new_id
from records.blocks import recount
from records.changefields import CURATED
from records.content import check_meta, content_of
from records.errors import ImportRefusedError
from records.types import RecordDraft

COLUMNS = {
    "id": "uuid",
    "dataset_id": "uuid",
    "revision_id": "uuid",
    "form": "text",
    "payload": "text",  # A json column reads the same bytes as text; its own type would parse them here first.
    "text": "text",
    "meta": "jsonb",
    "source": "text",
    "origin": "text",
    "tags": "varchar[]",
    "status": "text",
    "split": "text",
    "key": "text",
    "file_id": "uuid",
    "place": "int4",
    "log_ids": "uuid[]",
    "fingerprint": "bytea",
    "preview": "text",
    "characters": "int4",
    "tokens": "int4",
    "turns": "int4",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}

Row = tuple[Any, ...]
_APART = {name: name for name in (*CURATED, "updated_at")}
_FINGERPRINT = list(COLUMNS).index("fingerprint")


def row_of(
    draft: RecordDraft,
    *,
    dataset_id: UUID,
    revision_id: UUID,
    origin: str,
    now: datetime,
    file_id: UUID | None = None,
    place: int | None = None,
) -> Row:
    """A row under a new id, which comes first. Raises RecordInvalidError."""
    stored = content_of(draft)
    signals = stored.signals
    return (
        new_id(),
        dataset_id,
        revision_id,
        stored.form,
        stored.raw_payload,
        stored.text,
        Jsonb(check_meta(draft.meta), dumps=str.encode),
        draft.source,
        origin,
        list(draft.tags),
        draft.status,
        draft.split,
        draft.key,
        file_id,
        place,
        list(draft.log_ids) or None,
        signals.fingerprint,
        signals.preview,
        signals.characters,
        signals.tokens,
        signals.turns,
        now,
        now,
    )


def fingerprint_of(row: Row) -> bytes:
    fingerprint: bytes = row[_FINGERPRINT]
    return fingerprint


def copy_rows(columns: dict[str, str], rows: Iterable[Row]) -> None:
    """Puts records and their curations into their tables, in the caller's transaction; `columns` are the names of what
    is in a row with their types."""
    kept = list(rows)
    _copy("records_record", {name: name for name in columns if name not in _APART}, columns, kept)
    _copy("records_curation", {"id": "record_id", "dataset_id": "dataset_id", **_APART}, columns, kept)


def _copy(table: str, names: dict[str, str], columns: dict[str, str], rows: Iterable[Row]) -> None:
    """Of each row what has these names, each of which is told with that of its column in the table."""
    statement = f"COPY {table} ({', '.join(names.values())}) FROM STDIN (FORMAT BINARY)"
    places = list(columns)
    pick = itemgetter(*map(places.index, names))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([columns[name] for name in names])
        for row in rows:
            copy.write_row(pick(row))


def publish_rows(run: JobRun, *, skipped: int) -> None:
    """Makes the records of the job's revision seen, all at once. Its checkpoint knows the id of the first one."""
    revision, dataset = run.job.revision, run.job.dataset
    if revision is None or dataset is None:
        raise ImportRefusedError("The dataset was deleted before its records were in.")
    with run.step() as job:
        revision.added = job.done
        publish(revision)
        recount(dataset.id, UUID(job.checkpoint["first_id"]))
        job.result = {"imported": job.done, "skipped": skipped, "published": True}
        job.checkpoint = {}


def take_back_rows(run: JobRun) -> None:
    """Deletes what an unpublished import added, in steps, and then its revision. What is published stays."""
    revision = run.job.revision
    if revision is None or not Revision.objects.pending().filter(pk=revision.pk).exists():
        return
    run.begin_phase("Taking back", total=run.job.done)
    while True:
        with run.step() as job, connection.cursor() as cursor:
            cursor.execute(
                "WITH gone AS (DELETE FROM records_record WHERE id IN"
                " (SELECT id FROM records_record WHERE revision_id = %s ORDER BY id LIMIT 10000) RETURNING id)"
                " DELETE FROM records_curation AS curation USING gone WHERE curation.record_id = gone.id",
                [revision.id],
            )
            job.done += (deleted := cursor.rowcount)
        if not deleted:
            break
    with run.step() as job:
        job.revision = None
        Job.objects.filter(pk=job.pk).update(revision=None)
        Revision.objects.pending().filter(pk=revision.pk).delete()
