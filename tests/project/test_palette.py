from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, View
from project.accounts.models import User
from project.palette import MOST_DATASETS
from tests.factories.datasets import DatasetFactory

pytestmark = pytest.mark.django_db

FIND = reverse("palette")


def _labels(client: Client, asked: str) -> list[list[str]]:
    groups = client.get(FIND, {"q": asked}).context["groups"]
    return [[entry.label for entry in entries] for _, entries in groups]


def test_a_few_letters_find_pages_and_datasets(
    alice_client: Client, dataset: Dataset, stranger_dataset: Dataset
) -> None:
    assert _labels(alice_client, "SUPP") == [[], ["Support"], []]
    assert _labels(alice_client, "log")[0] == ["Logs", "Send logs"]
    assert _labels(alice_client, "recipes") == [[], [], []]


def test_views_are_found_but_not_what_others_keep_for_themselves(
    alice_client: Client, bob_client: Client, alice: User, dataset: Dataset
) -> None:
    View.objects.create(dataset=dataset, owner=alice, name="Late ones")
    View.objects.create(dataset=dataset, owner=alice, name="Late and lost", is_shared=True)
    assert _labels(alice_client, "late")[2] == ["Late and lost", "Late ones"]
    assert _labels(bob_client, "late")[2] == ["Late and lost"]


def test_a_viewer_is_offered_nothing_to_make(viewer_client: Client) -> None:
    assert _labels(viewer_client, "new") == [[], [], []]


def test_few_datasets_are_read_however_many_there_are(
    alice_client: Client, dataset: Dataset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    DatasetFactory.create_batch(MOST_DATASETS + 3, workspace=dataset.workspace)
    with django_assert_num_queries(5):
        assert len(_labels(alice_client, "")[1]) == MOST_DATASETS


def test_what_is_found_is_drawn_alone_for_the_dialog(alice_client: Client, dataset: Dataset) -> None:
    found = alice_client.get(FIND, {"q": "supp"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in found
    assert reverse("records:record_list", args=[dataset.id]) in found


def test_letters_that_no_name_can_have_find_nothing(alice_client: Client) -> None:
    assert alice_client.get(FIND, {"q": "\x00" + "x" * 1000}).status_code == 200
