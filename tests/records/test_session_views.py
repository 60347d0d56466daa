from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from records.actions import add_records, replace_text
from records.models import Record
from records.types import RecordDraft
from records.versions import content_version, details_version
from tests.factories.records import conversation
from tests.pages import text_of


def _url(name: str, dataset: Dataset, *args: object) -> str:
    return reverse(f"records:{name}", args=[dataset.id, *args])


def _edit(path: str, **fields: str) -> dict[str, Any]:
    return {"path": path, "fields": [[name, value] for name, value in fields.items()]}


@pytest.fixture
def record(dataset: Dataset, author: Author) -> Record:
    [made] = add_records(dataset, [RecordDraft(text="a text", meta={"lang": "de"})], author=author)
    return made


@pytest.fixture
def said(dataset: Dataset, record: Record) -> str:
    """A text and a table of meta, as the browser keeps them."""
    text = _edit(_url("text_edit", dataset, record.id), version=content_version(record), text="mended")
    details = _edit(
        _url("details_edit", dataset, record.id),
        version=details_version(record),
        was="lang",
        key="lang",
        kind="text",
        value="en",
        source="",
    )
    return json.dumps([text, details])


def test_a_session_is_reviewed_before_anything_is_written(
    bob_client: Client, dataset: Dataset, record: Record, said: str
) -> None:
    response = bob_client.post(_url("session_review", dataset), {"edits": said})
    page = response.content.decode()
    assert "Review 2 edits" in text_of(response)
    assert "Save 1 record as one revision" in text_of(response)
    assert '<ins class="diff diff--ins">mended</ins>' in page
    assert Record.objects.get(pk=record.pk).text == "a text"


def test_a_session_is_saved_and_names_the_drafts_that_are_done_with(
    bob_client: Client, dataset: Dataset, record: Record, said: str
) -> None:
    response = bob_client.post(_url("session_save", dataset), {"edits": said, "message": "typos"})
    paths = [_url(name, dataset, record.id) for name in ("text_edit", "details_edit")]
    assert f'data-session-saved="{" ".join(paths)}"' in response.content.decode()
    assert "Saved 2 edits in 1 record" in text_of(response)
    fresh = Record.objects.get(pk=record.pk)
    assert (fresh.text, fresh.meta) == ("mended", {"lang": "en"})
    revision = Revision.objects.get(dataset=dataset, number=2)
    assert (revision.note, revision.user and revision.user.name) == ("typos", "Bob")


def test_a_clash_is_shown_and_its_drafts_stay(
    bob_client: Client, dataset: Dataset, record: Record, said: str, author: Author
) -> None:
    replace_text(record, "theirs", author=author)
    for name, status in (("session_review", 200), ("session_save", 409)):
        response = bob_client.post(_url(name, dataset), {"edits": said})
        page = text_of(response)
        assert response.status_code == status
        assert "Nothing is lost" in page
        assert "theirs" in page
    assert 'data-session-saved=""' in response.content.decode()
    assert Record.objects.get(pk=record.pk).text == "theirs"


def test_turns_are_put_together_by_record(bob_client: Client, dataset: Dataset, author: Author) -> None:
    [made] = add_records(dataset, [RecordDraft(payload=conversation("hello", "hi"))], author=author)
    version = content_version(made)
    edits = []
    for number in (1, 2):
        path = _url("turn_edit", dataset, made.id, number)
        shown = bob_client.get(path, headers={"HX-Request": "true"}).content.decode()
        mark = re.search(r'name="mark" value="(\w+)"', shown)
        assert mark
        edits.append(_edit(path, version=version, mark=mark[1], role="user", text=f"turn {number}"))
    edits.append(_edit(_url("turn_add", dataset, made.id, 2), version=version, role="user", text="more"))
    bob_client.post(_url("session_save", dataset), {"edits": json.dumps(edits)})
    fresh = Record.objects.get(pk=made.pk)
    assert [message["content"] for message in fresh.as_payload["messages"]] == ["turn 1", "turn 2", "more"]
    assert dataset.revisions.count() == 2


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "{}",
        "[1]",
        '[{"path": 1, "fields": []}]',
        '[{"path": "/nowhere/", "fields": []}]',
        '[{"path": "/app/datasets/", "fields": [[1, 2]]}]',
        '[{"path": "/app/datasets/", "fields": []}]',
        "[]",
    ],
)
def test_what_is_no_session_is_refused_with_a_sentence(
    bob_client: Client, dataset: Dataset, broken: str
) -> None:
    for name in ("session_review", "session_save"):
        response = bob_client.post(_url(name, dataset), {"edits": broken})
        assert response.status_code == 400
        assert 'role="alert"' in response.content.decode()


def test_edits_of_another_dataset_are_refused(
    charlie_client: Client, stranger_dataset: Dataset, dataset: Dataset, said: str
) -> None:
    refused = charlie_client.post(_url("session_save", stranger_dataset), {"edits": said})
    assert refused.status_code == 400
    assert "another dataset" in text_of(refused)
    assert charlie_client.post(_url("session_save", dataset), {"edits": said}).status_code == 404


def test_who_may_not_edit_saves_no_session(
    viewer_client: Client, dataset: Dataset, record: Record, said: str
) -> None:
    assert viewer_client.post(_url("session_save", dataset), {"edits": said}).status_code == 403
    assert Record.objects.get(pk=record.pk).text == "a text"


def test_a_message_that_is_too_long_is_refused_before_anything_is_written(
    bob_client: Client, dataset: Dataset, record: Record, said: str
) -> None:
    response = bob_client.post(_url("session_save", dataset), {"edits": said, "message": "x" * 256})
    assert response.status_code == 422
    assert Record.objects.get(pk=record.pk).text == "a text"
