from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Snapshot
from datasets.snapshots import create_snapshot
from project.accounts.types import Author
from records.actions import add_records, replace_text, restore_records, set_status, trash_records
from records.models import Record
from records.snapshot_views import PAGE_SIZE
from tests.factories.records import TextDraftFactory
from tests.pages import text_of


def _url(name: str, dataset: Dataset, *args: object) -> str:
    return reverse(f"records:{name}", args=[dataset.id, *args])


def _bytes(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def _compared(response: Any) -> list[Record]:
    return [record for record, _ in response.context["records"]]


@pytest.fixture
def three(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, TextDraftFactory.create_batch(3), author=author)


@pytest.fixture
def snapshot(dataset: Dataset, three: list[Record], author: Author) -> Snapshot:
    """Of revision 1; after it one record is flagged, one goes to the trash and one comes."""
    made = create_snapshot(dataset, name="v1", note="Before cleaning", author=author)
    set_status(dataset, [three[0].id], "flagged", author=author)
    trash_records(dataset, [three[1].id], author=author)
    add_records(dataset, TextDraftFactory.create_batch(1), author=author)
    return made


def test_the_present_gets_a_name(alice_client: Client, dataset: Dataset, three: list[Record]) -> None:
    said = {"name": "v1", "note": "To be cleaned"}
    page = alice_client.post(_url("snapshot_list", dataset), said, follow=True)
    assert "Snapshot v1 keeps 3 records." in text_of(page)
    again = alice_client.post(_url("snapshot_list", dataset), said)
    assert again.status_code == 422
    assert "There is a snapshot v1 already" in text_of(again)


def test_an_empty_dataset_has_nothing_to_keep(alice_client: Client, dataset: Dataset) -> None:
    assert "No snapshots yet" in text_of(alice_client.get(_url("snapshot_list", dataset)))
    assert alice_client.post(_url("snapshot_list", dataset), {"name": "v1"}).status_code == 422


def test_snapshots_are_listed_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    snapshot: Snapshot,
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    create_snapshot(dataset, name="v2", author=author)
    with django_assert_num_queries(5):  # session, user, memberships, dataset, snapshots
        response = alice_client.get(_url("snapshot_list", dataset))
    assert [one.name for one in response.context["snapshots"]] == ["v2", "v1"]


def test_a_snapshot_exports_the_same_bytes_whatever_comes_later(
    alice_client: Client, dataset: Dataset, three: list[Record], author: Author
) -> None:
    made = create_snapshot(dataset, name="v1", author=author)
    before = _bytes(alice_client.get(_url("snapshot_export", dataset, made.id)))
    set_status(dataset, [three[0].id], "flagged", author=author)
    trash_records(dataset, [three[1].id], author=author)
    after = alice_client.get(_url("snapshot_export", dataset, made.id))
    assert _bytes(after) == before
    assert after.headers["Content-Disposition"] == 'attachment; filename="support-v1.jsonl"'


def test_a_snapshot_is_deleted_after_what_that_means_was_told(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot
) -> None:
    address = _url("snapshot_delete", dataset, snapshot.id)
    assert "No record goes: what it named is revision 1" in text_of(alice_client.get(address))
    page = alice_client.post(address, follow=True)
    assert "Deleted the snapshot v1" in text_of(page)
    assert not dataset.snapshots.exists()
    assert alice_client.post(address).status_code == 404
    assert alice_client.get(_url("revision_compare", dataset), {"from": "1"}).status_code == 200


def test_a_snapshot_is_deleted_by_nobody_who_may_not(
    viewer_client: Client, charlie_client: Client, dataset: Dataset, snapshot: Snapshot
) -> None:
    address = _url("snapshot_delete", dataset, snapshot.id)
    refused = viewer_client.post(address)
    assert refused.status_code == 403
    assert "Ask an owner for the editor role" in text_of(refused)
    assert address not in viewer_client.get(_url("snapshot_detail", dataset, snapshot.id)).content.decode()
    assert charlie_client.post(address).status_code == 404
    assert dataset.snapshots.exists()


def test_what_differs_is_counted_and_listed(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record]
) -> None:
    compare = _url("revision_compare", dataset)
    page = alice_client.get(compare, {"from": "1"})
    assert [(sign, count) for _, sign, count in page.context["kinds"]] == [
        ("+", 1),
        ("\N{MINUS SIGN}", 1),
        ("~", 1),
    ]
    removed = alice_client.get(compare, {"from": "1", "show": "removed"})
    assert _compared(removed) == [three[1]]
    changed = alice_client.get(compare, {"from": "1", "show": "changed"})
    assert _compared(changed) == [three[0]]
    assert '<del class="diff diff--del">new</del><ins class="diff diff--ins">flagged</ins>' in re.sub(
        r"\s*\n\s*", "", changed.content.decode()
    )
    backwards = alice_client.get(compare, {"from": "4", "to": "1", "show": "added"})
    assert _compared(backwards) == [three[1]]
    for difference, others in (("added", page), ("changed", changed)):
        listed_url = others.context["listed_url"]
        assert f'href="{listed_url}"' in others.content.decode()
        listing = alice_client.get(listed_url).context["listing"]
        assert [row.record for row in listing.rows] == _compared(others), difference
    assert (removed.context["listed_url"], backwards.context["listed_url"]) == ("", "")
    assert "From v1, revision 1, to now, revision 4" in text_of(page)


def test_a_list_is_offered_by_what_it_shows(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record], author: Author
) -> None:
    restore_records(dataset, [three[1].id], author=author)
    set_status(dataset, [three[2].id], "flagged", author=author)
    set_status(dataset, [three[2].id], "new", author=author)
    changed = alice_client.get(_url("revision_compare", dataset), {"from": "1", "show": "changed"})
    assert _compared(changed) == [three[0]]  # The list also shows the one that changed there and back.
    assert "Show in the list what revisions 2 to 7 changed" in text_of(changed)
    restored = alice_client.get(_url("revision_compare", dataset), {"from": "4", "to": "5"})
    assert _compared(restored) == [three[1]]
    assert "Show in the list" not in text_of(restored)  # No revision between them made a record.
    added = alice_client.get(_url("revision_compare", dataset), {"from": "3", "to": "4"})
    assert "Show in the list what revision 4 added" in text_of(added)


def test_what_changed_is_shown_word_by_word_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    three: list[Record],
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for record in three:
        replace_text(record, f"{record.text} and a half", author=author)
    # session, user, memberships, dataset, savepoint, setting, revisions, differences, release, records, before, after,
    # names
    with django_assert_num_queries(13):
        page = alice_client.get(_url("revision_compare", dataset), {"from": "1", "show": "changed"})
    assert page.content.decode().count('<ins class="diff diff--ins">') == 3


def test_a_long_list_of_differences_goes_on(alice_client: Client, dataset: Dataset, author: Author) -> None:
    records = add_records(dataset, TextDraftFactory.create_batch(PAGE_SIZE + 1), author=author)
    first = alice_client.get(_url("revision_compare", dataset), {"from": "0"})
    cursor = first.context["next_cursor"]
    second = alice_client.get(_url("revision_compare", dataset), {"from": "0", "after": cursor})
    assert _compared(second) == records[-1:]


@pytest.mark.parametrize("said", [{"from": "99"}, {"from": "x"}, {"to": "-1"}])
def test_a_revision_that_is_not_there_is_refused(
    alice_client: Client, dataset: Dataset, three: list[Record], said: dict[str, str]
) -> None:
    response = alice_client.get(_url("revision_compare", dataset), said)
    assert response.status_code == 400
    assert "There is no revision" in text_of(response)


def test_viewers_read_snapshots_and_make_none(
    viewer_client: Client, dataset: Dataset, snapshot: Snapshot
) -> None:
    assert "Make a snapshot" not in text_of(viewer_client.get(_url("snapshot_list", dataset)))
    assert viewer_client.post(_url("snapshot_list", dataset), {"name": "v2"}).status_code == 403
    assert _bytes(viewer_client.get(_url("snapshot_export", dataset, snapshot.id)))


def test_the_snapshots_of_others_are_not_there(
    charlie_client: Client, dataset: Dataset, snapshot: Snapshot, stranger_dataset: Dataset
) -> None:
    for url in (
        _url("snapshot_list", dataset),
        _url("revision_compare", dataset),
        _url("snapshot_detail", dataset, snapshot.id),
        _url("snapshot_export", dataset, snapshot.id),
        _url("snapshot_export", stranger_dataset, snapshot.id),
    ):
        assert charlie_client.get(url).status_code == 404
