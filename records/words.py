"""The full-text index: which words a record has. Kept in a table of its own, see RecordWords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from datasets.jobs import JobRun
from project.lib import jsontext
from records.content import payload_texts, storable
from records.fields import WORDS_CONFIG

if TYPE_CHECKING:
    from records.models import Record

STEP_RECORDS = 2_000
INDEXED_BYTES = 384 * 1024  # A tsvector holds at most 1 MB; this much text never needs more.


def index_records(records: Sequence[Record]) -> None:
    """Writes or replaces the words of these records, in the caller's transaction."""
    write_words(
        [record.id for record in records],
        records[0].dataset_id if records else None,
        [_text_of(record.payload and record.payload.raw, record.text) for record in records],
    )


def write_words(record_ids: Sequence[UUID], dataset_id: UUID | None, texts: Sequence[str]) -> None:
    """One statement for all; `texts` as `indexable` gives them."""
    if not record_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO records_recordwords (record_id, dataset_id, words)"  # noqa: S608
            f" SELECT id, %s, to_tsvector('{WORDS_CONFIG}', text)"
            " FROM unnest(%s::uuid[], %s::text[]) AS fresh (id, text)"
            " ON CONFLICT (record_id) DO UPDATE SET words = excluded.words",
            [dataset_id, list(record_ids), list(texts)],
        )


def indexable(text: str) -> str:
    """The beginning of the text that is indexed, without what PostgreSQL cannot hold."""
    if len(text) * 4 > INDEXED_BYTES:
        text = text.encode(errors="replace")[:INDEXED_BYTES].decode(errors="ignore")
    return storable(text)


def index_revision(run: JobRun) -> None:
    """The phase after an import's rows are in: words for all of its records, in steps, from the checkpoint on."""
    job = run.job
    if "words_after" not in job.checkpoint:
        job.checkpoint = {"words_after": None}
        run.begin_phase("Indexing words", total=job.result["imported"])
    while True:
        with run.step() as job, connection.cursor() as cursor:
            batch = _next_batch(job.revision_id, job.checkpoint["words_after"])
            cursor.execute(
                f"INSERT INTO records_recordwords (record_id, dataset_id, words)"  # noqa: S608
                f" SELECT id, %s, to_tsvector('{WORDS_CONFIG}', text)"
                " FROM unnest(%s::uuid[], %s::text[]) AS fresh (id, text)"
                " ON CONFLICT (record_id) DO NOTHING",  # Somebody has edited the record since: newer words stay.
                [job.dataset_id, [row[0] for row in batch], [_text_of(*row[1:]) for row in batch]],
            )
            if batch:
                job.done += len(batch)
                job.checkpoint = {"words_after": str(batch[-1][0])}
        if len(batch) < STEP_RECORDS:
            return


def _next_batch(revision_id: UUID | None, after: str | None) -> list[tuple[UUID, str | None, str]]:
    """Locked against deletion, so that no words are written for a record that is being erased."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, payload::text, text FROM records_record"
            " WHERE revision_id = %s AND id > coalesce(%s::uuid, '00000000-0000-0000-0000-000000000000')"
            " ORDER BY id LIMIT %s FOR KEY SHARE",
            [revision_id, after, STEP_RECORDS],
        )
        rows: list[tuple[UUID, str | None, str]] = cursor.fetchall()
    return rows


def _text_of(raw_payload: str | None, text: str) -> str:
    if raw_payload is None:
        return indexable(text)
    return indexable("\n".join(payload_texts(jsontext.parse(raw_payload.encode()))))
