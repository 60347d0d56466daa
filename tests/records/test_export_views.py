from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Event
from datasets.snapshots import create_snapshot
from project.accounts.types import Author
from project.lib.filters import Group
from records import exporting
from records.actions import add_records, replace_text, set_status, trash_records
from records.exporting import export_jsonl, export_selection
from records.manifests import MAX_KEPT_IDS
from records.models import Record
from records.selections import SelectedThen, Selection
from tests.factories.records import TextDraftFactory
from tests.pages import HTMX


def _url(name: str, dataset: Dataset, *args: object) -> str:
    return reverse(f"records:{name}", args=[dataset.id, *args])


def _bytes(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def _texts(raw: bytes) -> list[str]:
    return [json.loads(line)["text"] for line in raw.splitlines()]


def _last_export(dataset: Dataset) -> Event:
    return Event.objects.about(dataset).filter(type="export.records").latest("id")


@pytest.fixture
def three(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, TextDraftFactory.create_batch(3), author=author)


def _disturb(dataset: Dataset, records: list[Record], author: Author) -> None:
    replace_text(records[0], "Rewritten since", author=author)
    set_status(dataset, [record.id for record in records], "flagged", author=author)
    trash_records(dataset, [records[1].id], author=author)
    add_records(dataset, TextDraftFactory.create_batch(1), author=author)


def test_the_ticked_are_exported_after_the_format_was_asked_for(
    alice_client: Client, dataset: Dataset, three: list[Record]
) -> None:
    ticked = {"id": [str(three[0].id), str(three[2].id)]}
    asked = alice_client.post(_url("selection_export", dataset), ticked, headers=HTMX)
    assert "Download 2 records" in asked.content.decode()
    sent = alice_client.post(_url("selection_export", dataset), {**ticked, "format": "jsonl"})
    assert _texts(_bytes(sent)) == [three[0].text, three[2].text]
    assert sent.headers["Content-Disposition"] == 'attachment; filename="support-selected.jsonl"'
    assert sent.headers["Cache-Control"] == "no-store"


def test_all_that_matched_are_exported_as_they_were_shown(
    alice_client: Client, dataset: Dataset, three: list[Record], author: Author
) -> None:
    """Whoever changed, trashed or added something after the page was drawn changes nothing in the file."""
    chosen = {
        "scope": "all",
        "filter": "status=new",
        "revision": "1",
        "except": str(three[2].id),
        "format": "jsonl",
    }
    before = _bytes(alice_client.post(_url("selection_export", dataset), chosen))
    _disturb(dataset, three, author)
    after = _bytes(alice_client.post(_url("selection_export", dataset), chosen))
    assert after == before
    assert _texts(after) == [three[0].text, three[1].text]


@pytest.mark.parametrize("number", [1, None])
def test_an_export_leaves_piece_by_piece(
    dataset: Dataset, three: list[Record], monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    """Before the last record is read the first is on its way, so nothing waits for the whole, nor holds it."""
    monkeypatch.setattr(exporting, "CHUNK_BYTES", 1)
    pieces = [len(piece.splitlines()) for piece in export_jsonl(dataset, number=number)]
    selected = SelectedThen(dataset, Selection(Group(), 1, exclusions=(three[0].id,)))
    assert (pieces, len(list(export_selection(selected)))) == ([1, 1, 1], 2)


@pytest.mark.parametrize("what", ["matching", "whole", "snapshot", "ticked"])
def test_every_export_leaves_a_manifest_by_which_it_is_made_again(
    alice_client: Client, dataset: Dataset, three: list[Record], author: Author, what: str
) -> None:
    made = create_snapshot(dataset, name="v1", author=author)
    export = _url("record_export", dataset)
    ask = {
        "matching": lambda: alice_client.get(export, {"status": "new", "format": "chat"}),
        "whole": lambda: alice_client.get(export),
        "snapshot": lambda: alice_client.get(_url("snapshot_export", dataset, made.id)),
        "ticked": lambda: alice_client.post(
            _url("selection_export", dataset), {"id": str(three[0].id), "format": "csv"}
        ),
    }
    response = ask[what]()
    raw = _bytes(response)
    event = _last_export(dataset)
    manifest = json.loads(alice_client.get(_url("export_manifest", dataset, event.id)).content)
    assert manifest["sha256"] == hashlib.sha256(raw).hexdigest()
    assert (manifest["bytes"], manifest["revision"]) == (len(raw), 1)
    assert manifest["records"] == (1 if what == "ticked" else 3)
    _disturb(dataset, three, author)
    again = alice_client.get(_url("export_repeat", dataset, event.id))
    assert _bytes(again) == raw
    assert again.headers["Content-Disposition"] == response.headers["Content-Disposition"]


def test_what_the_filter_shows_is_exported_at_the_revision_that_is_said(
    alice_client: Client, dataset: Dataset, three: list[Record], author: Author
) -> None:
    set_status(dataset, [three[1].id], "flagged", author=author)
    raw = _bytes(alice_client.get(_url("record_export", dataset), {"status": "flagged"}))
    assert _texts(raw) == [three[1].text]
    meta = _last_export(dataset).meta
    assert (meta["revision"], meta["records"], meta["filter"]) == (2, 1, "Status is Flagged")


def test_a_snapshot_is_exported_by_a_filter_of_then(
    alice_client: Client, dataset: Dataset, three: list[Record], author: Author
) -> None:
    made = create_snapshot(dataset, name="v1", author=author)
    _disturb(dataset, three, author)
    raw = _bytes(alice_client.get(_url("snapshot_export", dataset, made.id), {"status": "new"}))
    assert raw == b"".join(export_jsonl(dataset, number=1))


def test_the_activity_lists_exports_with_their_manifests(
    alice_client: Client, dataset: Dataset, three: list[Record]
) -> None:
    _bytes(alice_client.get(_url("record_export", dataset)))
    address = reverse("datasets:dataset_activity", args=[dataset.id])
    page = alice_client.get(address, {"kind": "exports"}).content.decode()
    event = _last_export(dataset)
    assert "Exported: 3 records" in page
    assert _url("export_manifest", dataset, event.id) in page
    assert _url("export_repeat", dataset, event.id) in page


def test_of_very_many_ticks_the_manifest_says_what_it_does_not_keep(
    alice_client: Client, dataset: Dataset, three: list[Record]
) -> None:
    many = ",".join([str(three[0].id), *(f"00000000-0000-7000-8000-{n:012d}" for n in range(MAX_KEPT_IDS))])
    _bytes(alice_client.post(_url("selection_export", dataset), {"also": many, "format": "jsonl"}))
    event = _last_export(dataset)
    assert event.meta["records"] == 1
    refused = alice_client.get(_url("export_repeat", dataset, event.id))
    assert refused.status_code == 409
    assert "select them again" in refused.content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"format": "xlsx"}, "There is no format"),
        ({"tokens": "many"}, "tokens takes a number or a range"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_the_first_byte(
    alice_client: Client, dataset: Dataset, three: list[Record], said: dict[str, str], sentence: str
) -> None:
    response = alice_client.get(_url("record_export", dataset), said)
    assert response.status_code == 400
    assert sentence in response.content.decode()


def test_a_selection_of_nothing_is_refused(alice_client: Client, dataset: Dataset) -> None:
    response = alice_client.post(_url("selection_export", dataset), {"format": "jsonl"})
    assert response.status_code == 400
    assert "tick at least one" in response.content.decode()


def test_viewers_export_and_strangers_find_nothing(
    viewer_client: Client, charlie_client: Client, dataset: Dataset, three: list[Record], author: Author
) -> None:
    made = create_snapshot(dataset, name="v1", author=author)
    assert len(_texts(_bytes(viewer_client.get(_url("record_export", dataset))))) == 3
    event = _last_export(dataset)
    for address in (
        _url("record_export", dataset),
        _url("snapshot_export", dataset, made.id),
        _url("export_manifest", dataset, event.id),
        _url("export_repeat", dataset, event.id),
    ):
        assert charlie_client.get(address).status_code == 404
    ticked = {"id": [str(three[0].id)], "format": "jsonl"}
    assert charlie_client.post(_url("selection_export", dataset), ticked).status_code == 404


def test_no_other_event_is_an_export(alice_client: Client, dataset: Dataset, three: list[Record]) -> None:
    other = Event.objects.about(dataset).exclude(type="export.records").latest("id")
    assert alice_client.get(_url("export_manifest", dataset, other.id)).status_code == 404
