"""The full-text index: which words a record has. Kept in a table of its own, see RecordWords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from project.lib import jsontext
from project.lib.texts import storable
from records.content import payload_texts
from records.fields import WORDS_CONFIG
from records.phases import BULK_SETTINGS, Phase

if TYPE_CHECKING:
    from records.models import Record

BATCH_RECORDS = 2_000
# The index takes new entries in one sorted sweep of this size instead of many small ones; only while bulk-indexing,
# because every search reads what has not been swept yet.
_SWEEP_SETTINGS = "SET LOCAL gin_pending_list_limit = '64MB'; SET LOCAL work_mem = '128MB'"
_INSERT = f"""
INSERT INTO records_recordwords (record_id, dataset_id, words)
SELECT id, dataset_id, to_tsvector('{WORDS_CONFIG}', text)
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS fresh (id, dataset_id, text)
ON CONFLICT (record_id) DO """
INDEXED_BYTES = 384 * 1024  # A tsvector holds at most 1 MB; this much text never needs more.


def index_records(records: Sequence[Record]) -> None:
    """Writes or replaces the words of these records, in the caller's transaction."""
    rows = [
        (record.id, record.dataset_id, words_of(record.payload and record.payload.raw, record.text))
        for record in records
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT + "UPDATE SET words = excluded.words", _columns(rows))


def indexable(text: str) -> str:
    """The beginning of the text that is indexed, without what PostgreSQL cannot hold."""
    if len(text) * 4 > INDEXED_BYTES:
        text = text.encode(errors="replace")[:INDEXED_BYTES].decode(errors="ignore")
    return storable(text)


def drop_words(record_ids: Sequence[UUID]) -> None:
    """Before their text is replaced in bulk: the phase of the job then writes the new ones."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_recordwords WHERE record_id = ANY(%s)", [list(record_ids)])


def sweep_index() -> None:
    """Puts the new entries in their place, so that no search has to read them one by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('record_words')")


def _index_batch(ids: list[UUID]) -> int:
    """The records are locked against deletion, so that no words are written for one that is being erased; newer words
    of an edited one stay."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{BULK_SETTINGS}; {_SWEEP_SETTINGS}")
        cursor.execute(
            "SELECT id, dataset_id, payload::text, text FROM records_record WHERE id = ANY(%s) ORDER BY id"
            " FOR KEY SHARE",
            [ids],
        )
        rows = [(row[0], row[1], words_of(*row[2:])) for row in cursor.fetchall()]
        cursor.execute(_INSERT + "NOTHING", _columns(rows))
    return 0


PHASE = Phase("Indexing words", "words_after", BATCH_RECORDS, _index_batch)


def _columns(rows: Sequence[tuple[UUID, UUID, str]]) -> list[list[object]]:
    return [[row[at] for row in rows] for at in range(3)]


def words_of(raw_payload: str | None, text: str) -> str:
    """The text of a record as it is indexed."""
    if raw_payload is None:
        return indexable(text)
    return indexable("\n".join(payload_texts(jsontext.parse(raw_payload.encode()))))
