"""Page numbers without counting: a dataset's live records are counted in blocks of about a thousand along their
order, so that record number N is found by adding up blocks. All of it happens under the dataset's lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

BLOCK_SIZE = 1000
_FIRST = UUID(int=0)
_LAST = UUID(int=2**128 - 1)
_MOVE_FLIPS = """
WITH flips AS (
    SELECT change.record_id, CASE WHEN record.trashed_at IS NULL THEN 1 ELSE -1 END AS step
    FROM records_recordchange AS change JOIN records_record AS record ON record.id = change.record_id
    WHERE change.revision_id = %(revision)s AND 'trashed_at' = ANY (change.fields)
      AND (change.trashed_at IS NULL) <> (record.trashed_at IS NULL)),
moves AS (
    SELECT (SELECT first_id FROM records_recordblock
            WHERE dataset_id = %(dataset)s AND first_id <= record_id ORDER BY first_id DESC LIMIT 1) AS first_id,
           sum(step) AS number
    FROM flips GROUP BY 1)
UPDATE records_recordblock AS block SET live = live + moves.number
FROM moves WHERE block.dataset_id = %(dataset)s AND block.first_id = moves.first_id
RETURNING block.first_id, block.live
"""


def count_in(dataset_id: UUID, record_ids: Iterable[UUID]) -> None:
    """Adds records that were just made live."""
    for first_id, number in _by_block(dataset_id, record_ids).items():
        live = _move(dataset_id, first_id, number)
        if live > 2 * BLOCK_SIZE:
            _split(dataset_id, first_id)


def count_out(dataset_id: UUID, record_ids: Iterable[UUID]) -> None:
    """Takes away records that were just trashed or erased."""
    for first_id, number in _by_block(dataset_id, record_ids).items():
        _move(dataset_id, first_id, -number)


def count_flips(dataset_id: UUID, revision_id: UUID) -> None:
    """Adds and takes away what a revision took out of the trash and put there, as its old values tell."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_recordblock (id, dataset_id, first_id, live) VALUES (uuidv7(), %s, %s, 0)"
            " ON CONFLICT (dataset_id, first_id) DO NOTHING",
            [dataset_id, _FIRST],
        )
        cursor.execute(_MOVE_FLIPS, {"dataset": dataset_id, "revision": revision_id})
        full = [first_id for first_id, live in cursor.fetchall() if live > 2 * BLOCK_SIZE]
    for first_id in full:
        _split(dataset_id, first_id)


def recount(dataset_id: UUID, from_id: UUID) -> None:
    """Lays the blocks anew from the one that holds `from_id` to the end: after an import was published."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT first_id FROM records_recordblock WHERE dataset_id = %s AND first_id <= %s"
            " ORDER BY first_id DESC LIMIT 1",
            [dataset_id, from_id],
        )
        row = cursor.fetchone()
    _lay(dataset_id, row[0] if row else _FIRST, _LAST)


def _split(dataset_id: UUID, first_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT first_id FROM records_recordblock WHERE dataset_id = %s AND first_id > %s"
            " ORDER BY first_id LIMIT 1",
            [dataset_id, first_id],
        )
        row = cursor.fetchone()
    _lay(dataset_id, first_id, row[0] if row else _LAST)


def _lay(dataset_id: UUID, start: UUID, end: UUID) -> None:
    """Replaces the blocks from `start` to before `end` by ones of the standard size."""
    places: dict[str, Any] = {"dataset": dataset_id, "start": start, "end": end, "size": BLOCK_SIZE}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM records_recordblock"
            " WHERE dataset_id = %(dataset)s AND first_id >= %(start)s AND first_id < %(end)s",
            places,
        )
        cursor.execute(
            """
            INSERT INTO records_recordblock (id, dataset_id, first_id, live)
            SELECT uuidv7(), %(dataset)s,
                   CASE WHEN block = 0 THEN %(start)s ELSE (array_agg(id ORDER BY id))[1] END, count(*)
            FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS block
                  FROM records_record
                  WHERE dataset_id = %(dataset)s AND id >= %(start)s AND id < %(end)s AND trashed_at IS NULL
                    AND revision_id NOT IN (SELECT id FROM datasets_revision
                                            WHERE dataset_id = %(dataset)s AND number IS NULL)) AS numbered
            GROUP BY block
            """,
            places,
        )


def locate(dataset_id: UUID, offset: int) -> tuple[UUID, int] | None:
    """Where the live record with `offset` before it lies: a block's first id, and how many to skip from there.
    None past the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT first_id, %(offset)s - before
            FROM (SELECT first_id, live, sum(live) OVER (ORDER BY first_id) - live AS before
                  FROM records_recordblock WHERE dataset_id = %(dataset)s) AS blocks
            WHERE before <= %(offset)s AND before + live > %(offset)s
            """,
            {"dataset": dataset_id, "offset": offset},
        )
        row = cursor.fetchone()
    return (row[0], int(row[1])) if row else None


def _by_block(dataset_id: UUID, record_ids: Iterable[UUID]) -> Counter[UUID]:
    """How many of the records belong to which block."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce((SELECT first_id FROM records_recordblock
                             WHERE dataset_id = %s AND first_id <= record_id
                             ORDER BY first_id DESC LIMIT 1), %s), count(*)
            FROM unnest(%s::uuid[]) AS record_id GROUP BY 1
            """,
            [dataset_id, _FIRST, list(record_ids)],
        )
        return Counter(dict(cursor.fetchall()))


def _move(dataset_id: UUID, first_id: UUID, number: int) -> int:
    """Changes a block's count and answers the new one; the dataset's first block is made when it is missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_recordblock SET live = live + %s WHERE dataset_id = %s AND first_id = %s RETURNING live",
            [number, dataset_id, first_id],
        )
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO records_recordblock (id, dataset_id, first_id, live) VALUES (uuidv7(), %s, %s, %s)",
                [dataset_id, first_id, number],
            )
    return int(row[0]) if row else number
