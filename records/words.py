"""The full-text index: which words a record has. Kept in a table of its own, see RecordWords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from records.content import payload_texts, storable
from records.fields import WORDS_CONFIG

if TYPE_CHECKING:
    from records.models import Record

INDEXED_BYTES = 384 * 1024  # A tsvector holds at most 1 MB; this much text never needs more.


def index_records(records: Sequence[Record]) -> None:
    """Writes or replaces the words of these records, in the caller's transaction."""
    write_words(
        [record.id for record in records],
        records[0].dataset_id if records else None,
        [
            indexable(record.text if record.payload is None else "\n".join(payload_texts(record.payload.value)))
            for record in records
        ],
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
