"""A page of a dataset's records as the grid shows it: rows, their place in the list, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from re import Pattern

from django.utils.safestring import SafeString

from datasets.models import Dataset
from project.lib.timelimits import time_limit
from records.cells import Cell, CellReader, record_cells
from records.columns import RECORD_COLUMNS
from records.filterbar import Chip, ListFilter
from records.gridstate import META, GridState
from records.markdown import highlight, search_terms, term_pattern
from records.models import Record
from records.pages import COUNT_MS, PAGE_MS, Page, Total, count_before, count_filtered, read_page
from records.querysets import RecordQuerySet
from records.sorting import ADDED, Order, order_of

MOST_CHIPS_COUNTED = 5
LARGE = 100_000  # Records, of which not every count is soon made.
SOON_MS = 40


@dataclass(frozen=True, slots=True)
class Links:
    """What stands around a record's id in the addresses of its row."""

    open_start: str
    panel_start: str
    panel_end: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record with what its row says, ready made: a hundred are drawn a page."""

    record: Record
    id: str
    row_index: str
    preview: SafeString
    open_url: str
    panel_url: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Row]
    page: Page
    total: Total
    label: str
    first_row: int | None  # Its number in the list, from 1; None when counting so far took too long.
    has_tags: bool = True  # Whether a column of tags would show any.

    @property
    def ids(self) -> str:
        return ",".join(row.id for row in self.rows)

    @property
    def is_whole(self) -> bool:
        """Whether all that match are on this page."""
        return not self.page.previous_cursor and not self.page.next_cursor


def matching_records(dataset: Dataset, list_filter: ListFilter) -> RecordQuerySet:
    """Raises FilterError."""
    return Record.objects.in_dataset(dataset).matching(list_filter.condition, dataset)


def read_listing(
    dataset: Dataset, list_filter: ListFilter, grid: GridState, place: Mapping[str, str], links: Links
) -> Listing:
    """Raises FilterError, CursorError, and TimeLimitError for a filter that people composed too costly."""
    records, order = matching_records(dataset, list_filter), order_of(dataset, grid.sort)
    reader = record_cells(grid.columns)
    meta_keys = [name.removeprefix(META) for name in reader.computed]
    fields = [*reader.fields, order.column] if order.column else reader.fields
    with time_limit(PAGE_MS) if list_filter.condition else nullcontext():
        page = read_page(records.showing(fields, meta_keys), order, place)
    total = _total(dataset, list_filter, records, page)
    before = _count_before(dataset, list_filter, records, order, page, total)
    first_row = None if before.number is None or before.is_capped else before.number + 1
    pattern = term_pattern(search_terms(list_filter.search))
    return Listing(
        [_row(record, place, first_row, pattern, links, reader) for place, record in enumerate(page.rows)],
        page,
        total,
        _label(len(page.rows), first_row, before, total),
        first_row,
        has_tags="tags" in grid.names and any(record.tags for record in page.rows),
    )


def _row(
    record: Record,
    place: int,
    first_row: int | None,
    pattern: Pattern[str] | None,
    links: Links,
    reader: CellReader[Record],
) -> Row:
    record_id = str(record.id)
    return Row(
        record,
        id=record_id,
        row_index="" if first_row is None else str(first_row + place + 1),  # The head of the table is row 1.
        preview=highlight(record.preview, pattern),
        open_url=f"{links.open_start}{record_id}",
        panel_url=f"{links.panel_start}{record_id}{links.panel_end}",
        cells=reader.cells(record),
    )


def rows_of(records: Sequence[Record], links: Links, *, search: str = "") -> list[Row]:
    """Of records that stand in no numbered list, in the usual columns."""
    pattern, reader = term_pattern(search_terms(search)), record_cells(RECORD_COLUMNS.usual)
    return [_row(record, place, None, pattern, links, reader) for place, record in enumerate(records)]


def count_without_each(dataset: Dataset, list_filter: ListFilter) -> list[tuple[Chip, Total]]:
    """For a filter that matches nothing: how many would match without each of its conditions."""
    return [
        (chip, count_filtered(matching_records(dataset, list_filter.without(chip.key))))
        for chip in list_filter.chips[:MOST_CHIPS_COUNTED]
        if not chip.is_ignored
    ]


def _total(dataset: Dataset, list_filter: ListFilter, records: RecordQuerySet, page: Page) -> Total:
    if not list_filter.condition:
        return Total(dataset.record_count)
    if not page.previous_cursor and not page.next_cursor:
        return Total(len(page.rows))
    return count_filtered(records, milliseconds=_count_ms(dataset))


def _count_ms(dataset: Dataset) -> int:
    """In a large dataset nobody waits for the number: it follows the rows."""
    return COUNT_MS if dataset.record_count <= LARGE else SOON_MS


def _count_before(
    dataset: Dataset,
    list_filter: ListFilter,
    records: RecordQuerySet,
    order: Order,
    page: Page,
    total: Total,
) -> Total:
    if not page.rows or not page.previous_cursor:
        return Total(0)
    if not page.next_cursor and total.number is not None and not total.is_capped:
        return Total(max(0, total.number - len(page.rows)))
    if list_filter.condition or order.sort.name != ADDED.name:
        before = order.before(records, order.place_of(page.rows[0]))
        return count_filtered(before, milliseconds=_count_ms(dataset))
    older = count_before(dataset, page.rows[0])
    return Total(dataset.record_count - older - 1 if order.sort.is_descending else older)


def _label(shown: int, first_row: int | None, before: Total, total: Total) -> str:
    if not shown:
        return "No records"
    if first_row is None:
        return f"{shown:,} beyond the first {before} of {total}"
    return f"{first_row:,}\u2013{first_row + shown - 1:,} of {total}"
