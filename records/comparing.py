"""What lies between two revisions of a dataset, and what a snapshot has lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from datasets.models import Dataset, Snapshot
from records import past
from records.between import differences


class Difference(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Counts(NamedTuple):
    added: int
    removed: int
    changed: int


class Differences(NamedTuple):
    """How many of each kind, and the ids of some records of one, in the dataset's order."""

    counts: Counts
    shown: Difference
    ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Comparison:
    """From the records at revision `number` to those at revision `other`, which may be the earlier one. Records that
    were erased since are in neither; what was changed there and back is not changed."""

    dataset: Dataset
    number: int
    other: int

    def page(
        self, shown: Difference | None = None, *, after: UUID | None = None, limit: int = 100
    ) -> Differences:
        """At most `limit` records behind the id `after` that differ in the way `shown`; without one, in the first way
        in which any do."""
        early, late = sorted((self.number, self.other))
        differing = differences(self.dataset, early, late, after=after or UUID(int=0), limit=limit)
        found = {self._turned(Difference(kind)): (count, ids) for kind, count, ids in differing}
        counts = Counts(*(found[kind][0] if kind in found else 0 for kind in Difference))
        shown = shown or next((kind for kind in Difference if kind in found), Difference.ADDED)
        return Differences(counts, shown, found[shown][1] if shown in found else [])

    def _turned(self, difference: Difference) -> Difference:
        """Seen from the later revision, what was added is removed."""
        if self.number <= self.other or difference is Difference.CHANGED:
            return difference
        return Difference.REMOVED if difference is Difference.ADDED else Difference.ADDED


def count_erased(snapshot: Snapshot) -> int:
    """How many of its records were deleted for good since it was made: its export lacks them."""
    assert snapshot.revision.number is not None
    return snapshot.record_count - _count_at(snapshot.dataset, snapshot.revision.number)


def _count_at(dataset: Dataset, number: int) -> int:
    """How many records revision `number` had that were not erased since."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_AT, {"dataset": dataset.pk, "number": number})
        return int(cursor.fetchone()[0])


_FLIPPED = "AND 'trashed_at' = ANY (change.fields)"
_COUNT_AT = f"""
WITH replaced AS ({past.replaced(("trashed_at",), number="%(number)s", records=_FLIPPED)})
SELECT count(*) FROM records_record AS record LEFT JOIN replaced ON replaced.record_id = record.id
WHERE record.dataset_id = %(dataset)s
  AND record.revision_id IN (SELECT id FROM datasets_revision WHERE dataset_id = %(dataset)s AND number <= %(number)s)
  AND {past.value("trashed_at")} IS NULL
"""
