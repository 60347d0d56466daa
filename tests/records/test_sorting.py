from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset
from project.accounts.types import Author
from project.lib.cursors import CursorError, encode_cursor
from records.actions import add_records, erase_records
from records.columns import RECORD_COLUMNS
from records.gridstate import Sort
from records.models import Curation, Record
from records.pages import Page, neighbors, read_page
from records.sorting import Order
from tests.factories.records import RecordDraftFactory

SORTS = [Sort(name, is_descending) for name in RECORD_COLUMNS.sorts for is_descending in (False, True)]
BY_TOKENS = Sort("tokens", is_descending=True)


@pytest.fixture
def twelve(dataset: Dataset, stranger_dataset: Dataset, author: Author) -> list[Record]:
    """With many equal values, beside another dataset with the same ones."""
    for other in (stranger_dataset, dataset):
        records = add_records(other, RecordDraftFactory.create_batch(12), author=author)
        for number, record in enumerate(records):
            record.tokens, record.turns = number % 3, 5 - number % 2
            record.curation.status = ("new", "flagged", "approved")[number % 3]
            record.curation.updated_at += timedelta(microseconds=number // 4)
        Record.objects.bulk_update(records, ["tokens", "turns"])
        Curation.objects.bulk_update([record.curation for record in records], ["status", "updated_at"])
    return records


def _page(order: Order, size: int, **place: str) -> Page:
    return read_page(Record.objects.filter(dataset_id=order.dataset_id), order, place, size=size)


def _key(order: Order, record: Record) -> tuple[object, ...]:
    return (getattr(record, order.column), record.id) if order.column else (record.id,)


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.spelled)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(size=st.integers(1, 13))
def test_the_pages_of_any_sort_hold_each_record_once_and_in_order(
    dataset: Dataset, twelve: list[Record], sort: Sort, size: int
) -> None:
    order = Order(dataset.pk, sort)
    forth = [_page(order, size)]
    while forth[-1].next_cursor:
        forth.append(_page(order, size, after=forth[-1].next_cursor))
    rows = [record for page in forth for record in page.rows]
    keys = [_key(order, record) for record in rows]
    assert {record.id for record in rows} == {record.id for record in twelve}
    assert keys == sorted(keys, reverse=sort.is_descending)
    for earlier, later in pairwise(forth):
        assert _page(order, size, before=later.previous_cursor).rows == earlier.rows
    assert _page(order, size, page="last").rows == rows[-size:]
    for at, record in enumerate(rows):
        around = (rows[at - 1].id if at else None, rows[at + 1].id if at + 1 < len(rows) else None)
        assert neighbors(Record.objects.in_dataset(dataset), order, record) == around


def test_a_record_erased_at_the_border_neither_hides_nor_repeats_others(
    dataset: Dataset, twelve: list[Record], author: Author
) -> None:
    order = Order(dataset.pk, BY_TOKENS)
    whole = _page(order, 12).rows
    cursor = _page(order, 5).next_cursor
    erase_records(dataset.workspace, [whole[4].id], author=author)
    assert _page(order, 5, after=cursor).rows == whole[5:10]


@pytest.mark.parametrize(
    "sort", [sort for sort in SORTS if sort.name != "created"], ids=lambda sort: sort.spelled
)
def test_a_page_in_the_middle_is_a_range_of_an_index(
    dataset: Dataset, twelve: list[Record], sort: Sort
) -> None:
    order = Order(dataset.pk, sort)
    rows = order.after(Record.objects.in_dataset(dataset), order.place_of(twelve[5]))[:3]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = rows.explain()
    condition = plan.split("Index Cond:")[1].split("Filter:")[0]
    assert "Sort" not in plan
    assert "dataset_id = " in condition
    assert "ROW(" in condition


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode_cursor(uuid4()),
        encode_cursor(uuid4(), "many"),
        encode_cursor(uuid4(), "9" * 5000),
        encode_cursor(uuid4(), "-1"),
        encode_cursor(uuid4(), "²"),
    ],
    ids=["no cursor", "without a value", "a word", "too long", "negative", "no plain digit"],
)
def test_a_cursor_of_another_list_is_refused(dataset: Dataset, cursor: str) -> None:
    with pytest.raises(CursorError):
        Order(dataset.pk, BY_TOKENS).place_at(cursor)


@pytest.mark.parametrize(
    ("name", "value"), [("updated", "yesterday"), ("status", "n\x00w"), ("created", "7")]
)
def test_a_cursor_with_a_value_that_cannot_be_is_refused(dataset: Dataset, name: str, value: str) -> None:
    with pytest.raises(CursorError):
        Order(dataset.pk, Sort(name)).place_at(encode_cursor(uuid4(), value))
