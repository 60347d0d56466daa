from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job
from datasets.views import PAGE_SIZE
from project.accounts.models import User, Workspace
from tests.factories.datasets import DatasetFactory, JobFactory

LIST = reverse("datasets:dataset_list")
CREATE = reverse("datasets:dataset_create")
HTMX = {"HX-Request": "true"}


def _rename(dataset: Dataset) -> str:
    return reverse("datasets:dataset_rename", args=[dataset.id])


def _delete(dataset: Dataset) -> str:
    return reverse("datasets:dataset_delete", args=[dataset.id])


@pytest.mark.parametrize("address", ["/", "/app/"])
def test_the_root_leads_to_the_datasets(alice_client: Client, address: str) -> None:
    assert alice_client.get(address).headers["Location"] == LIST


def test_strangers_are_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    assert client.get(LIST).headers["Location"] == f"{reverse('accounts:sign_in')}?next={LIST}"


def test_the_list_shows_what_there_is_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    stranger_dataset: Dataset,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    DatasetFactory.create_batch(5, workspace=dataset.workspace, owner=dataset.owner)
    Dataset.objects.filter(pk=dataset.pk).update(record_count=12174, revision_number=7)
    JobFactory.create(dataset=dataset, status=Job.Status.RUNNING)
    with django_assert_num_queries(4):  # session, user, memberships, datasets
        page = alice_client.get(LIST).content.decode()
    assert "12,174" in page
    assert "1 running job" in page
    assert stranger_dataset.name not in page


def test_the_list_is_searched_by_name(alice_client: Client, dataset: Dataset) -> None:
    other = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner, name="Evaluation")
    page = alice_client.get(LIST, {"q": "supp"}).content.decode()
    assert dataset.name in page
    assert other.name not in page


def test_a_search_without_result_leads_back(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(LIST, {"q": "nothing\x00"}).content.decode()
    assert "No dataset is named like “nothing”" in page
    assert "Show all datasets" in page


def test_an_empty_workspace_says_what_to_do_next(alice_client: Client) -> None:
    page = alice_client.get(LIST).content.decode()
    assert "No datasets yet" in page
    assert "http://testserver/v1/observability/datasets" in page
    assert CREATE in page


def test_a_long_list_goes_on_with_a_link(alice_client: Client, workspace: Workspace, alice: User) -> None:
    DatasetFactory.create_batch(PAGE_SIZE + 1, workspace=workspace, owner=alice)
    oldest = Dataset.objects.earliest("id")
    first = alice_client.get(LIST)
    second = alice_client.get(first.context["next_url"])
    assert list(second.context["datasets"]) == [oldest]
    assert second.context["next_url"] == ""
    back = alice_client.get(second.context["previous_url"])
    assert back.context["datasets"] == first.context["datasets"]


def test_a_cursor_that_is_not_ours_leads_to_the_first_page(alice_client: Client) -> None:
    assert alice_client.get(LIST, {"after": "x"}).headers["Location"] == LIST


def test_htmx_gets_the_table_alone(alice_client: Client, dataset: Dataset) -> None:
    block = alice_client.get(LIST, headers=HTMX).content.decode()
    assert "<html" not in block
    assert dataset.name in block


def test_creating_a_dataset_leads_to_its_records(bob_client: Client, workspace: Workspace) -> None:
    response = bob_client.post(CREATE, {"name": " Chats ", "description": "Of October"})
    dataset = Dataset.objects.visible_to(workspace).get()
    assert (dataset.name, dataset.description) == ("Chats", "Of October")
    assert response.headers["Location"] == reverse("records:record_list", args=[dataset.id])


def test_creating_by_htmx_leads_to_the_records_as_a_page(bob_client: Client, workspace: Workspace) -> None:
    response = bob_client.post(CREATE, {"name": "Chats"}, headers=HTMX)
    dataset = Dataset.objects.visible_to(workspace).get()
    assert response.headers["HX-Redirect"] == reverse("records:record_list", args=[dataset.id])


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\x00b"])
def test_a_name_that_cannot_be_is_refused_in_the_form(alice_client: Client, name: str) -> None:
    response = alice_client.post(CREATE, {"name": name}, headers=HTMX)
    assert response.status_code == 422
    assert "field__error" in response.content.decode()
    assert "<html" not in response.content.decode()
    assert not Dataset.objects.exists()


def test_viewers_may_look_but_not_create(viewer_client: Client, dataset: Dataset) -> None:
    assert "New dataset" not in viewer_client.get(LIST).content.decode()
    refused = viewer_client.post(CREATE, {"name": "Mine"})
    assert refused.status_code == 403
    assert "Ask an owner for the editor role" in refused.content.decode()
    assert Dataset.objects.count() == 1


def test_renaming_by_htmx_draws_the_row_again(alice_client: Client, dataset: Dataset) -> None:
    block = alice_client.post(
        _rename(dataset), {"name": "Renamed", "description": "Anew"}, headers=HTMX
    ).content.decode()
    dataset.refresh_from_db()
    assert (dataset.name, dataset.description) == ("Renamed", "Anew")
    assert f'id="dataset-{dataset.id}" hx-swap-oob="true"' in block
    assert "Saved." in block


def test_renaming_without_htmx_leads_to_the_records(alice_client: Client, dataset: Dataset) -> None:
    response = alice_client.post(_rename(dataset), {"name": "Renamed"})
    assert response.headers["Location"] == reverse("records:record_list", args=[dataset.id])


def test_renaming_to_nothing_is_refused(alice_client: Client, dataset: Dataset) -> None:
    assert alice_client.post(_rename(dataset), {"name": ""}).status_code == 422
    dataset.refresh_from_db()
    assert dataset.name == "Support"


def test_the_delete_form_says_what_will_be_erased(alice_client: Client, dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(record_count=1204, revision_number=3)
    JobFactory.create(dataset=dataset, status=Job.Status.RUNNING)
    page = alice_client.get(_delete(dataset)).content.decode()
    assert "1,204 records of Support" in page
    assert "3 revisions" in page
    assert "1 running job will be cancelled" in page


@pytest.mark.parametrize("typed", ["", "support", "Supp"])
def test_a_dataset_is_not_deleted_without_its_name(
    alice_client: Client, dataset: Dataset, typed: str
) -> None:
    response = alice_client.post(_delete(dataset), {"confirmation": typed}, headers=HTMX)
    assert response.status_code == 422
    assert Dataset.objects.visible_to(dataset.workspace).exists()


def test_the_typed_name_deletes_the_dataset(alice_client: Client, dataset: Dataset) -> None:
    DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    block = alice_client.post(_delete(dataset), {"confirmation": "Support"}, headers=HTMX).content.decode()
    assert dataset not in Dataset.objects.visible_to(dataset.workspace)
    assert f'id="dataset-{dataset.id}" hx-swap-oob="delete"' in block
    assert "Deleted Support" in block


def test_deleting_the_last_dataset_shows_the_empty_page(alice_client: Client, dataset: Dataset) -> None:
    response = alice_client.post(_delete(dataset), {"confirmation": "Support"}, headers=HTMX)
    assert response.headers["HX-Redirect"] == LIST
    assert "Deleted Support" in alice_client.get(LIST).content.decode()


@pytest.mark.parametrize(("name", "typed"), [("", "delete"), ("two\n  lines ", "two lines")])
def test_names_that_cannot_be_typed_have_a_way_out(
    alice_client: Client, dataset: Dataset, name: str, typed: str
) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(name=name)
    alice_client.post(_delete(dataset), {"confirmation": typed})
    assert not Dataset.objects.visible_to(dataset.workspace).exists()


@pytest.mark.parametrize("address", [_rename, _delete])
def test_the_datasets_of_others_are_not_there(
    alice_client: Client, stranger_dataset: Dataset, address: object
) -> None:
    assert callable(address)
    posted = {"name": "Mine", "confirmation": stranger_dataset.name}
    assert alice_client.post(address(stranger_dataset), posted).status_code == 404
    stranger_dataset.refresh_from_db()
    assert (stranger_dataset.name, stranger_dataset.deleted_at) == ("Recipes", None)
