"""The full-text index: which words a record has. Kept in a table of its own, see RecordWords."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from datasets.jobs import JobRun
from project.lib import jsontext
from project.lib.texts import storable
from records.changesets import written_ids
from records.content import payload_texts
from records.fields import WORDS_CONFIG

if TYPE_CHECKING:
    from records.models import Record

INDEXING = "Indexing words"
STEP_RECORDS = 2_000
# The index takes new entries in one sorted sweep of this size instead of many small ones; only while bulk-indexing,
# because every search reads what has not been swept yet.
_BULK_SETTINGS = "SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL work_mem = '128MB'"
_INSERT = f"""
INSERT INTO records_recordwords (record_id, dataset_id, words)
SELECT id, %s, to_tsvector('{WORDS_CONFIG}', text) FROM unnest(%s::uuid[], %s::text[]) AS fresh (id, text)
ON CONFLICT (record_id) DO """
INDEXED_BYTES = 384 * 1024  # A tsvector holds at most 1 MB; this much text never needs more.


def index_records(records: Sequence[Record]) -> None:
    """Writes or replaces the words of these records, in the caller's transaction."""
    write_words(
        [record.id for record in records],
        records[0].dataset_id if records else None,
        [words_of(record.payload and record.payload.raw, record.text) for record in records],
    )


def write_words(record_ids: Sequence[UUID], dataset_id: UUID | None, texts: Sequence[str]) -> None:
    """One statement for all; `texts` as `indexable` gives them."""
    if not record_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT + "UPDATE SET words = excluded.words", [dataset_id, list(record_ids), list(texts)]
        )


def indexable(text: str) -> str:
    """The beginning of the text that is indexed, without what PostgreSQL cannot hold."""
    if len(text) * 4 > INDEXED_BYTES:
        text = text.encode(errors="replace")[:INDEXED_BYTES].decode(errors="ignore")
    return storable(text)


def drop_words(record_ids: Sequence[UUID]) -> None:
    """Before their text is replaced in bulk: `index_revision` then writes the new ones."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_recordwords WHERE record_id = ANY(%s)", [list(record_ids)])


def index_revision(run: JobRun, *, total: int) -> None:
    """The phase after an import's rows are in: words for all that it wrote, in steps, from the checkpoint on.

    Splitting text into words takes most of the time, so two connections do it side by side: while this thread indexes
    one batch in its step, a helper thread indexes the next. A batch that is done twice after a crash adds nothing.
    """
    job = run.job
    if (
        "embedded_after" in job.checkpoint
    ):  # The job went on to the phase that follows before its worker died.
        return
    if "words_after" not in job.checkpoint:
        job.checkpoint = {"words_after": None}
        run.begin_phase(INDEXING, total=total)
    with ThreadPoolExecutor(max_workers=1) as helper:
        try:
            while _index_two_batches(run, helper):
                pass
        finally:
            helper.submit(lambda: connection.close()).result()
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('record_words')")


def _index_two_batches(run: JobRun, helper: ThreadPoolExecutor) -> bool:
    """Whether there may be more."""
    with run.step() as job:
        ids = written_ids(job.revision_id, job.checkpoint["words_after"], 2 * STEP_RECORDS)
        beside = helper.submit(_index_beside, ids[STEP_RECORDS:], job.dataset_id)
        _index_batch(ids[:STEP_RECORDS], job.dataset_id)
        beside.result()
        if ids:
            job.done += len(ids)
            job.checkpoint = {"words_after": str(ids[-1])}
    return len(ids) == 2 * STEP_RECORDS


def _index_beside(ids: list[UUID], dataset_id: UUID | None) -> None:
    with transaction.atomic():
        _index_batch(ids, dataset_id)


def _index_batch(ids: list[UUID], dataset_id: UUID | None) -> None:
    """Writes the words of these records, in the caller's transaction. The records are locked against deletion, so
    that no words are written for one that is being erased; newer words of an edited one stay."""
    with connection.cursor() as cursor:
        cursor.execute(_BULK_SETTINGS)
        cursor.execute(
            "SELECT id, payload::text, text FROM records_record WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [ids],
        )
        rows = cursor.fetchall()
        texts = [words_of(*row[1:]) for row in rows]
        cursor.execute(_INSERT + "NOTHING", [dataset_id, [row[0] for row in rows], texts])


def words_of(raw_payload: str | None, text: str) -> str:
    """The text of a record as it is indexed."""
    if raw_payload is None:
        return indexable(text)
    return indexable("\n".join(payload_texts(jsontext.parse(raw_payload.encode()))))
