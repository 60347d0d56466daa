"""What the vendor's Python client asserts of every answer, though its documents do not say so: see each test's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from datasets.models import Attachment, Dataset
from project.accounts.models import Workspace
from tests.api.chatbotkit.calls import Caller, refusal, said
from tests.factories.files import FileFactory

VISIBILITIES = {"private", "protected", "public", None}


@pytest.fixture
def lists(api: Caller, dataset: Dataset, workspace: Workspace) -> list[str]:
    """The paths of all lists, with something in each."""
    api.created(f"/dataset/{dataset.id}/record/create", {"text": "Hello", "meta": {"a": 1}})
    Attachment.objects.create(dataset=dataset, file=FileFactory.create(workspace=workspace))
    of_dataset = ("record/list", "record/export", "file/list")
    paths = [f"/dataset/{dataset.id}/{end}" for end in of_dataset]
    return [*paths, "/dataset/list", "/file/list", "/event/log/list", "/event/log/export"]


def pages(api: Caller, paths: list[str]) -> Iterator[Any]:
    for path in paths:
        yield said(api.get(path, accept="application/json"))


def test_times_are_json_numbers_in_milliseconds(api: Caller, lists: list[str]) -> None:
    for page in pages(api, lists):
        for item in page["items"]:
            for name in ("createdAt", "updatedAt"):
                assert type(item[name]) is int
                assert 1_700_000_000_000 < item[name] < 10_000_000_000_000


def test_each_page_has_items_and_a_cursor_that_is_a_string(
    api: Caller, stranger_api: Caller, lists: list[str]
) -> None:
    for page in pages(api, lists):
        assert set(page) == {"items", "cursor"}
        assert page["items"]
        assert page["cursor"] == ""
    assert said(stranger_api.get("/dataset/list")) == {"items": [], "cursor": ""}


def test_required_fields_are_never_null(api: Caller, lists: list[str]) -> None:
    required = {"id", "createdAt", "updatedAt", "text", "type", "store"}
    for page in pages(api, lists):
        for item in page["items"]:
            assert all(item[name] is not None for name in required & set(item))


def test_visibility_is_one_of_the_known_ones(api: Caller, lists: list[str]) -> None:
    for page in pages(api, lists):
        assert all(item.get("visibility") in VISIBILITIES for item in page["items"])


def test_streams_have_item_lines_and_no_others(api: Caller, lists: list[str]) -> None:
    for path in lists:
        lines = b"".join(api.chunks(path, "application/jsonl")).decode().splitlines()
        assert lines
        assert {json.loads(line)["type"] for line in lines} == {"item"}


def test_ids_of_the_path_in_the_query_change_nothing(api: Caller, dataset: Dataset, lists: list[str]) -> None:
    for path in lists[:3]:
        assert len(api.items(path, datasetId=str(dataset.id), fileId="null", take="100")) == 1
    said(api.get(f"/dataset/{dataset.id}/fetch", datasetId="other"))


def test_booleans_in_filters_are_words(api: Caller, dataset: Dataset) -> None:
    path = f"/dataset/{dataset.id}/record"
    api.created(f"{path}/create", {"text": "a", "meta": {"ok": True}})
    assert len(api.items(f"{path}/list", **{"meta.ok": "true"})) == 1
    assert api.items(f"{path}/list", **{"meta.ok": "false"}) == []


def test_a_refusal_has_no_error_key(api: Caller) -> None:
    refusal(api.get("/dataset/abc/fetch"), 404, "NOT_FOUND")


def test_headers_of_the_clients_are_ignored(api: Caller, lists: list[str]) -> None:
    headers = {"x-runas-user-id": "u", "x-runas-child-user-email": "a@b.c", "x-timezone": "Europe/Rome"}
    response: Any = api.client.get("/api/v1/dataset/list", headers=headers)
    assert said(response)["items"]
