"""One page of a list by keyset: as fast at the end as at the start, and rows neither repeat nor get lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from datasets.models import Dataset
from project.lib.timelimits import TimeLimitError, time_limit
from records.blocks import locate
from records.models import Record, RecordBlock
from records.querysets import COUNT_CAP, RecordQuerySet
from records.sorting import Order

PAGE_SIZE = 100
PAGE_MS = 5_000  # Nobody waits longer for rows.
COUNT_MS = 400  # Longer than this no page waits for a number.
EXACT_MS = 10_000  # And no request of its own longer than this.


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the list's order, and where the pages around them begin. Cursors are empty where there is no page."""

    rows: list[Record]
    previous_cursor: str
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows a list has: exactly, at least, or (None) unknown because counting took too long."""

    number: int | None
    is_capped: bool = False

    @property
    def is_exact(self) -> bool:
        return self.number is not None and not self.is_capped

    def __str__(self) -> str:
        if self.number is None:
            return "many"
        return f"{self.number:,}+" if self.is_capped else f"{self.number:,}"


def read_page(
    records: RecordQuerySet, order: Order, place: Mapping[str, str], *, size: int = PAGE_SIZE
) -> Page:
    """The page that `place` (`after=`, `before=`, `page=last`) names. Raises CursorError."""
    if place.get("after"):
        rows = list(order.after(records, order.place_at(place["after"]))[: size + 1])
        return _page(order, rows[:size], has_previous=True, has_next=len(rows) > size)
    if place.get("before"):
        rows = list(order.before(records, order.place_at(place["before"]))[: size + 1])
        return _page(order, rows[:size][::-1], has_previous=len(rows) > size, has_next=True)
    if place.get("page") == "last":
        rows = list(order.last(records)[: size + 1])
        return _page(order, rows[:size][::-1], has_previous=len(rows) > size, has_next=False)
    rows = list(order.first(records)[: size + 1])
    return _page(order, rows[:size], has_previous=False, has_next=len(rows) > size)


def count_filtered(records: RecordQuerySet, *, cap: int = COUNT_CAP, milliseconds: int = COUNT_MS) -> Total:
    """Counts up to the cap, in one query that is given up when it takes too long."""
    try:
        with time_limit(milliseconds):
            number = records.count_capped(cap)
    except TimeLimitError:
        return Total(None)
    return Total(min(number, cap), is_capped=number > cap)


def count_before(dataset: Dataset, record: Record) -> int:
    """How many live records of the dataset stand before this one, at any depth within milliseconds."""
    blocks = RecordBlock.objects.filter(dataset_id=dataset.id)
    first_id = (
        blocks.filter(first_id__lte=record.id)
        .order_by("-first_id")
        .values_list("first_id", flat=True)
        .first()
    )
    if first_id is None:
        return 0
    before_block = blocks.filter(first_id__lt=first_id).aggregate(live=Sum("live"))["live"] or 0
    in_block = Record.objects.in_dataset(dataset).filter(id__gte=first_id, id__lt=record.id)
    return int(before_block) + in_block.count()


def neighbors(records: RecordQuerySet, order: Order, record: Record) -> tuple[UUID | None, UUID | None]:
    """The records before and after this one in the list."""
    place = order.place_of(record)
    previous = order.before(records, place).values_list("id", flat=True)
    following = order.after(records, place).values_list("id", flat=True)
    return previous.first(), following.first()


def _page(order: Order, rows: list[Record], *, has_previous: bool, has_next: bool) -> Page:
    return Page(
        rows,
        order.cursor_of(rows[0]) if rows and has_previous else "",
        order.cursor_of(rows[-1]) if rows and has_next else "",
    )


def records_at(dataset: Dataset, offset: int, limit: int) -> RecordQuerySet:
    """The page of the dataset's records that has `offset` records before it: the block that holds its first record
    is looked up, and the rows that are passed over in the block are read without their content."""
    place = locate(dataset.pk, offset)
    if place is None:
        return Record.objects.none()
    block_start, skipped = place
    following = Record.objects.in_dataset(dataset).filter(id__gte=block_start).in_order()
    page = following.values("id")[skipped : skipped + limit]
    return Record.objects.filter(id__in=page).in_order()
