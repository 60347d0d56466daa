from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Snapshot
from datasets.snapshots import create_snapshot
from project.accounts.types import Author
from project.lib.ids import new_id
from records.actions import add_records, erase_records, replace_text, trash_records
from records.models import Record
from records.pastrecords import PAGE_SIZE
from tests.factories.records import TextDraftFactory
from tests.pages import HTMX, text_of


def _url(name: str, dataset: Dataset, *args: object) -> str:
    return reverse(f"records:{name}", args=[dataset.id, *args])


@pytest.fixture
def three(dataset: Dataset, author: Author) -> list[Record]:
    return add_records(dataset, TextDraftFactory.create_batch(3), author=author)


@pytest.fixture
def snapshot(dataset: Dataset, three: list[Record], author: Author) -> Snapshot:
    """After it one record is rewritten, one goes to the trash and one comes."""
    made = create_snapshot(dataset, name="v1", note="Before cleaning", author=author)
    replace_text(three[0], "Rewritten since", author=author)
    trash_records(dataset, [three[1].id], author=author)
    add_records(dataset, TextDraftFactory.create_batch(1), author=author)
    return made


def test_a_snapshot_opens_as_the_list_that_it_was(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record]
) -> None:
    response = alice_client.get(_url("snapshot_detail", dataset, snapshot.id))
    page = text_of(response)
    assert [row.record.id for row in response.context["rows"]] == [record.id for record in three]
    assert "v1 is the past: revision 1, read-only" in page
    assert "Back to now" in page
    assert "Before cleaning" in page
    assert "Rewritten since" not in page
    assert "deleted for good" not in page


def test_a_snapshot_says_what_it_has_lost(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record], author: Author
) -> None:
    erase_records(dataset.workspace, [three[2].id], author=author)
    page = text_of(alice_client.get(_url("snapshot_detail", dataset, snapshot.id)))
    assert "1 of them was deleted for good since" in page


def test_the_list_goes_on_in_a_fixed_number_of_queries(
    alice_client: Client, dataset: Dataset, author: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    records = add_records(dataset, TextDraftFactory.create_batch(PAGE_SIZE + 1), author=author)
    made = create_snapshot(dataset, name="v1", author=author)
    # session, user, memberships, dataset, snapshot, others, erasures, the walk, the rows
    with django_assert_num_queries(9):
        first = alice_client.get(_url("snapshot_detail", dataset, made.id))
    second = alice_client.get(first.context["next_url"])
    assert [row.record.id for row in second.context["rows"]] == [records[-1].id]
    back = alice_client.get(second.context["previous_url"])
    assert len(back.context["rows"]) == PAGE_SIZE


def test_the_filter_asks_what_was_so_then(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record]
) -> None:
    address = _url("snapshot_detail", dataset, snapshot.id)
    sent = alice_client.get(address, {"q": "paragraph", "status": ""})
    assert sent.headers["Location"] == f"{address}?q=paragraph"
    found = alice_client.get(sent.headers["Location"])
    assert len(found.context["rows"]) == 3
    assert "3 of 3 matched then" in text_of(found)
    export = re.search(
        rf'action="{_url("snapshot_export", dataset, snapshot.id)}">(.*?)</form>',
        found.content.decode(),
        re.S,
    )
    assert export
    assert '<input type="hidden" name="q" value="paragraph">' in export[1]
    assert "Nothing matched then" in text_of(alice_client.get(address, {"q": "rewritten"}))


def test_what_cannot_be_is_told_in_the_page(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot
) -> None:
    address = _url("snapshot_detail", dataset, snapshot.id)
    for said in ({"tokens": "x"}, {"after": "x"}):
        response = alice_client.get(address, said)
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()


def test_a_record_opens_beside_the_list_and_alone_as_it_was(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record]
) -> None:
    address = _url("snapshot_record", dataset, snapshot.id, three[0].id)
    for page in (
        alice_client.get(_url("snapshot_detail", dataset, snapshot.id), {"record": str(three[0].id)}),
        alice_client.get(address, headers=HTMX),
        alice_client.get(address),
    ):
        text = page.content.decode()
        assert three[0].text in text_of(page)
        assert "Rewritten since" not in text
        assert "As it is now" in text
        for door in ("turn_edit", "text_edit", "details_edit", "tags_edit", "record_set_status"):
            args = [three[0].id, 1] if door == "turn_edit" else [three[0].id]
            assert _url(door, dataset, *args) not in text


def test_a_record_that_is_in_the_trash_now_says_so(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot, three: list[Record]
) -> None:
    page = text_of(alice_client.get(_url("snapshot_record", dataset, snapshot.id, three[1].id)))
    assert "In the trash now" in page


def test_a_record_that_came_later_is_not_in_it(
    alice_client: Client, dataset: Dataset, snapshot: Snapshot
) -> None:
    later = Record.objects.in_dataset(dataset).in_reverse_order()[0]
    for record_id in (later.id, new_id()):
        assert alice_client.get(_url("snapshot_record", dataset, snapshot.id, record_id)).status_code == 404
    beside = alice_client.get(_url("snapshot_detail", dataset, snapshot.id), {"record": str(later.id)})
    assert "That record is not here" in text_of(beside)


def test_the_past_of_others_is_not_there(
    charlie_client: Client,
    viewer_client: Client,
    dataset: Dataset,
    snapshot: Snapshot,
    three: list[Record],
    stranger_dataset: Dataset,
) -> None:
    for home in (dataset, stranger_dataset):
        assert charlie_client.get(_url("snapshot_detail", home, snapshot.id)).status_code == 404
        record = _url("snapshot_record", home, snapshot.id, three[0].id)
        assert charlie_client.get(record).status_code == 404
    assert viewer_client.get(_url("snapshot_detail", dataset, snapshot.id)).status_code == 200
