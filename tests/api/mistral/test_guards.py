"""What must hold for every operation of the dialect, also for those that are added later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from datasets.models import Dataset, Job
from files.models import File
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.api.keys import BearerKey
from project.api.mistral.api import api as dialect
from project.api.mistral.errors import FAILURES
from project.lib.filters import Group
from records.actions import start_campaign
from records.models import Record
from tests.api.guards import assert_guarded, assert_whole, operations_of
from tests.api.mistral.calls import Caller, refusal
from tests.api.mistral.test_judges import body as judge_body
from tests.factories.datasets import JobFactory
from tests.factories.files import FileFactory
from tests.factories.judges import JudgeDraftFactory
from tests.factories.records import conversation
from tests.factories.threads import keep_logs
from threads.judge_actions import create_judge
from threads.models import Campaign, Judge, Log
from threads.types import CampaignDraft

SNAPSHOT = Path(__file__).parent / "openapi.json"
READING = {"search_events", "search_event_ids", "fetch_field_counts"}  # By a body, and so by POST.


def test_every_operation_is_whole() -> None:
    assert_whole(dialect, FAILURES)


def test_what_changes_something_needs_the_right_to_write() -> None:
    assert_guarded(dialect, by=BearerKey, reading_posts=READING)


def test_the_description_is_the_one_that_was_reviewed() -> None:
    """After a change that is meant, keep what the server says now, and read the difference before committing it."""
    schema = orjson.loads(Client().get("/v1/observability/openapi.json").content)
    assert schema == orjson.loads(SNAPSHOT.read_bytes())


STRANGE: dict[str, tuple[str, str, Any, str]] = {
    "fetch_dataset": ("GET", "/datasets/{dataset}", None, "DATASET_NOT_FOUND"),
    "update_dataset": ("PATCH", "/datasets/{dataset}", {"name": "Stolen"}, "DATASET_NOT_FOUND"),
    "delete_dataset": ("DELETE", "/datasets/{dataset}", None, "DATASET_NOT_FOUND"),
    "list_records": ("GET", "/datasets/{dataset}/records", None, "DATASET_NOT_FOUND"),
    "create_record": (
        "POST",
        "/datasets/{dataset}/records",
        {"payload": conversation("Hi")},
        "DATASET_NOT_FOUND",
    ),
    "import_from_file": (
        "POST",
        "/datasets/{dataset}/imports/from-file",
        {"file_id": "{file}"},
        "DATASET_NOT_FOUND",
    ),
    "import_from_dataset": (
        "POST",
        "/datasets/{own_dataset}/imports/from-dataset",
        {"dataset_record_ids": ["{record}"]},
        "DATASET_RECORD_NOT_FOUND",
    ),
    "import_from_campaign": (
        "POST",
        "/datasets/{dataset}/imports/from-campaign",
        {"campaign_id": "{dataset}"},
        "DATASET_NOT_FOUND",
    ),
    "import_from_explorer": (
        "POST",
        "/datasets/{dataset}/imports/from-explorer",
        {"completion_event_ids": []},
        "DATASET_NOT_FOUND",
    ),
    "import_from_playground": (
        "POST",
        "/datasets/{dataset}/imports/from-playground",
        {"conversation_ids": []},
        "DATASET_NOT_FOUND",
    ),
    "list_tasks": ("GET", "/datasets/{dataset}/tasks", None, "DATASET_NOT_FOUND"),
    "fetch_task": ("GET", "/datasets/{own_dataset}/tasks/{job}", None, "DATASET_TASK_NOT_FOUND"),
    "export_to_jsonl": ("GET", "/datasets/{dataset}/exports/to-jsonl", None, "DATASET_NOT_FOUND"),
    "fetch_record": ("GET", "/dataset-records/{record}", None, "DATASET_RECORD_NOT_FOUND"),
    "delete_record": ("DELETE", "/dataset-records/{record}", None, "DATASET_RECORD_NOT_FOUND"),
    "update_record_payload": (
        "PUT",
        "/dataset-records/{record}/payload",
        {"payload": {"messages": []}},
        "DATASET_RECORD_NOT_FOUND",
    ),
    "update_record_properties": (
        "PUT",
        "/dataset-records/{record}/properties",
        {"properties": {}},
        "DATASET_RECORD_NOT_FOUND",
    ),
    "bulk_delete_records": (
        "POST",
        "/dataset-records/bulk-delete",
        {"dataset_record_ids": ["{record}"]},
        "DATASET_RECORD_NOT_FOUND",
    ),
    "fetch_event": ("GET", "/chat-completion-events/{log}", None, "SEARCH_NOT_FOUND"),
    "fetch_similar_events": (
        "GET",
        "/chat-completion-events/{log}/similar-events",
        None,
        "SEARCH_NOT_FOUND",
    ),
    "judge_event": (
        "POST",
        "/chat-completion-events/{log}/live-judging",
        {"judge_definition": judge_body()},
        "SEARCH_NOT_FOUND",
    ),
    "judge_record": (
        "POST",
        "/dataset-records/{record}/live-judging",
        {"judge_definition": judge_body()},
        "DATASET_RECORD_NOT_FOUND",
    ),
    "fetch_judge": ("GET", "/judges/{judge}", None, "JUDGE_NOT_FOUND"),
    "update_judge": ("PUT", "/judges/{judge}", judge_body(), "JUDGE_NOT_FOUND"),
    "delete_judge": ("DELETE", "/judges/{judge}", None, "JUDGE_NOT_FOUND"),
    "judge_conversation": ("POST", "/judges/{judge}/live-judging", {"messages": []}, "JUDGE_NOT_FOUND"),
    "create_campaign": (
        "POST",
        "/campaigns",
        {
            "search_params": {"filters": None},
            "judge_id": "{judge}",
            "name": "Stolen",
            "description": "",
            "max_nb_events": 1,
        },
        "JUDGE_NOT_FOUND",
    ),
    "fetch_campaign": ("GET", "/campaigns/{campaign}", None, "CAMPAIGN_NOT_FOUND"),
    "delete_campaign": ("DELETE", "/campaigns/{campaign}", None, "CAMPAIGN_NOT_FOUND"),
    "fetch_campaign_status": ("GET", "/campaigns/{campaign}/status", None, "CAMPAIGN_NOT_FOUND"),
    "list_campaign_events": ("GET", "/campaigns/{campaign}/selected-events", None, "CAMPAIGN_NOT_FOUND"),
    "retrieve_file": ("GET", "/v1/files/{file}", None, "FILE_NOT_FOUND"),
    "delete_file": ("DELETE", "/v1/files/{file}", None, "FILE_NOT_FOUND"),
    "download_file": ("GET", "/v1/files/{file}/content", None, "FILE_NOT_FOUND"),
    "get_file_url": ("GET", "/v1/files/{file}/url", None, "FILE_NOT_FOUND"),
}
WITHOUT_A_SUBJECT = {
    *("list_datasets", "create_dataset", "list_files", "upload_file"),
    *("search_events", "search_event_ids", "list_fields", "fetch_field_options", "fetch_field_counts"),
    *("create_judge", "list_judges", "list_campaigns"),
}


def test_every_operation_is_tried_by_a_stranger() -> None:
    ids = {operation.operation_id for operation in operations_of(dialect)}
    assert ids == set(STRANGE) | WITHOUT_A_SUBJECT


@pytest.fixture
def names(
    workspace: Workspace,
    alice: User,
    author: Author,
    dataset: Dataset,
    records: Sequence[Record],
    stranger_dataset: Dataset,
) -> dict[str, str]:
    """What is alice's, by name, and a dataset of charlie's own."""
    [log] = keep_logs(workspace, input="secret")
    judge = create_judge(workspace, JudgeDraftFactory.create(), owner=alice)
    draft = CampaignDraft(workspace, "prod", name="Secret", description="", condition=Group(), max_logs=1)
    campaign = start_campaign(draft, judge=judge, owner=alice, author=author)
    return {
        "{dataset}": str(dataset.id),
        "{record}": str(records[0].id),
        "{file}": str(FileFactory.create(workspace=workspace).id),
        "{job}": str(JobFactory.create(dataset=dataset).id),
        "{log}": str(log.id),
        "{judge}": str(judge.id),
        "{campaign}": str(campaign.id),
        "{own_dataset}": str(stranger_dataset.id),
    }


@pytest.mark.parametrize("operation_id", STRANGE)
def test_two_workspaces_never_see_each_other(
    stranger_api: Caller, names: dict[str, str], operation_id: str
) -> None:
    method, path, body, code = STRANGE[operation_id]
    raw = b"" if body is None else orjson.dumps(body)
    for name, value in names.items():
        path, raw = path.replace(name, value), raw.replace(name.encode(), value.encode())
    before = everything()
    refusal(stranger_api.call(method, path, raw), 404, code)
    assert everything() == before


MODELS: tuple[Any, ...] = (Dataset, Record, File, Job, Log, Judge, Campaign)


def everything() -> list[Any]:
    """What a stranger could have changed."""
    return [list(model.objects.order_by("id").values()) for model in MODELS]


def test_lists_of_a_stranger_are_empty(stranger_api: Caller, names: dict[str, str]) -> None:
    datasets = orjson.loads(stranger_api.get("/datasets").content)["datasets"]
    assert [row["id"] for row in datasets["results"]] == [names["{own_dataset}"]]
    body = {"search_params": {"filters": None}}
    found = orjson.loads(stranger_api.post("/chat-completion-events/search", body).content)
    assert found["completion_events"]["results"] == []
    assert orjson.loads(stranger_api.get("/v1/files").content) == {"data": [], "object": "list", "total": 0}


def test_the_description_is_served_and_names_the_bearer_key(api: Caller) -> None:
    schema = orjson.loads(api.get("/openapi.json").content)
    assert schema["components"]["securitySchemes"] == {"BearerKey": {"type": "http", "scheme": "bearer"}}
    assert "/v1/observability/datasets/{dataset_id}/records" in schema["paths"]
    record = schema["components"]["schemas"]["RecordOut"]["properties"]
    assert record["payload"]["type"] == "object"
