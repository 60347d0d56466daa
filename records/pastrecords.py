"""Records as they were at a revision, to be read in pages. Without a filter the dataset is walked from the place on,
so a page costs the same at any depth and however much was changed since; with one, what matched then is found first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from datasets.models import Dataset
from project.lib.cursors import decode_cursor, encode_cursor
from project.lib.filters import Group
from project.lib.timelimits import time_limit
from records import past
from records.changefields import CHANGEABLE, COMPUTED, CONTENT, CURATED
from records.models import Curation, Record
from records.selections import SelectedThen, Selection

PAGE_SIZE = 100
WALKED = 10_000
"""So many records are passed over at a time, where those that came later lie between."""
WALK_SECONDS = 0.5
FILTER_MS = 5_000
_FIRST = UUID(int=0)
_LISTED = tuple(name for name in (*CHANGEABLE, *COMPUTED) if name not in CONTENT or name == "form")
_WHOLE = (*CHANGEABLE, *COMPUTED)

_WALK = """
SELECT walked.id, made.number
FROM (SELECT id, revision_id FROM records_record
      WHERE dataset_id >= %(dataset)s AND dataset_id <= %(dataset)s AND id {sign} %(place)s
      ORDER BY dataset_id {order}, id {order} LIMIT %(limit)s) AS walked
     JOIN datasets_revision AS made ON made.id = walked.revision_id
ORDER BY walked.id {order}
"""
_AT = """
WITH replaced AS ({replaced})
SELECT record.id, record.dataset_id, record.revision_id, record.origin, record.log_ids, record.created_at,
       curation.updated_at AS changed_at, {values}
FROM records_record AS record JOIN datasets_revision AS made ON made.id = record.revision_id
     JOIN records_curation AS curation ON curation.record_id = record.id
     LEFT JOIN replaced ON replaced.record_id = record.id
WHERE record.id = ANY (%(ids)s) AND record.dataset_id = %(dataset)s AND made.number <= %(number)s
  AND {trashed_at} IS NULL
ORDER BY record.id
"""


@dataclass(frozen=True, slots=True)
class PastPage:
    """Cursors are empty where there is no page. One that is cut was not filled, since looking took too long; behind
    its cursor it goes on."""

    rows: list[Record]
    previous_cursor: str
    next_cursor: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """A dataset at a revision, and of it what a filter matched. Raises FilterError, SelectionOutdatedError and
    TimeLimitError where it reads."""

    dataset: Dataset
    number: int
    condition: Group

    def page(self, place: Mapping[str, str], *, size: int = PAGE_SIZE) -> PastPage:
        """The one that `after=` or `before=` names, else the first. Raises CursorError."""
        is_back = bool(place.get("before"))
        start = place.get("before") or place.get("after") or ""
        found = self._found(decode_cursor(start) if start else _FIRST, size + 1, is_back=is_back)
        rows = found.rows[:size]
        further = _further(found, size)
        if is_back:
            return PastPage(
                rows[::-1], further, start if not rows else encode_cursor(rows[0].id), found.is_cut
            )
        behind = "" if not start else start if not rows else encode_cursor(rows[0].id)
        return PastPage(rows, behind, further, found.is_cut)

    def neighbors(self, record_id: UUID) -> tuple[UUID | None, UUID | None]:
        """The records before and after this one."""
        previous = self._found(record_id, 1, is_back=True).rows
        following = self._found(record_id, 1, is_back=False).rows
        return (previous[0].id if previous else None, following[0].id if following else None)

    def count(self) -> int:
        """How many the filter matched."""
        with time_limit(FILTER_MS):
            return self._selected().count()

    def record(self, record_id: UUID) -> Record | None:
        """With its content."""
        return next(iter(self._rows([record_id], _WHOLE)), None)

    def records(self, record_ids: Sequence[UUID]) -> dict[UUID, Record]:
        """Those of them that were there, with their content."""
        return {record.pk: record for record in self._rows(record_ids, _WHOLE)}

    def _selected(self) -> SelectedThen:
        return SelectedThen(self.dataset, Selection(self.condition, self.number))

    def _found(self, place: UUID, wanted: int, *, is_back: bool) -> _Found:
        if not self.condition:
            return self._walked(place, wanted, is_back=is_back)
        with time_limit(FILTER_MS):
            selected = self._selected()
            ids = selected.before(place, wanted) if is_back else selected.after(place, wanted)
        return _Found(_in_order_of(ids, self._rows(ids, _LISTED)))

    def _walked(self, place: UUID, wanted: int, *, is_back: bool) -> _Found:
        until = time.monotonic() + WALK_SECONDS
        rows: list[Record] = []
        limit = wanted
        while True:
            walked = self._walk(place, limit, is_back=is_back)
            ids = [record_id for record_id, number in walked if number is not None and number <= self.number]
            for part in _parts(ids, wanted):
                rows += _in_order_of(part, self._rows(part, _LISTED))
                if len(rows) >= wanted:
                    return _Found(rows[:wanted])
            if len(walked) < limit:
                return _Found(rows)
            place, limit = walked[-1][0], WALKED
            if time.monotonic() > until:
                return _Found(rows, reached=place)

    def _walk(self, place: UUID, limit: int, *, is_back: bool) -> list[tuple[UUID, int | None]]:
        sql = _WALK.format(sign="<" if is_back else ">", order="DESC" if is_back else "ASC")
        with connection.cursor() as cursor:
            cursor.execute(sql, {"dataset": self.dataset.pk, "place": place, "limit": limit})
            return list(cursor.fetchall())

    def _rows(self, ids: Sequence[UUID], names: Sequence[str]) -> list[Record]:
        sql = _AT.format(
            replaced=past.replaced(
                names,
                number="%(number)s",
                records="AND change.record_id = ANY (%(ids)s)",
            ),
            values=", ".join(f"{_read(name)} AS {_column(name)}" for name in names),
            trashed_at=past.value("trashed_at"),
        )
        params = {"dataset": self.dataset.pk, "number": self.number, "ids": list(ids)}
        return [_with_curation(row) for row in Record.objects.raw(sql, params)] if ids else []


@dataclass(frozen=True, slots=True)
class _Found:
    """In the order in which they were looked for, and where the looking was given up."""

    rows: list[Record]
    reached: UUID | None = None

    @property
    def is_cut(self) -> bool:
        return self.reached is not None


def _parts(ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _in_order_of(ids: Sequence[UUID], rows: Sequence[Record]) -> list[Record]:
    by_id = {row.id: row for row in rows}
    return [by_id[record_id] for record_id in ids if record_id in by_id]


def _column(name: str) -> str:
    return f"past_{name}" if name in CURATED else name


def _with_curation(row: Any) -> Record:
    """Of what the query read beside the fields of a record."""
    past_values = {name: getattr(row, _column(name)) for name in CURATED}
    Curation(record=row, dataset_id=row.dataset_id, updated_at=row.changed_at, **past_values)
    record: Record = row
    return record


def _read(name: str) -> str:
    """As the field of the model reads it."""
    return past.value(name) if name == CONTENT[1] else past.typed(name)


def _further(found: _Found, size: int) -> str:
    """Where it goes on in the direction of looking."""
    if found.reached is not None:
        return encode_cursor(found.reached)
    return encode_cursor(found.rows[size - 1].id) if len(found.rows) > size else ""
