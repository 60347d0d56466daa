from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from project.accounts.models import User
from project.accounts.types import Author
from project.lib.listvalues import CUT
from records.actions import add_records
from records.keptcolumns import KeptColumns
from records.models import Record
from records.types import RecordDraft
from tests.factories.records import conversation
from tests.pages import FRAME


@pytest.fixture
def few(dataset: Dataset, author: Author) -> list[Record]:
    long = "ü" * 3 * CUT
    drafts = [
        RecordDraft(
            payload=conversation("One", "1"), meta={"lang": "de", "a": {"b": 7}, "a,b": "x<y"}, key="K-1"
        ),
        RecordDraft(
            payload=conversation("Two, longer", "2" * 100), meta={"lang": ["de", "en"], "note": long}
        ),
        RecordDraft(payload=conversation("Three", "3" * 50), meta={"lang": None}, tags=("gold", "new")),
    ]
    return add_records(dataset, drafts, author=author)


def _url(dataset: Dataset, **query: str) -> str:
    path = reverse("records:record_list", args=[dataset.id])
    return f"{path}?{urlencode(query)}" if query else path


def _cells(response: Any, at: int = 0) -> list[str]:
    return [row.cells[at].html for row in response.context["listing"].rows]


def _heads(response: Any) -> list[str]:
    return [head.column.name for head in response.context["grid_menu"].heads]


def test_the_address_says_which_columns_are_shown_and_in_which_order(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    response = alice_client.get(_url(dataset, cols="key,meta.lang,status"))
    assert _heads(response) == ["key", "meta.lang", "status"]
    assert _cells(response) == ["K-1", "", ""]
    assert _cells(response, 1) == ["de", "de, en", ""]
    assert response.context["next_url"] == ""
    assert "cols=key,meta.lang,status&amp;record=" in response.content.decode()


def test_of_a_row_only_what_is_shown_is_read(
    alice_client: Client,
    dataset: Dataset,
    few: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(FRAME + 4) as queries:  # Dataset, suggestions, imports, rows.
        alice_client.get(_url(dataset, cols="tokens,meta.lang,meta.a.b,id"))
    (rows,) = [one["sql"] for one in queries.captured_queries if '"preview"' in one["sql"]]
    read = set(re.findall(r'"records_record"\."(\w+)"', rows.split(" FROM ")[0]))
    assert read == {"id", "preview", "tokens", "meta"}
    assert '"meta", "' not in rows


def test_meta_is_shown_by_key_or_path_and_cut_when_it_is_long(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    response = alice_client.get(_url(dataset, cols="meta.a.b,meta.a%2Cb,meta.note,meta.nothing"))
    assert _heads(response) == ["meta.a.b", "meta.a,b", "meta.note", "meta.nothing"]
    assert _cells(response, 0) == ["7", "", ""]
    assert "x&lt;y" in response.content.decode()
    assert _cells(response, 2)[1] == "ü" * CUT + "…"
    assert _cells(response, 3) == ["", "", ""]


def test_every_column_can_be_shown(alice_client: Client, dataset: Dataset, few: list[Record]) -> None:
    registry = alice_client.get(_url(dataset)).context["grid"].registry
    response = alice_client.get(_url(dataset, cols=",".join(registry.columns)))
    assert _heads(response) == list(registry.columns)
    assert _cells(response, _heads(response).index("id")) == [str(record.id) for record in few]


def test_the_menu_offers_the_meta_keys_that_occur_and_moves_columns_without_script(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    response = alice_client.get(_url(dataset, cols="key,status", status="new"))
    menu = response.context["grid_menu"]
    assert {"meta.lang", "meta.note", "meta.a,b"} < {choice.column.name for choice in menu.others}
    assert menu.shown[0].right_url == _url(dataset) + "?status=new&cols=status,key"
    assert (menu.shown[0].left_url, menu.shown[1].right_url) == ("", "")
    page = response.content.decode()
    assert '<input type="hidden" name="status" value="new">' in page
    assert 'name="cols" value="meta.a%2Cb"' in page


def test_what_the_menus_form_sends_becomes_one_readable_address(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    sent = {
        "status": "new",
        "sort": "-tokens",
        "cols": ["preview", "key", "meta.lang", ""],
        "record": few[0].id,
    }
    response = alice_client.get(f"{_url(dataset)}?{urlencode(sent, doseq=True)}")
    assert response.headers["Location"] == (
        f"{_url(dataset)}?status=new&cols=key,meta.lang&sort=-tokens&record={few[0].id}"
    )


def test_a_head_leads_to_the_list_sorted_by_it_and_says_how_it_is_sorted(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    first = alice_client.get(_url(dataset, q="o*"))
    heads = {head.column.name: head for head in first.context["grid_menu"].heads}
    assert heads["tokens"].sort_url == f"{_url(dataset)}?q=o%2A&sort=-tokens"
    assert (heads["origin"].sort_url, heads["created"].direction) == ("", "ascending")
    longest = alice_client.get(_url(dataset, sort="-tokens"))
    assert [row.record.id for row in longest.context["listing"].rows] == [few[1].id, few[2].id, few[0].id]
    assert 'aria-sort="descending"' in longest.content.decode()


def test_the_open_record_has_the_neighbors_of_the_sorted_list(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    reading = alice_client.get(_url(dataset, sort="-tokens", record=str(few[2].id))).context["reading"]
    assert (reading.previous_id, reading.next_id) == (few[1].id, few[0].id)


def test_a_list_drawn_in_other_columns_does_not_read_the_record_beside_it(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    response = alice_client.get(
        _url(dataset, cols="key", record=str(few[2].id)),
        headers={"HX-Request": "true", "HX-Target": "desk-list"},
    )
    assert "reading" not in response.context


def test_names_that_are_no_columns_are_said(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    page = alice_client.get(_url(dataset, cols="key,color", sort="size")).content.decode()
    assert "color is not a column, ignored" in page
    assert "sort=size is not a column, ignored" in page


def test_a_cursor_of_another_order_gets_a_sentence(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    response = alice_client.get(_url(dataset, sort="tokens", after="AZqT-GDycXKwh5UNbqs4kw"))
    assert response.status_code == 422
    assert "sorted in another way now" in response.content.decode()


def test_columns_are_kept_for_one_person_and_one_dataset(
    alice_client: Client, bob_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    keep = reverse("records:record_columns_keep", args=[dataset.id])
    assert alice_client.post(keep, {"cols": "key,meta.lang"}).headers["Location"] == _url(dataset)
    assert _heads(alice_client.get(_url(dataset))) == ["key", "meta.lang"]
    assert _heads(alice_client.get(_url(dataset, cols="id"))) == ["id"]
    assert _heads(bob_client.get(_url(dataset)))[0] == "status"
    alice_client.post(keep, {"cols": "preview"})
    assert _heads(alice_client.get(_url(dataset))) == []


def test_keeping_the_usual_columns_keeps_none(alice_client: Client, alice: User, dataset: Dataset) -> None:
    keep = reverse("records:record_columns_keep", args=[dataset.id])
    alice_client.post(keep, {"cols": "key"})
    alice_client.post(keep, {"cols": "status,tags,turns,tokens,origin,created"})
    assert not KeptColumns.objects.of_list(alice, dataset.id).exists()


def test_columns_of_the_datasets_of_others_are_not_kept(charlie_client: Client, dataset: Dataset) -> None:
    keep = reverse("records:record_columns_keep", args=[dataset.id])
    assert charlie_client.post(keep, {"cols": "key"}).status_code == 404
    assert not KeptColumns.objects.exists()


def test_only_what_is_fetched_ahead_stays_in_the_readers_browser(
    alice_client: Client, dataset: Dataset, few: list[Record]
) -> None:
    ahead = {"HX-Request": "true", "Purpose": "prefetch"}
    panel = reverse("records:record_panel", args=[dataset.id, few[0].id])
    for url in (_url(dataset), panel):
        kept = alice_client.get(url, headers=ahead)
        assert kept.headers["Cache-Control"] == "private, max-age=60"
        assert {"HX-Request", "Cookie"} <= set(kept.headers["Vary"].split(", "))
        assert "Cache-Control" not in alice_client.get(url, headers={"HX-Request": "true"}).headers
    assert "Cache-Control" not in alice_client.get(_url(dataset, tokens="x"), headers=ahead).headers
