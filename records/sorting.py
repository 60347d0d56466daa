"""The orders in which a dataset's records are listed. An index holds each, so a page costs the same at any depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from datasets.models import Dataset
from project.lib.cursors import CursorError, decode_sorted_cursor, encode_cursor
from project.lib.moments import MomentError, parse_moment
from records.gridstate import Sort
from records.models import Record
from records.querysets import RecordQuerySet

ADDED = Sort("created")
MOST_DIGITS = 10


class Place(NamedTuple):
    """Where a row stands in a list: its id, and its value in the sorted column, None in the order of the ids."""

    id: UUID
    value: Any = None


@dataclass(frozen=True, slots=True)
class Order:
    """Rows that are equal in the sorted column follow each other by their ids, in the same direction."""

    dataset_id: UUID
    sort: Sort = ADDED

    @property
    def column(self) -> str:
        """The field that is compared before the id, empty in the order of the ids."""
        return _COLUMNS[self.sort.name].field if self.sort.name in _COLUMNS else ""

    def first(self, records: RecordQuerySet) -> RecordQuerySet:
        """From the beginning of the list on."""
        rising = records.sorted_by(self.dataset_id, self.column) if self.column else records.in_order()
        return rising.reverse() if self.sort.is_descending else rising

    def last(self, records: RecordQuerySet) -> RecordQuerySet:
        """From the end of the list back."""
        return self.first(records).reverse()

    def after(self, records: RecordQuerySet, place: Place) -> RecordQuerySet:
        return self.first(self._beside(records, place, "<" if self.sort.is_descending else ">"))

    def before(self, records: RecordQuerySet, place: Place) -> RecordQuerySet:
        """The nearest first."""
        return self.last(self._beside(records, place, ">" if self.sort.is_descending else "<"))

    def place_of(self, record: Record) -> Place:
        return Place(record.id, getattr(record, self.column) if self.column else None)

    def cursor_of(self, record: Record) -> str:
        value = _COLUMNS[self.sort.name].spell(getattr(record, self.column)) if self.column else ""
        return encode_cursor(record.id, value)

    def place_at(self, cursor: str) -> Place:
        """Raises CursorError, also for a place in a list of another order."""
        record_id, value = decode_sorted_cursor(cursor)
        if bool(value) != bool(self.column):
            raise CursorError("The list is sorted in another way now; start again from its first page.")
        return Place(record_id, _COLUMNS[self.sort.name].read(value) if self.column else None)

    def _beside(self, records: RecordQuerySet, place: Place, sign: str) -> RecordQuerySet:
        if self.column:
            return records.beside(place.id, sign, self.column, place.value)
        return records.after(place.id) if sign == ">" else records.before(place.id)


def order_of(dataset: Dataset, sort: Sort | None) -> Order:
    return Order(dataset.pk, sort or ADDED)


class _SortedColumn(NamedTuple):
    field: str
    spell: Callable[[Any], str]
    read: Callable[[str], Any]


def _read_number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS:
        raise CursorError("The cursor is not one of ours; start again without it.")
    return int(text)


def _read_text(text: str) -> str:
    if "\x00" in text:
        raise CursorError("The cursor is not one of ours; start again without it.")
    return text


def _read_moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except MomentError:
        raise CursorError("The cursor is not one of ours; start again without it.") from None


_COLUMNS = {
    "updated": _SortedColumn("updated_at", datetime.isoformat, _read_moment),
    "tokens": _SortedColumn("tokens", str, _read_number),
    "turns": _SortedColumn("turns", str, _read_number),
    "status": _SortedColumn("status", str, _read_text),
}
"""None of them is ever null."""
