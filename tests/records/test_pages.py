from __future__ import annotations

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL
from django.db.models.fields import TextField

from datasets.models import Dataset
from project.accounts.types import Author
from project.lib.cursors import encode_cursor
from records.actions import add_records, erase_records
from records.models import Record
from records.pages import Total, count_before, count_filtered, neighbors, read_page
from records.sorting import Order
from tests.factories.records import RecordDraftFactory


@pytest.fixture
def ten(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, RecordDraftFactory.create_batch(10), author=author)


def _places(dataset: Dataset, ten: list[Record], **place: str) -> list[int]:
    page = read_page(Record.objects.in_dataset(dataset), Order(dataset.pk), place, size=4)
    return [ten.index(record) for record in page.rows]


def test_pages_follow_each_other(dataset: Dataset, ten: list[Record]) -> None:
    assert _places(dataset, ten) == [0, 1, 2, 3]
    assert _places(dataset, ten, after=encode_cursor(ten[3].id)) == [4, 5, 6, 7]
    assert _places(dataset, ten, after=encode_cursor(ten[7].id)) == [8, 9]
    assert _places(dataset, ten, before=encode_cursor(ten[8].id)) == [4, 5, 6, 7]
    assert _places(dataset, ten, before=encode_cursor(ten[2].id)) == [0, 1]
    assert _places(dataset, ten, page="last") == [6, 7, 8, 9]


def test_a_page_knows_whether_there_are_others(dataset: Dataset, ten: list[Record]) -> None:
    records, order = Record.objects.in_dataset(dataset), Order(dataset.pk)
    first, all_of_them = read_page(records, order, {}, size=4), read_page(records, order, {}, size=10)
    assert (first.previous_cursor, bool(first.next_cursor)) == ("", True)
    assert (all_of_them.previous_cursor, all_of_them.next_cursor) == ("", "")
    last = read_page(records, order, {"page": "last"}, size=4)
    assert (bool(last.previous_cursor), last.next_cursor) == (True, "")


def test_a_record_erased_meanwhile_neither_hides_nor_repeats_others(
    dataset: Dataset, ten: list[Record], author: Author
) -> None:
    cursor = encode_cursor(ten[3].id)
    erase_records(dataset.workspace, [ten[0].id, ten[3].id], author=author)
    assert _places(dataset, ten, after=cursor) == [4, 5, 6, 7]


@pytest.mark.parametrize(("cap", "total"), [(9, "9+"), (10, "10"), (11, "10")])
def test_counting_stops_at_its_cap(dataset: Dataset, ten: list[Record], cap: int, total: str) -> None:
    assert str(count_filtered(Record.objects.in_dataset(dataset), cap=cap)) == total


def test_a_count_that_takes_too_long_is_given_up(dataset: Dataset, ten: list[Record]) -> None:
    slow = Record.objects.in_dataset(dataset).annotate(nap=RawSQL("pg_sleep(5)::text", (), TextField()))
    assert count_filtered(slow.exclude(nap="x"), milliseconds=50) == Total(None)
    assert str(Total(None)) == "many"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_the_place_of_a_record_is_known(dataset: Dataset, ten: list[Record], author: Author) -> None:
    erase_records(dataset.workspace, [ten[2].id], author=author)
    assert [count_before(dataset, ten[number]) for number in (0, 3, 9)] == [0, 2, 8]


def test_neighbors_are_those_of_the_filtered_list(dataset: Dataset, ten: list[Record]) -> None:
    odd = Record.objects.in_dataset(dataset).filter(id__in=[record.id for record in ten[1::2]])
    order = Order(dataset.pk)
    assert neighbors(odd, order, ten[4]) == (ten[3].id, ten[5].id)
    assert neighbors(odd, order, ten[1]) == (None, ten[3].id)
    assert neighbors(odd, order, ten[9]) == (ten[7].id, None)
