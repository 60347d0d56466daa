from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from project.accounts.types import Author
from records.actions import add_records, trash_records
from records.models import Record
from tests.factories.records import TextDraftFactory


def _url(name: str, dataset: Dataset) -> str:
    return reverse(f"records:{name}", args=[dataset.id])


@pytest.fixture
def trashed(dataset: Dataset, author: Author) -> list[Record]:
    """Two in the trash, beside one that is not."""
    records = add_records(dataset, TextDraftFactory.create_batch(3), author=author)
    trash_records(dataset, [record.id for record in records[:2]], author=author)
    return records[:2]


def test_the_trash_lists_what_is_in_it_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    trashed: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(5):  # session, user, memberships, dataset, records
        response = alice_client.get(_url("trash_list", dataset))
    assert response.context["page"].rows == trashed[::-1]
    assert "30 days" in response.content.decode()
    assert alice_client.get(_url("trash_list", dataset), {"after": "x"}).status_code == 302


def test_ticked_records_come_back_and_can_go_again(
    alice_client: Client, dataset: Dataset, trashed: list[Record]
) -> None:
    response = alice_client.post(_url("trash_restore", dataset), {"id": str(trashed[0].id)}, follow=True)
    assert "1 record moved out of the trash." in response.content.decode()
    assert response.context["page"].rows == trashed[1:]
    alice_client.post(reverse("records:revision_undo", args=[dataset.id, 3]))
    assert Record.objects.in_trash_of(dataset).count() == 2


def test_all_of_the_trash_comes_back(alice_client: Client, dataset: Dataset, trashed: list[Record]) -> None:
    alice_client.post(_url("trash_restore", dataset), {"scope": "all"})
    assert Record.objects.in_dataset(dataset).count() == 3


def test_purging_asks_for_the_number_first(
    alice_client: Client, dataset: Dataset, trashed: list[Record]
) -> None:
    said = {"id": ",".join(str(record.id) for record in trashed)}
    assert "Type 2 to confirm" in alice_client.post(_url("trash_purge", dataset), said).content.decode()
    assert alice_client.post(_url("trash_purge", dataset), {**said, "confirmation": "3"}).status_code == 422
    assert Record.objects.in_trash_of(dataset).count() == 2
    done = alice_client.post(_url("trash_purge", dataset), {**said, "confirmation": "2"}, follow=True)
    assert "2 records deleted for good." in done.content.decode()
    assert Record.objects.of_dataset(dataset).count() == 1


def test_nothing_ticked_is_refused(alice_client: Client, dataset: Dataset, trashed: list[Record]) -> None:
    for name in ("trash_restore", "trash_purge"):
        assert alice_client.post(_url(name, dataset)).status_code == 400


def test_only_owners_purge_and_only_editors_restore(
    bob_client: Client, viewer_client: Client, dataset: Dataset, trashed: list[Record]
) -> None:
    said = {"id": str(trashed[0].id), "confirmation": "1"}
    assert _url("trash_purge", dataset) not in bob_client.get(_url("trash_list", dataset)).content.decode()
    assert bob_client.post(_url("trash_purge", dataset), said).status_code == 403
    assert viewer_client.post(_url("trash_restore", dataset), said).status_code == 403
    assert viewer_client.get(_url("trash_list", dataset)).status_code == 200
    assert Record.objects.in_trash_of(dataset).count() == 2


def test_the_trash_of_others_is_not_there(
    charlie_client: Client, dataset: Dataset, trashed: list[Record]
) -> None:
    said = {"id": str(trashed[0].id), "confirmation": "1"}
    assert charlie_client.get(_url("trash_list", dataset)).status_code == 404
    for name in ("trash_restore", "trash_purge"):
        assert charlie_client.post(_url(name, dataset), said).status_code == 404
    assert Record.objects.in_trash_of(dataset).count() == 2
