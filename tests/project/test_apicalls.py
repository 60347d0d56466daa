"""The calls that a page offers are made as they are printed, and bring what the page shows."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.ids import new_id
from records.actions import add_records
from records.models import Record
from records.types import RecordDraft
from tests.factories.threads import keep_logs

METAS: Sequence[dict[str, Any]] = (
    {"lang": "de", "stars": 5},
    {"lang": "de", "stars": 4, "city": "Zürich's"},
    {"lang": "fr", "stars": 5},
    {},
)
PLACE = {"Mistral": 0, "ChatBotKit": 1, "Keywords AI": 2}


@pytest.fixture
def talks(dataset: Dataset, author: Author) -> list[Record]:
    """Texts with different meta; the first is approved."""
    drafts = [
        RecordDraft(text=f"Text {place}", meta=meta, status="approved" if not place else "new")
        for place, meta in enumerate(METAS)
    ]
    return add_records(dataset, drafts, author=author)


def _url(dataset: Dataset, page: str, query: str = "") -> str:
    return f"{reverse('dataset_calls', args=[dataset.id, page])}?{query}"


def _said(client: Client, url: str, dialect: str) -> Any:
    """What the page draws for one dialect."""
    page = client.get(url)
    assert page.status_code == 200
    return page.context["dialects"][PLACE[dialect]]


def _make(curl: str, secret: str) -> Any:
    """The answer to the call, read from the shell's line as a shell reads it."""
    words = shlex.split(curl.replace("\\\n", ""))
    assert words[0] == "curl"
    given = {flag: words[words.index(flag) + 1] for flag in ("-X", "-d") if flag in words}
    address = next(urlsplit(word) for word in words if word.startswith("http"))
    headers = dict(word.split(": ", 1) for flag, word in pairwise(words) if flag == "-H")
    assert headers["Authorization"] == "Bearer $WINNOW_API_KEY"
    answer = Client().generic(
        given.get("-X", "GET"),
        f"{address.path}?{address.query}" if address.query else address.path,
        given.get("-d", ""),
        content_type=headers.get("Content-Type", "application/json"),
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code < 300, answer.content
    return json.loads(answer.content) if answer.content else None


def _shown(client: Client, dataset: Dataset, query: str) -> set[UUID]:
    page = client.get(f"{reverse('records:record_list', args=[dataset.id])}?{query}")
    return {row.record.pk for row in page.context["listing"].rows}


def _ids(rows: Sequence[dict[str, Any]]) -> set[UUID]:
    return {UUID(row["id"]) for row in rows}


@pytest.mark.parametrize(
    "query", ["", "meta.lang=de", "meta.stars=5&meta.lang=de", "meta.city=Z%C3%BCrich%27s"]
)
def test_chatbotkits_call_brings_what_the_filter_shows(
    alice_client: Client, alice_key: str, dataset: Dataset, talks: list[Record], query: str
) -> None:
    said = _said(alice_client, _url(dataset, "records", query), "ChatBotKit")
    assert _ids(_make(said.curl, alice_key)["items"]) == _shown(alice_client, dataset, query) != set()
    assert not said.notes


@pytest.mark.parametrize(
    "query",
    [
        "",
        "meta.lang=de",
        "meta.lang=de&meta.lang=fr",
        "meta.stars=5&meta.lang=de",
        "meta.city=Z%C3%BCrich%27s",
    ],
)
def test_keywords_ais_call_brings_what_the_filter_shows(
    alice_client: Client, alice_key: str, dataset: Dataset, talks: list[Record], query: str
) -> None:
    said = _said(alice_client, _url(dataset, "records", query), "Keywords AI")
    assert _ids(_make(said.curl, alice_key)["results"]) == _shown(alice_client, dataset, query) != set()
    assert not said.notes


def test_mistrals_call_brings_all_and_says_so(
    alice_client: Client, alice_key: str, dataset: Dataset, talks: list[Record]
) -> None:
    said = _said(alice_client, _url(dataset, "records", "meta.lang=de"), "Mistral")
    found = _make(said.curl, alice_key)["records"]["results"]
    assert _ids(found) == {record.pk for record in talks}
    assert said.notes == ("This call has no filter: it brings all records of the dataset.",)


def test_what_a_dialect_cannot_say_is_left_out_and_told(
    alice_client: Client, alice_key: str, dataset: Dataset, talks: list[Record]
) -> None:
    url = _url(dataset, "records", "status=approved&meta.lang=de&-meta.city=Rome")
    said = _said(alice_client, url, "ChatBotKit")
    assert len(_make(said.curl, alice_key)["items"]) == 2
    [note] = said.notes
    assert "Status is Approved; meta.city is not Rome" in note


@pytest.mark.parametrize(
    "query",
    [
        "",
        "model=small&model=large",
        "model=large&cost=0.5..2",
        "cost:gte=1&-model=tiny",
        "meta.lang=de",
        "error_message:contains=time",
        "latency=1..",
    ],
)
@pytest.mark.parametrize(("dialect", "key"), [("Mistral", "completion_events"), ("Keywords AI", "")])
def test_calls_for_logs_bring_what_the_filter_shows(
    alice_client: Client, alice_key: str, workspace: Workspace, query: str, dialect: str, key: str
) -> None:
    for number, model in enumerate(("tiny", "small", "large")):
        keep_logs(workspace, model=model, cost=number, latency=number, meta={"lang": "de"})
    keep_logs(workspace, model="large", error_message="timeout")
    said = _said(alice_client, f"{reverse('log_calls')}?{query}", dialect)
    assert not said.notes
    answer = _make(said.curl, alice_key)
    found = answer[key]["results"] if key else answer["results"]
    page = alice_client.get(f"{reverse('threads:log_list')}?{query}")
    shown = {row.id for row in page.context["rows"]}
    assert {str(UUID(row.get("event_id") or row["id"])) for row in found} == shown != set()


def test_a_fixed_time_is_part_of_the_call(alice_client: Client, alice_key: str, workspace: Workspace) -> None:
    keep_logs(workspace)
    url = f"{reverse('log_calls')}?from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z"
    assert _make(_said(alice_client, url, "Mistral").curl, alice_key)["completion_events"]["results"] == []
    assert _make(_said(alice_client, url, "Keywords AI").curl, alice_key)["results"] == []


@pytest.mark.parametrize("page", ["record", "export", "search", "change"])
@pytest.mark.parametrize("task", ["", "meta", "plain", "transfer"])
def test_every_call_is_taken_by_its_dialect(
    alice_client: Client, alice_key: str, dataset: Dataset, talks: list[Record], page: str, task: str
) -> None:
    query = f"task={task}&record={talks[0].pk}&q=Text"
    for said in [_said(alice_client, _url(dataset, page, query), dialect) for dialect in PLACE]:
        assert said.curl or said.notes
        if said.curl and not (task == "plain" and said.name != "Mistral"):  # What is deleted once is gone.
            _make(said.curl, alice_key)
            assert str(dataset.pk) in said.code or str(talks[0].pk) in said.code


def test_python_that_is_shown_is_python(alice_client: Client, dataset: Dataset, talks: list[Record]) -> None:
    query = f"meta.lang=de&meta.city=%27%22%7D&task=meta&record={talks[0].pk}&record={talks[1].pk}"
    urls = [_url(dataset, page, query) for page in ("records", "record", "export", "change")]
    for url in [*urls, f"{reverse('log_calls')}?model=a%22b%27&cost=1..2", reverse("datasets_calls")]:
        for dialect in ("Mistral", "Keywords AI"):
            compile(_said(alice_client, url, dialect).code, "call", "exec")


def test_the_panel_has_the_real_address_and_copies(
    alice_client: Client, dataset: Dataset, talks: list[Record]
) -> None:
    page = alice_client.get(_url(dataset, "record", f"record={talks[0].pk}"), headers={"HX-Request": "true"})
    text = unescape(page.content.decode())
    assert "<html" not in text
    assert f"http://testserver/v1/observability/dataset-records/{talks[0].pk}" in text
    assert len(re.findall("data-copy-from", text)) == 6


def test_calls_of_what_is_not_there_are_not_there(
    alice_client: Client, charlie_client: Client, dataset: Dataset, talks: list[Record]
) -> None:
    assert charlie_client.get(_url(dataset, "records")).status_code == 404
    assert alice_client.get(_url(dataset, "nothing")).status_code == 404
    assert alice_client.get(_url(dataset, "record", f"record={new_id()}")).status_code == 404
    assert charlie_client.get(f"{reverse('log_calls')}?log={new_id()}").status_code == 404


def test_a_change_of_all_that_match_is_shown_for_one_of_them(
    alice_client: Client, dataset: Dataset, talks: list[Record]
) -> None:
    said = _said(alice_client, _url(dataset, "change", "task=meta&meta.lang=de"), "Mistral")
    assert str(talks[1].pk) in said.curl


def test_the_list_leads_to_its_export_and_says_what_no_dialect_exports(
    alice_client: Client, dataset: Dataset, talks: list[Record]
) -> None:
    page = alice_client.get(_url(dataset, "records", "meta.lang=de"))
    assert page.context["also"][1] == _url(dataset, "export", "meta.lang=de")
    assert (
        "ticked one by one"
        in alice_client.get(_url(dataset, "export", f"record={talks[0].pk}")).context["note"]
    )
