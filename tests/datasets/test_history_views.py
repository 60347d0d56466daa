from __future__ import annotations

from django.test import Client
from django.urls import reverse
from factory.declarations import Iterator
from pytest_django import DjangoAssertNumQueries

from datasets.history_views import PAGE_SIZE
from datasets.models import Dataset, Revision
from project.accounts.types import Author
from records.actions import add_records, erase_records, set_status
from tests.factories.datasets import RevisionFactory
from tests.factories.records import RecordDraftFactory

HTMX = {"HX-Request": "true"}


def _history(dataset: Dataset) -> str:
    return reverse("datasets:dataset_history", args=[dataset.id])


def _numbers(response: object) -> list[list[int]]:
    lines = response.context["lines"]  # type: ignore[attr-defined]
    return [[revision.number for revision in line.revisions] for line in lines]


def _quick_edits(dataset: Dataset, author: Author, number: int) -> None:
    """Of one record, as revisions 2 and on."""
    [record] = add_records(dataset, RecordDraftFactory.create_batch(1), author=author)
    for place in range(number):
        set_status(dataset, [record.id], ("flagged", "new")[place % 2], author=author)


def test_the_history_tells_what_each_revision_did(
    alice_client: Client, dataset: Dataset, author: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    records = add_records(dataset, RecordDraftFactory.create_batch(3), author=author)
    set_status(dataset, [records[0].id, records[1].id], "flagged", author=author)
    erase_records(dataset.workspace, [records[2].id], author=author)
    RevisionFactory.create(dataset=dataset)  # Pending, so nothing that has happened.
    with django_assert_num_queries(6):  # session, user, memberships, dataset, revisions, what undid them
        response = alice_client.get(_history(dataset))
    page = response.content.decode()
    assert _numbers(response) == [[3], [2], [1]]
    assert "status flagged" in page
    assert all(count in page for count in ("+3", "~2", "−1", "Alice"))


def test_what_went_to_another_dataset_is_not_told_as_trash(alice_client: Client, dataset: Dataset) -> None:
    RevisionFactory.create(
        dataset=dataset, number=1, kind="trash", note="moved to Gold", details={"moved_to": "its id"}
    )
    page = alice_client.get(_history(dataset)).content.decode()
    assert "Moved to Gold" in page
    assert "Moved to trash" not in page


def test_quick_edits_are_folded_and_open_one_by_one(
    alice_client: Client, dataset: Dataset, author: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _quick_edits(dataset, author, 4)
    page = alice_client.get(_history(dataset))
    assert _numbers(page) == [[5, 4, 3, 2], [1]]
    assert "4 quick edits" in page.content.decode()
    assert "?quick=2..5" in page.content.decode()
    with django_assert_num_queries(6):
        opened = alice_client.get(_history(dataset), {"quick": "2..5"}, headers=HTMX)
    assert _numbers(opened) == [[5], [4], [3], [2]]
    rows = opened.content.decode()
    assert "<html" not in rows
    assert all(reverse("records:revision_undo", args=[dataset.id, number]) in rows for number in (2, 3, 4, 5))


def test_what_is_folded_opens_as_a_page_of_its_own_too(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    _quick_edits(dataset, author, 2)
    page = alice_client.get(_history(dataset), {"quick": "2..3"})
    assert _numbers(page) == [[3], [2]]
    assert "Revisions 2 to 3" in page.content.decode()
    assert page.context["first_url"] == _history(dataset)


def test_a_page_of_folded_edits_goes_on_where_it_ends(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    numbers = range(1, PAGE_SIZE + 2)
    RevisionFactory.create_batch(PAGE_SIZE + 1, dataset=dataset, number=Iterator(numbers))
    Dataset.objects.filter(pk=dataset.pk).update(revision_number=PAGE_SIZE + 1)
    _quick_edits(dataset, author, 3)
    first = alice_client.get(_history(dataset))
    lines = _numbers(first)
    assert len(lines) == PAGE_SIZE
    assert len(lines[0]) == 3
    second = alice_client.get(_history(dataset) + first.context["next_url"])
    shown = [number for line in lines + _numbers(second) for number in line]
    assert shown == list(range(PAGE_SIZE + 5, 0, -1))
    assert Revision.objects.history_of(dataset).count() == len(shown)


def test_an_address_that_says_no_number_shows_the_newest(alice_client: Client, dataset: Dataset) -> None:
    for said in ({"before": "x"}, {"quick": "4"}, {"quick": "..", "before": "²"}):
        assert alice_client.get(_history(dataset), said).status_code == 200


def test_the_history_of_others_is_not_there(charlie_client: Client, dataset: Dataset) -> None:
    assert charlie_client.get(_history(dataset)).status_code == 404
