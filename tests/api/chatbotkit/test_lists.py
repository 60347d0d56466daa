"""What all lists have in common, shown on records: pages, cursors, formats, streams."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
import yaml
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from project.accounts.types import Author
from project.api.chatbotkit.lines import as_yaml, csv_lines
from project.api.chatbotkit.paging import CSV, FORMATS, JSON, JSONL, _ended_by_error, streamed
from project.api.chatbotkit.schemas.records import RecordOut
from records.actions import add_records
from records.types import RecordDraft
from tests.api.chatbotkit.calls import Caller, refusal, said

COLUMNS = "id,text,source,meta,createdAt,updatedAt"


@pytest.fixture
def path(dataset: Dataset) -> str:
    return f"/dataset/{dataset.id}/record/export"


@pytest.fixture
def many(dataset: Dataset, author: Author, stranger_dataset: Dataset) -> list[str]:
    """The texts of 120 records, oldest first, among those of another dataset."""
    texts = [f"record {number}" for number in range(120)]
    for half in (texts[:60], texts[60:]):
        add_records(stranger_dataset, [RecordDraft(text="other")] * 20, author=author)
        add_records(dataset, [RecordDraft(text=text) for text in half], author=author)
    return texts


def walked(api: Caller, path: str, **query: Any) -> list[str]:
    texts: list[str] = []
    cursor = ""
    while True:
        page = said(api.get(path, cursor=cursor, **query))
        texts += [item["text"] for item in page["items"]]
        cursor = page["cursor"]
        if not cursor:
            return texts


@pytest.mark.parametrize("order", ["asc", "desc", "", "ASC", "sideways"])
def test_a_walk_gives_each_record_once(
    api: Caller, path: str, many: list[str], order: str, subtests: pytest.Subtests
) -> None:
    expected = many if order == "asc" else many[::-1]
    for take in (7, 60, 100, 120):
        with subtests.test(take=take):
            assert walked(api, path, order=order, take=take) == expected


def test_a_page_has_from_1_to_100_records(
    api: Caller, path: str, many: list[str], subtests: pytest.Subtests
) -> None:
    sizes = {"": 100, "0": 100, "x": 100, "1000": 100, "-5": 1, "1": 1, "50": 50, "9" * 5000: 100}
    for take, size in sizes.items():
        with subtests.test(take=take):
            page = said(api.get(path, take=take))
            assert len(page["items"]) == size
            assert page["cursor"]


def test_the_last_page_and_an_empty_list_have_an_empty_cursor(api: Caller, path: str) -> None:
    assert said(api.get(path)) == {"items": [], "cursor": ""}
    assert said(api.get(path, cursor="")) == {"items": [], "cursor": ""}


def test_records_that_come_in_meanwhile_shift_nothing(
    api: Caller, path: str, many: list[str], dataset: Dataset, author: Author
) -> None:
    page = said(api.get(path, take=100))
    add_records(dataset, [RecordDraft(text="late")] * 5, author=author)
    rest = said(api.get(path, cursor=page["cursor"]))
    assert [item["text"] for item in [*page["items"], *rest["items"]]] == many[::-1]


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("cursor", ["x", "=", "ü", "AAAA", "\x00", "a" * 1000])
def test_a_cursor_that_is_not_ours_is_refused(api: Caller, path: str, cursor: str, accept: str) -> None:
    refusal(api.get(path, cursor=cursor, accept=accept), 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("application/*", JSON),
        ("application/jsonl", JSONL),
        ("text/csv", CSV),
        ("text/*", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("text/html, application/jsonl;q=0.9, */*;q=0.1", JSONL),
        ("application/json;q=0.1, text/csv", CSV),
        ("APPLICATION/JSONL", JSONL),
    ],
)
def test_the_format_follows_accept(api: Caller, path: str, accept: str | None, expected: str) -> None:
    response = api.get(path, accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"].partition(";")[0] == expected


@pytest.mark.parametrize("accept", ["image/png", "text/html", "nonsense", "application/xml;q=0.9"])
def test_another_format_is_refused(api: Caller, path: str, accept: str) -> None:
    assert "text/csv" in refusal(api.get(path, accept=accept), 400, "BAD_REQUEST")


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_stream_runs_through_all_pages(api: Caller, path: str, many: list[str], order: str) -> None:
    expected = many if order == "asc" else many[::-1]
    assert [item["text"] for item in api.streamed(path, order=order)] == expected
    assert [item["text"] for item in api.streamed(path, order=order, take=105)] == expected[:105]
    cursor = said(api.get(path, order=order, take=10))["cursor"]
    assert [item["text"] for item in api.streamed(path, order=order, cursor=cursor)] == expected[10:]
    [_header, *rows] = api.chunks(path, CSV, order=order, take=103)
    assert len(rows) == 103


def test_each_chunk_is_one_ascii_line_in_the_envelope(
    api: Caller, path: str, dataset: Dataset, author: Author
) -> None:
    add_records(dataset, [RecordDraft(text="שלום\n\u2028😀", meta={"ü": "ß"})] * 3, author=author)
    chunks = api.chunks(path, JSONL)
    assert len(chunks) == 3
    for chunk, item in zip(chunks, api.items(path), strict=True):
        assert chunk.isascii()
        assert chunk.endswith(b"\n")
        assert chunk.count(b"\n") == 1
        assert json.loads(chunk) == {"type": "item", "data": item}


def test_an_empty_stream_is_an_empty_body(api: Caller, path: str) -> None:
    assert api.chunks(path, JSONL) == []
    assert b"".join(api.chunks(path, CSV)) in {b"", COLUMNS.encode() + b"\n"}


def test_large_records_are_streamed_one_after_the_other(
    api: Caller, path: str, dataset: Dataset, author: Author
) -> None:
    noise = random.Random(1)
    texts = ["".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(700_000)) for _ in range(4)]
    add_records(dataset, [RecordDraft(text=text) for text in texts], author=author)
    assert [item["text"] for item in api.streamed(path, order="asc")] == texts


def test_a_page_takes_as_many_queries_whatever_it_holds(
    api: Caller, path: str, records: Sequence[object], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(path)
    with django_assert_num_queries(4):  # The key, the dataset, the places, the records.
        said(api.get(path))
    with django_assert_num_queries(2):
        said(api.get("/dataset/list"))
    with django_assert_num_queries(2):
        said(api.get("/event/log/list"))


def test_a_stream_that_breaks_off_says_so_in_its_last_line() -> None:
    def broken() -> Any:
        yield b'{"type":"item"}\n'
        raise OperationalError("gone")

    last = list(_ended_by_error(broken()))[-1]
    assert json.loads(last)["type"] == "error"
    assert json.loads(last)["data"]["code"] == "SERVICE_UNAVAILABLE"


def test_a_stream_that_never_begins_is_an_ordinary_refusal() -> None:
    def broken() -> Any:
        yield from ()
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        streamed(_ended_by_error(broken()), JSONL)


def test_the_columns_of_csv_are_the_vendors(api: Caller, path: str, dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text='a "b",\nc', source="=1+1", meta={"k": "v"})], author=author)
    [item] = api.items(path)
    head, row = b"".join(api.chunks(path, CSV)).decode().split("\n", 1)
    assert head == COLUMNS
    assert (
        row == f'"{item["id"]}","a ""b"",\nc","=1+1","k: v\n","{item["createdAt"]}","{item["updatedAt"]}"\n'
    )


@pytest.mark.parametrize("end", ["/dataset/list", "/event/log/list", "/event/log/export"])
def test_every_list_has_every_format(api: Caller, dataset: Dataset, author: Author, end: str) -> None:
    add_records(dataset, [RecordDraft(text="a", meta={"k": "v"})], author=author)
    items = api.items(end)
    assert items
    assert api.streamed(end) == items
    rows = list(csv.DictReader(io.StringIO(b"".join(api.chunks(end, CSV)).decode(), newline="")))
    assert [row["id"] for row in rows] == [item["id"] for item in items]
    assert set(rows[0]) == set(items[0])


HOSTILE = (
    "yes", "No", "null", "~", "", " ", "1e3", "0o7", "0x1F", "1_000", "12:30:45", "2020-01-01", "1.0", ".5", ".inf",
    "- a", "a: b", "#c", "a #c", "'", '"', "%d", "@x", "`", "!t", "&a", "*a", "<<", "=", "---", "...", "a\n...\nb",
    "\ufeff", "\x85", "\u2028", "\x7f", "\t", " a", "a ", "\na", "a\n", "\r\n", "|", ">", "?", "[", "{", "a,b", "שלום",
    "אב: ג", "😀", "\ud7ff", "\ufffe", "\x1b", "y", "on", "NaN", "Infinity",
)  # fmt: skip
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
TEXTS = STORABLE | st.sampled_from(HOSTILE)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
METAS = st.dictionaries(TEXTS, VALUES, max_size=4)


def item(text: str, source: str, meta: dict[str, Any]) -> RecordOut:
    return RecordOut(id=UUID(int=1), text=text, source=source, meta=meta, created_at=1, updated_at=2)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXTS, TEXTS, METAS), max_size=3))
def test_csv_parses_back_to_equal_records(rows: list[tuple[str, str, dict[str, Any]]]) -> None:
    exported = b"".join(csv_lines([item(*row) for row in rows], COLUMNS.split(","))).decode()
    parsed = csv.DictReader(io.StringIO(exported, newline=""))
    assert [
        (row["text"], row["source"], yaml.safe_load(row["meta"]) if row["meta"] else {}) for row in parsed
    ] == rows


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_meta_survives_as_key_and_value(text: str) -> None:
    for meta in ({text: "x"}, {"x": text}, {"x": [text, {text: None}]}):
        assert yaml.safe_load(as_yaml(meta)) == meta


@pytest.mark.parametrize("text", ["1e3", "0o7", "012", "1_0", "12:30", "2020-01-01", "~", "-", ".nan"])
def test_text_that_only_one_yaml_version_reads_as_text_is_quoted(text: str) -> None:
    assert as_yaml({"x": text}) == f'x: "{text}"\n'


def test_csv_of_the_server_parses_back(api: Caller, path: str, dataset: Dataset, author: Author) -> None:
    drafts = [
        RecordDraft(text=f"{text}x\r\n", source=text.replace("\x00", ""), meta={text: [text], "n": number})
        for number, text in enumerate(HOSTILE)
    ]
    add_records(dataset, drafts, author=author)
    exported = b"".join(api.chunks(path, CSV, order="asc")).decode()
    rows = list(csv.DictReader(io.StringIO(exported, newline="")))
    assert [(row["text"], row["source"], yaml.safe_load(row["meta"])) for row in rows] == [
        (draft.text, draft.source, draft.meta) for draft in drafts
    ]
