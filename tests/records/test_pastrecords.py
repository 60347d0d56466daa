"""Records of a revision, page by page, whatever came later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from project.accounts.types import Author
from project.lib.cursors import CursorError, encode_cursor
from project.lib.filters import Condition, FilterError, Group, Operator
from records import pastrecords
from records.actions import (
    add_records,
    erase_records,
    replace_meta,
    replace_text,
    set_status,
    trash_records,
)
from records.exporting import export_jsonl
from records.models import Record
from records.pastrecords import Past
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory
from tests.factories.records import conversation

pytestmark = pytest.mark.django_db


def _texts(*texts: str) -> list[RecordDraft]:
    return [RecordDraft(text=text) for text in texts]


def _all_ids(past: Past, *, size: int, is_back: bool = False) -> list[UUID]:
    """Page by page, forwards, or backwards from behind the last."""
    key, step = ("before", "previous_cursor") if is_back else ("after", "next_cursor")
    place: dict[str, str] = {}
    if is_back:
        place = {"before": encode_cursor(UUID(int=2**128 - 1))}
    ids: list[UUID] = []
    while True:
        page = past.page(place, size=size)
        found = [record.id for record in page.rows]
        ids = found + ids if is_back else ids + found
        cursor = getattr(page, step)
        if not cursor:
            return ids
        place = {key: cursor}


@pytest.fixture
def changed(dataset: Dataset, author: Author) -> Sequence[Record]:
    """Four records of revision 1, of which later one is rewritten, one decided, one trashed; and a fifth comes."""
    records = add_records(dataset, _texts("a", "b", "c", "d"), author=author)
    replace_text(records[0], "rewritten", author=author)
    set_status(dataset, [records[1].id], "flagged", author=author)
    trash_records(dataset, [records[2].id], author=author)
    add_records(dataset, _texts("later"), author=author)
    return records


def test_a_page_shows_what_was_there_as_it_was(dataset: Dataset, changed: Sequence[Record]) -> None:
    rows = Past(dataset, 1, Group()).page({}).rows
    assert [record.id for record in rows] == [record.id for record in changed]
    assert [record.preview for record in rows] == ["a", "b", "c", "d"]
    assert {record.status for record in rows} == {"new"}
    assert [record.trashed_at for record in rows] == [None] * 4


def test_nothing_is_there_before_the_first_revision(dataset: Dataset, changed: Sequence[Record]) -> None:
    page = Past(dataset, 0, Group()).page({})
    assert (page.rows, page.next_cursor, page.previous_cursor) == ([], "", "")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_pages_follow_one_another_both_ways(dataset: Dataset, changed: Sequence[Record], size: int) -> None:
    wanted = [record.id for record in changed]
    past = Past(dataset, 1, Group())
    assert _all_ids(past, size=size) == wanted
    assert _all_ids(past, size=size, is_back=True) == wanted
    first = past.page({}, size=size)
    if first.next_cursor:
        second = past.page({"after": first.next_cursor}, size=size)
        assert past.page({"before": second.previous_cursor}, size=size).rows == first.rows


def test_what_came_later_is_passed_over(
    dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first] = add_records(dataset, _texts("first"), author=author)
    for _ in range(3):
        add_records(dataset, _texts(*"abcde"), author=author)
    monkeypatch.setattr(pastrecords, "WALKED", 2)
    page = Past(dataset, 1, Group()).page({}, size=1)
    assert ([record.id for record in page.rows], page.next_cursor, page.is_cut) == ([first.id], "", False)


def test_a_long_walk_is_given_up_and_goes_on_where_it_was(
    dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = add_records(dataset, _texts(*"abcdef"), author=author)
    trash_records(dataset, [record.id for record in records[1:5]], author=author)
    monkeypatch.setattr(pastrecords, "WALKED", 1)
    monkeypatch.setattr(pastrecords, "WALK_SECONDS", -1)
    past = Past(dataset, 2, Group())
    first = past.page({}, size=1)
    assert first.is_cut
    assert _all_ids(past, size=1) == [records[0].id, records[5].id]
    assert _all_ids(past, size=1, is_back=True) == [records[0].id, records[5].id]


def test_a_filter_asks_what_was_so_then(dataset: Dataset, author: Author) -> None:
    records = add_records(dataset, _texts("apple", "pear", "apple pie"), author=author)
    set_status(dataset, [records[0].id, records[1].id], "flagged", author=author)
    replace_text(records[0], "plum", author=author)
    set_status(dataset, [records[1].id], "new", author=author)
    trash_records(dataset, [records[2].id], author=author)
    flagged = Past(dataset, 2, Group((Condition("status", Operator.IS, "flagged"),)))
    apples = Past(dataset, 2, Group((Condition("q", Operator.SEARCH, "apple"),)))
    assert [record.id for record in flagged.page({}).rows] == [records[0].id, records[1].id]
    assert [record.id for record in apples.page({}).rows] == [records[0].id, records[2].id]
    assert (flagged.count(), apples.count()) == (2, 2)
    assert _all_ids(flagged, size=1) == _all_ids(flagged, size=1, is_back=True)


def test_one_record_is_read_with_its_content(dataset: Dataset, author: Author) -> None:
    [record] = add_records(dataset, [RecordDraft(payload=conversation("hi"), meta={"a": 1})], author=author)
    replace_text(record, "gone", author=author)
    replace_meta(record, {}, author=author)
    then = Past(dataset, 1, Group()).record(record.id)
    assert then is not None
    assert (then.form, then.as_payload, then.meta) == ("conversation", conversation("hi"), {"a": 1})
    assert Past(dataset, 0, Group()).record(record.id) is None


def test_neighbors_are_those_of_then(dataset: Dataset, changed: Sequence[Record]) -> None:
    ids = [record.id for record in changed]
    past = Past(dataset, 1, Group())
    assert past.neighbors(ids[1]) == (ids[0], ids[2])
    assert past.neighbors(ids[3]) == (ids[2], None)


def test_what_was_erased_is_gone_from_the_past(
    dataset: Dataset, changed: Sequence[Record], author: Author
) -> None:
    erase_records(dataset.workspace, [changed[1].id], author=author)
    past = Past(dataset, 1, Group())
    assert changed[1].id not in _all_ids(past, size=10)
    assert past.record(changed[1].id) is None


def test_a_record_of_another_dataset_is_not_in_it(
    dataset: Dataset, changed: Sequence[Record], stranger_dataset: Dataset
) -> None:
    assert Past(stranger_dataset, 1, Group()).record(changed[0].id) is None


def test_a_page_reads_few_rows_and_no_content(
    dataset: Dataset, changed: Sequence[Record], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2) as queries:  # the walk, the rows
        Past(dataset, 1, Group()).page({}, size=2)
    assert not any("record.payload" in query["sql"] for query in queries.captured_queries)


def test_what_cannot_be_is_refused(dataset: Dataset) -> None:
    with pytest.raises(CursorError):
        Past(dataset, 0, Group()).page({"after": "x"})
    with pytest.raises(FilterError):
        Past(dataset, 0, Group((Condition("nonsense", Operator.IS, "x"),))).page({})


EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "text", "status", "trash", "erase"]), st.integers(0, 5)), max_size=6
)


@given(edits=EDITS)
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_list_of_a_revision_holds_what_its_export_holds(
    edits: list[tuple[str, int]], dataset: Dataset, author: Author
) -> None:
    desk = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    add_records(desk, _texts("a", "b"), author=author)
    for what, which in edits:
        _do(desk, what, which, author)
    desk.refresh_from_db()
    for number in range(desk.revision_number + 1):
        past = Past(desk, number, Group())
        lines = [json.loads(line) for line in b"".join(export_jsonl(desk, number=number)).splitlines()]
        found = [past.record(record_id) for record_id in _all_ids(past, size=2)]
        assert [_told(record) for record in found if record] == [
            (line["text"], line.get("status", "new")) for line in lines
        ]


def _do(desk: Dataset, what: str, which: int, author: Author) -> None:
    records = list(Record.objects.in_dataset(desk).in_order())
    if what == "add" or not records:
        add_records(desk, _texts(f"new {which}"), author=author)
        return
    record = records[which % len(records)]
    acts: dict[str, Any] = {
        "text": lambda: replace_text(record, f"text {which}", author=author),
        "status": lambda: set_status(desk, [record.id], ("flagged", "new")[which % 2], author=author),
        "trash": lambda: trash_records(desk, [record.id], author=author),
        "erase": lambda: erase_records(desk.workspace, [record.id], author=author),
    }
    acts[what]()


def _told(record: Record) -> tuple[str, str]:
    return record.text, record.status
