from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from datasets.models import Dataset, Job
from project.accounts.types import Author
from project.lib.ids import new_id
from records.actions import add_records
from records.models import Record
from records.types import RecordDraft
from tests.embeddings_server import EmbeddingsServer, running_server
from tests.factories.datasets import JobFactory
from tests.factories.records import conversation
from tests.pages import HTMX, html_of


@pytest.fixture
def found(dataset: Dataset, author: Author) -> list[Record]:
    drafts = [
        RecordDraft(
            text="I would like my money back for the broken lamp.", tags=("money",), meta={"lang": "en"}
        ),
        RecordDraft(text="How do I reset my password?", status="flagged", meta={"lang": "en"}),
        RecordDraft(payload=conversation("Wo ist mein Paket?", "Unterwegs."), meta={"lang": "de"}),
    ]
    return add_records(dataset, drafts, author=author)


@pytest.fixture
def remote(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as server:
        settings.EMBEDDINGS_URL, settings.EMBEDDINGS_MODEL = server.url, "topics"
        yield server


def _url(dataset: Dataset, **query: object) -> str:
    path = reverse("records:record_search", args=[dataset.id])
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _shown(response: Any) -> list[Record]:
    return [row.record for row in response.context["rows"]]


def test_the_page_explains_itself_before_anything_is_asked(alice_client: Client, dataset: Dataset) -> None:
    response = alice_client.get(_url(dataset))
    assert response.status_code == 200
    assert "In your own words" in html_of(response)
    assert "rows" not in response.context


def test_meaning_finds_other_words_and_shows_scores(
    alice_client: Client, dataset: Dataset, found: list[Record]
) -> None:
    response = alice_client.get(_url(dataset, q="refund", mode="meaning"))
    assert _shown(response)[0] == found[0]
    score = response.context["rows"][0].score
    assert 0 < float(score) <= 1
    assert f">{score}</span>" in html_of(response)


def test_found_words_are_marked(alice_client: Client, dataset: Dataset, found: list[Record]) -> None:
    response = alice_client.get(_url(dataset, q="password", mode="words"))
    assert _shown(response) == [found[1]]
    assert "reset my <mark>password</mark>?" in html_of(response)


def test_a_word_deep_in_a_long_text_is_shown_with_what_stands_around_it(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    add_records(dataset, [RecordDraft(text="before " * 300 + "needle" + " after" * 300)], author=author)
    page = html_of(alice_client.get(_url(dataset, q="needle", mode="words")))
    assert "before <mark>needle</mark> after" in page
    assert page.count("before") < 100


def test_the_filter_of_the_address_restricts_what_is_found(
    alice_client: Client, dataset: Dataset, found: list[Record]
) -> None:
    response = alice_client.get(_url(dataset, q="refund", status="flagged"))
    assert _shown(response) == [found[1]]
    german = alice_client.get(_url(dataset, q="refund", **{"meta.lang": "de"}))
    assert _shown(german) == [found[2]]
    assert "meta.lang: de" in html_of(german)


def test_empty_fields_of_the_form_are_left_out_of_the_address(
    alice_client: Client, dataset: Dataset, found: list[Record]
) -> None:
    sent = {"q": "lamp", "mode": "words", "field": "meta.lang", "comparison": "is", "value": "en"}
    response = alice_client.get(_url(dataset, **sent))
    assert response.status_code == 302
    assert response["Location"] == _url(dataset, q="lamp", mode="words", **{"meta.lang": "en"})


def test_similar_records_are_found_from_a_record(
    alice_client: Client, dataset: Dataset, found: list[Record]
) -> None:
    page = html_of(alice_client.get(reverse("records:record_panel", args=[dataset.id, found[0].id])))
    assert f'href="{_url(dataset, like=found[0].id)}"' in page
    response = alice_client.get(_url(dataset, like=found[0].id))
    assert set(_shown(response)) == set(found[1:])
    filtered = alice_client.get(_url(dataset, like=found[0].id, status="flagged"))
    assert _shown(filtered) == [found[1]]


def test_a_record_that_is_gone_has_no_similar_ones(alice_client: Client, dataset: Dataset) -> None:
    assert alice_client.get(_url(dataset, like=new_id())).status_code == 200
    assert alice_client.get(_url(dataset, like="nonsense")).status_code == 200


def test_nothing_found_says_what_to_do(alice_client: Client, dataset: Dataset, found: list[Record]) -> None:
    assert "Search by meaning" in html_of(alice_client.get(_url(dataset, q="unheard", mode="words")))
    filtered = html_of(alice_client.get(_url(dataset, q="lamp", status="rejected")))
    assert "Take away a condition" in filtered


def test_more_can_be_shown(alice_client: Client, dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text=f"lamp {number}") for number in range(30)], author=author)
    response = alice_client.get(_url(dataset, q="lamp"))
    assert len(_shown(response)) == 20
    assert "q=lamp&amp;top=100" in html_of(response)
    assert len(_shown(alice_client.get(_url(dataset, q="lamp", top=100)))) == 30


def test_htmx_gets_the_desk_alone(alice_client: Client, dataset: Dataset, found: list[Record]) -> None:
    response = alice_client.get(_url(dataset, q="lamp"), headers=HTMX)
    assert "<html" not in response.content.decode()
    assert _shown(response)[0] == found[0]


@pytest.mark.parametrize("query", [{"tokens": "many"}, {"status": "flagged", "tokens": "x..y"}])
def test_a_filter_that_cannot_be_is_one_sentence(
    alice_client: Client, dataset: Dataset, found: list[Record], query: dict[str, str]
) -> None:
    response = alice_client.get(_url(dataset, q="lamp", **query))
    assert response.status_code == 422
    assert "such as 500..2000" in html_of(response)


@pytest.mark.parametrize(
    "text", ["\x00", "🦆 \ufffd", "<script>alert(1)</script>", "' OR 1=1 --", "\u202eabc"]
)
@pytest.mark.parametrize("mode", ["both", "meaning", "words", "smell"])
def test_any_text_can_be_asked_for(
    alice_client: Client, dataset: Dataset, found: list[Record], text: str, mode: str
) -> None:
    response = alice_client.get(_url(dataset, q=text, mode=mode))
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_a_stranger_finds_neither_the_page_nor_records(
    charlie_client: Client, dataset: Dataset, found: list[Record], stranger_dataset: Dataset
) -> None:
    assert charlie_client.get(_url(dataset, q="lamp")).status_code == 404
    foreign = charlie_client.get(_url(stranger_dataset, like=found[0].id))
    assert "money back" not in html_of(foreign)


def test_a_viewer_may_search(viewer_client: Client, dataset: Dataset, found: list[Record]) -> None:
    assert _shown(viewer_client.get(_url(dataset, q="lamp")))[0] == found[0]


def test_while_the_address_is_away_the_page_says_so_and_offers_words(
    alice_client: Client, remote: EmbeddingsServer, dataset: Dataset, found: list[Record]
) -> None:
    remote.status = 503
    page = html_of(alice_client.get(_url(dataset, q="lamp", mode="meaning")))
    assert "Search by words works." in page
    assert f'href="{reverse("records:record_search", args=[dataset.id])}?q=lamp&amp;mode=words"' in page
    both = alice_client.get(_url(dataset, q="lamp"))
    assert _shown(both) == [found[0]]
    assert "found by words alone" in html_of(both)


def test_records_that_wait_for_their_vector_are_told_of(
    alice_client: Client, remote: EmbeddingsServer, dataset: Dataset, author: Author, settings: Settings
) -> None:
    remote.status = 503
    add_records(dataset, [RecordDraft(text="a refund")], author=author)
    remote.status, settings.EMBEDDINGS_KEY = 200, "another"
    page = html_of(alice_client.get(_url(dataset, q="lamp", mode="meaning")))
    assert "1 record is not found by meaning yet" in page


def test_an_import_that_is_being_embedded_is_told_of(
    alice_client: Client, dataset: Dataset, found: list[Record]
) -> None:
    JobFactory.create(
        workspace=dataset.workspace,
        dataset=dataset,
        created_by=dataset.owner,
        status=Job.Status.RUNNING,
        phase="Embedding",
        result={"published": True},
    )
    assert "still being embedded" in html_of(alice_client.get(_url(dataset, q="lamp")))
    notice = html_of(alice_client.get(reverse("records:record_list", args=[dataset.id])))
    assert "search by meaning may still miss some" in notice
