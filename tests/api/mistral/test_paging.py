from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import RequestFactory

from datasets.models import Dataset
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.api.addresses import absolute_url
from records import blocks
from records.actions import add_records, erase_records
from records.models import Record
from records.pages import records_at
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.datasets import DatasetFactory
from tests.factories.records import RecordDraftFactory

LISTS = ["/datasets", "/datasets/{dataset}/records", "/datasets/{dataset}/tasks"]


def page_of(api: Caller, path: str, **query: Any) -> dict[str, Any]:
    body = said(api.get(path, **query))
    assert len(body) == 1
    [page] = body.values()
    assert set(page) == {"count", "results", "next", "previous"}
    return dict(page)


@pytest.fixture
def many(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, RecordDraftFactory.build_batch(7), author=author)


def test_an_empty_list_has_all_four_keys(api: Caller, dataset: Dataset) -> None:
    assert page_of(api, f"/datasets/{dataset.id}/records") == {
        "count": 0,
        "results": [],
        "next": None,
        "previous": None,
    }


def test_pages_follow_each_other_and_neither_repeat_nor_drop(
    api: Caller, dataset: Dataset, many: list[Record]
) -> None:
    path, seen, number = f"/datasets/{dataset.id}/records", [], 1
    while True:
        page = page_of(api, path, page_size=3, page=number)
        assert page["count"] == 7
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        number += 1
    assert number == 3
    assert seen == [str(record.id) for record in many]


def test_next_and_previous_are_absolute_and_lead_there(
    api: Caller, dataset: Dataset, many: list[Record]
) -> None:
    page = page_of(api, f"/datasets/{dataset.id}/records", page_size=3, page=2)
    for link, number in ((page["next"], "3"), (page["previous"], "1")):
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc) == ("http", "testserver")
        assert parse_qs(parts.query) == {"page_size": ["3"], "page": [number]}
        said(api.get(parts.path, **{key: value[0] for key, value in parse_qs(parts.query).items()}))


def test_the_links_keep_the_search(api: Caller, workspace: Workspace, alice: User) -> None:
    DatasetFactory.create_batch(3, workspace=workspace, owner=alice, name="Chats & more")
    page = page_of(api, "/datasets", q="chats &", page_size=1)
    assert parse_qs(urlsplit(page["next"]).query)["q"] == ["chats &"]


def test_a_page_size_of_nothing_answers_the_count(api: Caller, dataset: Dataset, many: list[Record]) -> None:
    assert page_of(api, f"/datasets/{dataset.id}/records", page_size=0, page=4) == {
        "count": 7,
        "results": [],
        "next": None,
        "previous": None,
    }


@pytest.mark.parametrize("number", [4, 1000, 10**30])
def test_a_page_past_the_end_is_empty(api: Caller, dataset: Dataset, many: list[Record], number: int) -> None:
    page = page_of(api, f"/datasets/{dataset.id}/records", page_size=3, page=number)
    assert (page["results"], page["next"]) == ([], None)
    assert "page=3" in page["previous"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("number", [2, 10**30])
def test_every_list_bears_pages_past_its_end(api: Caller, dataset: Dataset, path: str, number: int) -> None:
    assert page_of(api, path.format(dataset=dataset.id), page=number)["results"] == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"page_size": -1}, "page_size should be greater than or equal to 0."),
        ({"page_size": 101}, "page_size should be less than or equal to 100."),
        ({"page": 0}, "page should be greater than or equal to 1."),
        ({"page": "two"}, "page should be a valid integer"),
        ({"page": ""}, "page should be a valid integer"),
        ({"page": "1" * 5000}, "page"),
        ({"page": "1.5"}, "page should be a valid integer"),
    ],
)
def test_bounds_are_the_same_for_every_list(
    api: Caller, dataset: Dataset, path: str, query: dict[str, Any], words: str
) -> None:
    assert words in refusal(api.get(path.format(dataset=dataset.id), **query), 422, "VALIDATION_ERROR")


def test_pages_are_right_across_blocks_and_after_deletions(
    api: Caller, dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small blocks, so that several of them split and empty while records come and go."""
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 4)
    left: list[Record] = []
    for number in (3, 9, 1, 14, 6):
        left += add_records(dataset, RecordDraftFactory.build_batch(number), author=author)
        gone, left = left[2:5], left[:2] + left[5:]
        erase_records(dataset.workspace, [record.id for record in gone], author=author)
    seen = []
    for number in range(1, -(-len(left) // 5) + 1):
        page = page_of(api, f"/datasets/{dataset.id}/records", page_size=5, page=number)
        seen += [row["id"] for row in page["results"]]
    assert page["next"] is None
    assert seen == [str(record.id) for record in left]


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("", "http://testserver/v1/x?page=2"),
        ("https://data.example.com", "https://data.example.com/v1/x?page=2"),
        ("https://example.com/winnow/", "https://example.com/winnow/v1/x?page=2"),
    ],
)
def test_addresses_are_those_by_which_the_outside_comes(
    settings: Any, rf: RequestFactory, public_url: str, expected: str
) -> None:
    settings.PUBLIC_URL = public_url
    assert absolute_url(rf.get("/v1/x"), "/v1/x?page=2") == expected


def test_a_page_is_found_without_walking_through_other_datasets(
    dataset: Dataset, many: list[Record], author: Author
) -> None:
    """Planned as for big tables: along the index of the dataset's own order, whatever lies between."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = records_at(dataset, 3, 2).explain()
    assert "using record_in_order" in plan
    assert "using records_record_pkey on records_record v0" not in plan
