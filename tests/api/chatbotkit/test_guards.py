"""What must hold for every operation of the dialect, also for those that are added later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from datasets.models import Attachment, Dataset, Event, Job
from files.models import File, FileVersion, Upload
from project.accounts.models import Workspace
from project.api.chatbotkit.api import api as dialect
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.uploadlinks import UploadLink
from project.api.keys import BearerKey
from records.models import Record
from tests.api.chatbotkit.calls import Caller, refusal, said
from tests.api.guards import assert_guarded, assert_whole, operations_of
from tests.factories.files import FileFactory

SNAPSHOT = Path(__file__).parent / "openapi.json"
READING_POSTS = {"search_dataset", "subscribe_to_events"}
BY_LINK = {"receive_upload"}  # Its address is the right to it; see test_uploads.
STREAMED = {"export_records", "export_events"}


def test_every_operation_is_whole() -> None:
    assert_whole(dialect, FAILURES)


def test_what_changes_something_needs_the_right_to_write() -> None:
    assert_guarded(dialect, by=(BearerKey, UploadLink), reading_posts=READING_POSTS)

    for operation in operations_of(dialect):
        assert isinstance(operation.auth_param, UploadLink) == (operation.operation_id in BY_LINK)
        is_export = getattr(operation.auth_param, "scope", "") == "export"
        assert is_export == (operation.operation_id in STREAMED)


def test_every_answer_of_the_vendors_names_is_said_in_them() -> None:
    for operation in operations_of(dialect):
        assert operation.by_alias, operation.operation_id


def test_the_description_is_the_one_that_was_reviewed() -> None:
    """After a change that is meant, keep what the server says now, and read the difference before committing it."""
    schema = json.loads(Client().get("/api/v1/openapi.json").content)
    assert schema == json.loads(SNAPSHOT.read_bytes())


STRANGE: dict[str, tuple[str, str, Any]] = {
    "fetch_dataset": ("GET", "/dataset/{dataset}/fetch", None),
    "update_dataset": ("POST", "/dataset/{dataset}/update", {"name": "Stolen"}),
    "delete_dataset": ("POST", "/dataset/{dataset}/delete", {}),
    "search_dataset": ("POST", "/dataset/{dataset}/search", {"search": "hello"}),
    "list_records": ("GET", "/dataset/{dataset}/record/list", None),
    "export_records": ("GET", "/dataset/{dataset}/record/export", None),
    "create_record": ("POST", "/dataset/{dataset}/record/create", {"text": "Hi"}),
    "fetch_record": ("GET", "/dataset/{dataset}/record/{record}/fetch", None),
    "update_record": ("POST", "/dataset/{dataset}/record/{record}/update", {"text": "Stolen"}),
    "delete_record": ("POST", "/dataset/{dataset}/record/{record}/delete", {}),
    "list_dataset_files": ("GET", "/dataset/{dataset}/file/list", None),
    "fetch_file": ("GET", "/file/{file}/fetch", None),
    "delete_file": ("POST", "/file/{file}/delete", {}),
    "update_file": ("POST", "/file/{file}/update", {"name": "Stolen"}),
    "upload_file": ("POST", "/file/{file}/upload", {"file": "data:,Stolen"}),
    "attach_file": ("POST", "/dataset/{dataset}/file/{file}/attach", {}),
    "detach_file": ("POST", "/dataset/{dataset}/file/{file}/detach", {"deleteRecords": True}),
    "sync_dataset_file": ("POST", "/dataset/{dataset}/file/{file}/sync", {}),
    "sync_file": ("POST", "/file/{file}/sync", {}),
    "download_file": ("GET", "/file/{file}/download", None),
}
OF_OWN = {
    "create_dataset",
    "list_datasets",
    "list_files",
    "create_file",
    "create_dataset_file",
    "list_events",
    "export_events",
    "subscribe_to_events",
}


def test_every_operation_is_tried_by_a_stranger() -> None:
    ids = {operation.operation_id for operation in operations_of(dialect)}
    assert ids == set(STRANGE) | OF_OWN | BY_LINK


@pytest.fixture
def names(workspace: Workspace, dataset: Dataset, records: Sequence[Record]) -> dict[str, str]:
    """What is alice's, by name."""
    file = FileFactory.create(workspace=workspace)
    Attachment.objects.create(dataset=dataset, file=file)
    return {"dataset": str(dataset.id), "record": str(records[0].id), "file": str(file.id)}


@pytest.mark.parametrize("accept", ["application/json", "application/jsonl", "text/csv"])
@pytest.mark.parametrize("operation_id", STRANGE)
def test_two_workspaces_never_see_each_other(
    stranger_api: Caller, names: dict[str, str], operation_id: str, accept: str
) -> None:
    method, path, body = STRANGE[operation_id]
    before = everything()
    refusal(stranger_api.call(method, path.format(**names), body, accept=accept), 403, "NOT_AUTHORIZED")
    assert everything() == before


def everything() -> list[Any]:
    """What a stranger could have changed."""
    models = (Dataset, Record, File, FileVersion, Upload, Job, Attachment, Event)
    return [list(model.objects.order_by("id").values()) for model in models]


def test_lists_of_a_stranger_hold_their_own(
    stranger_api: Caller, names: dict[str, str], stranger_dataset: Dataset
) -> None:
    assert [row["id"] for row in stranger_api.items("/dataset/list")] == [str(stranger_dataset.id)]
    assert stranger_api.items("/file/list") == stranger_api.items("/event/log/list") == []


def test_the_description_is_served_and_names_the_bearer_key(api: Caller) -> None:
    schema = said(api.get("/openapi.json"))
    assert schema["components"]["securitySchemes"]["BearerKey"] == {"type": "http", "scheme": "bearer"}
    record = schema["components"]["schemas"]["RecordOut"]["properties"]
    assert record["createdAt"]["type"] == "integer"
