"""What lies between two revisions of a dataset, and what a snapshot has lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from datasets.models import Dataset, Snapshot
from records import past
from records.changefields import CONTENT

COMPARED = (*CONTENT, "meta", "source", "tags", "status", "split", "key")


class Difference(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Counts(NamedTuple):
    added: int
    removed: int
    changed: int


@dataclass(slots=True)
class Comparison:
    """From the records at revision `number` to those at revision `other`, which may be the earlier one. Records that
    were erased since are in neither; what was changed there and back is not changed."""

    dataset: Dataset
    number: int
    other: int
    _params: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._params = {
            "dataset": self.dataset.pk,
            "early": min(self.number, self.other),
            "late": max(self.number, self.other),
        }

    def counts(self) -> Counts:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT difference, count(*) FROM ({_DIFFERENCES}) AS differences"
                " WHERE difference IS NOT NULL GROUP BY 1",
                self._params,
            )
            found = dict(cursor.fetchall())
        return Counts(*(found.get(self._told(difference), 0) for difference in Difference))

    def ids(self, difference: Difference, *, after: UUID | None = None, limit: int = 100) -> list[UUID]:
        """The records with that difference, in the dataset's order, after a place."""
        further = {
            "wanted": self._told(difference).value,
            "after": after or UUID(int=0),
            "limit": limit,
        }
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM ({_DIFFERENCES}) AS differences"
                " WHERE difference = %(wanted)s AND id > %(after)s ORDER BY id LIMIT %(limit)s",
                {**self._params, **further},
            )
            return [row[0] for row in cursor.fetchall()]

    def _told(self, difference: Difference) -> Difference:
        """Seen from the later revision, what was added is removed."""
        if self.number <= self.other or difference is Difference.CHANGED:
            return difference
        return Difference.REMOVED if difference is Difference.ADDED else Difference.ADDED


def compare(dataset: Dataset, number: int, other: int) -> Comparison:
    return Comparison(dataset, number, other)


def count_at(dataset: Dataset, number: int) -> int:
    """How many records revision `number` had that were not erased since."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_AT, {"dataset": dataset.pk, "number": number})
        return int(cursor.fetchone()[0])


def count_erased(snapshot: Snapshot) -> int:
    """How many of its records were deleted for good since it was made: its export lacks them."""
    assert snapshot.revision.number is not None
    return snapshot.record_count - count_at(snapshot.dataset, snapshot.revision.number)


def _row(table: str) -> str:
    """The compared values as one; content only where it was replaced, since it is large."""
    content = (
        f"CASE WHEN before.had_text OR later.had_text THEN {past.value(name, table=table)} END"
        for name in CONTENT
    )
    others = (past.value(name, table=table) for name in COMPARED if name not in CONTENT)
    return f"ROW({', '.join((*content, *others))})::text"


_OF_CANDIDATES = "AND change.record_id IN (SELECT id FROM candidates)"
_DIFFERENCES = f"""
WITH between AS (
    SELECT id FROM datasets_revision
    WHERE dataset_id = %(dataset)s AND number > %(early)s AND number <= %(late)s),
candidates AS (
    SELECT id FROM records_record WHERE revision_id IN (SELECT id FROM between)
    UNION SELECT record_id FROM records_recordchange WHERE revision_id IN (SELECT id FROM between)),
before AS ({past.replaced((*COMPARED, "trashed_at"), number="%(early)s", records=_OF_CANDIDATES)}),
later AS ({past.replaced((*COMPARED, "trashed_at"), number="%(late)s", records=_OF_CANDIDATES)})
SELECT id,
       CASE WHEN is_live AND NOT was_live THEN 'added'
            WHEN was_live AND NOT is_live THEN 'removed'
            WHEN was_live AND is_live AND was IS DISTINCT FROM now_is THEN 'changed' END AS difference
FROM (
    SELECT record.id,
           created.number <= %(early)s AND {past.value("trashed_at", table="before")} IS NULL AS was_live,
           created.number <= %(late)s AND {past.value("trashed_at", table="later")} IS NULL AS is_live,
           {_row("before")} AS was, {_row("later")} AS now_is
    FROM candidates JOIN records_record AS record ON record.id = candidates.id
         JOIN datasets_revision AS created ON created.id = record.revision_id
         LEFT JOIN before ON before.record_id = record.id LEFT JOIN later ON later.record_id = record.id) AS states
"""
_FLIPPED = "AND 'trashed_at' = ANY (change.fields)"
_COUNT_AT = f"""
WITH replaced AS ({past.replaced(("trashed_at",), number="%(number)s", records=_FLIPPED)})
SELECT count(*) FROM records_record AS record LEFT JOIN replaced ON replaced.record_id = record.id
WHERE record.dataset_id = %(dataset)s
  AND record.revision_id IN (SELECT id FROM datasets_revision WHERE dataset_id = %(dataset)s AND number <= %(number)s)
  AND {past.value("trashed_at")} IS NULL
"""
