from __future__ import annotations

from uuid import UUID

import pytest
from django.http import HttpResponse
from pytest_django.fixtures import DjangoAssertNumQueries

from datasets.models import Dataset, Event, Job
from project.accounts.models import User, Workspace
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.datasets import DatasetFactory

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def create(api: Caller, name: object = "Support", description: object = "Chats") -> HttpResponse:
    return api.post("/datasets", {"name": name, "description": description})


def test_a_dataset_is_created_and_said_back(api: Caller, alice: User, workspace: Workspace) -> None:
    body = said(create(api, "Support chats", "From July"), 201)
    dataset = Dataset.objects.get()
    assert body == {
        "id": str(dataset.id),
        "created_at": dataset.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": dataset.updated_at.isoformat().replace("+00:00", "Z"),
        "deleted_at": None,
        "name": "Support chats",
        "description": "From July",
        "owner_id": str(alice.id),
        "workspace_id": str(workspace.id),
        "slug": "support-chats",
    }


def test_a_created_dataset_is_noted_under_the_keys_user(api: Caller, alice: User) -> None:
    said(create(api), 201)
    event = Event.objects.get()
    assert (event.type, event.user) == ("dataset.create", alice)


@pytest.mark.parametrize(
    ("name", "description", "words"),
    [
        ("four", "", "name should have at least 5 characters."),
        ("    four    ", "", "name should have at least 5 characters."),
        ("x" * 51, "", "name should have at most 50 characters."),
        ("Support", "x" * 201, "description should have at most 200 characters."),
        ("Support", None, "description should be a valid string."),
        (12345, "", "name should be a valid string."),
        ("Sup\x00port", "", "name should have no NUL character."),
    ],
)
def test_a_value_out_of_bounds_is_refused_in_one_sentence(
    api: Caller, name: object, description: object, words: str
) -> None:
    assert refusal(create(api, name, description), 422, "VALIDATION_ERROR") == words
    assert not Dataset.objects.exists()


def test_bounds_themselves_are_allowed(api: Caller) -> None:
    said(create(api, "12345", ""), 201)
    said(create(api, "x" * 50, "x" * 200), 201)


def test_missing_keys_are_all_named(api: Caller) -> None:
    assert refusal(api.post("/datasets", {}), 422, "VALIDATION_ERROR") == (
        "name is required; description is required."
    )


def test_half_a_surrogate_pair_in_a_name_is_refused(api: Caller) -> None:
    response = api.post("/datasets", b'{"name": "Support \\ud800", "description": ""}')
    assert "name" in refusal(response, 422, "VALIDATION_ERROR")


def test_names_need_not_be_unique_and_unknown_keys_are_ignored(api: Caller) -> None:
    for _ in range(2):
        said(api.post("/datasets", {"name": "Support", "description": "", "color": "red"}), 201)


def test_a_dataset_is_fetched(api: Caller, dataset: Dataset) -> None:
    assert said(api.get(f"/datasets/{dataset.id}"))["name"] == "Support"


def test_an_empty_patch_changes_nothing(api: Caller, dataset: Dataset) -> None:
    before = said(api.get(f"/datasets/{dataset.id}"))
    assert said(api.patch(f"/datasets/{dataset.id}", {})) == before
    assert said(api.patch(f"/datasets/{dataset.id}", {"name": None, "description": None})) == before


def test_a_patch_changes_what_it_names_and_moves_the_time(api: Caller, dataset: Dataset) -> None:
    before = said(api.get(f"/datasets/{dataset.id}"))
    after = said(api.patch(f"/datasets/{dataset.id}", {"description": "New"}))
    assert after["description"] == "New"
    assert after["name"] == before["name"]
    assert after["updated_at"] > before["updated_at"]


def test_a_patch_keeps_to_the_bounds_of_creation(api: Caller, dataset: Dataset) -> None:
    refusal(api.patch(f"/datasets/{dataset.id}", {"name": "abc"}), 422, "VALIDATION_ERROR")
    dataset.refresh_from_db()
    assert dataset.name == "Support"


def test_a_deleted_dataset_is_gone_from_every_call(api: Caller, dataset: Dataset) -> None:
    response = api.delete(f"/datasets/{dataset.id}")
    assert (response.status_code, response.content) == (204, b"")
    assert said(api.get("/datasets"))["datasets"]["count"] == 0
    assert Job.objects.get().kind == Job.Kind.PURGE_DATASET
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/records"),
        ("GET", "/tasks"),
        ("GET", "/exports/to-jsonl"),
    ):
        refusal(api.call(method, f"/datasets/{dataset.id}{path}"), 404, "DATASET_NOT_FOUND")
    refusal(api.patch(f"/datasets/{dataset.id}", {}), 404, "DATASET_NOT_FOUND")


def test_an_unknown_dataset_is_not_found(api: Caller) -> None:
    assert refusal(api.get(f"/datasets/{UNKNOWN}"), 404, "DATASET_NOT_FOUND") == (
        f"There is no dataset {UNKNOWN}."
    )


@pytest.mark.parametrize("bad_id", ["abc", "123", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "%00", "None"])
def test_an_id_that_is_no_uuid_fails_validation(api: Caller, bad_id: str) -> None:
    assert "dataset_id should be a valid UUID" in refusal(
        api.get(f"/datasets/{bad_id}"), 422, "VALIDATION_ERROR"
    )


def test_the_list_is_newest_first_and_searches_names(api: Caller, workspace: Workspace, alice: User) -> None:
    for name in ("Alpha chats", "Beta chats", "Gamma"):
        DatasetFactory.create(workspace=workspace, owner=alice, name=name)
    page = said(api.get("/datasets", q="CHATS"))["datasets"]
    assert [row["name"] for row in page["results"]] == ["Beta chats", "Alpha chats"]
    assert page["count"] == 2
    assert said(api.get("/datasets", q=""))["datasets"]["count"] == 3


@pytest.mark.parametrize("wild", ["%", "_", "\\"])
def test_a_search_takes_wild_cards_as_letters(api: Caller, dataset: Dataset, wild: str) -> None:
    assert said(api.get("/datasets", q=wild))["datasets"]["count"] == 0


def test_a_search_with_a_nul_character_is_refused(api: Caller) -> None:
    assert refusal(api.get("/datasets", q="a\x00b"), 422, "VALIDATION_ERROR") == (
        "q should have no NUL character."
    )


def test_the_list_costs_three_queries_at_any_length(
    api: Caller, workspace: Workspace, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    said(api.get("/datasets"))
    DatasetFactory.create_batch(30, workspace=workspace, owner=alice)
    with django_assert_num_queries(3):  # The key, the count, the page.
        assert len(said(api.get("/datasets"))["datasets"]["results"]) == 30


def test_a_bound_key_lists_its_dataset_alone_and_makes_none(
    bound_api: Caller, dataset: Dataset, workspace: Workspace, alice: User
) -> None:
    other = DatasetFactory.create(workspace=workspace, owner=alice)
    page = said(bound_api.get("/datasets"))["datasets"]
    assert [UUID(row["id"]) for row in page["results"]] == [dataset.id]
    refusal(bound_api.get(f"/datasets/{other.id}"), 403, "AUTH_FORBIDDEN")
    refusal(create(bound_api), 403, "AUTH_FORBIDDEN")
