"""What must hold for every operation of the dialect, also for those that are added later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from datasets.models import Dataset, Job
from project.accounts.models import Workspace
from project.api.keywordsai.api import api as dialect
from project.api.keywordsai.auth import EitherKey
from project.api.keywordsai.errors import FAILURES
from records.models import Record
from tests.api.guards import assert_guarded, assert_whole, operations_of
from tests.api.keywordsai.calls import Caller, refusal, said
from tests.factories.threads import keep_logs
from threads.models import Log, Thread

SNAPSHOT = Path(__file__).parent / "openapi.json"
READING_POSTS = {
    *("filter_logs", "summarize_logs", "filter_datasets", "filter_dataset_logs", "summarize_dataset_logs"),
    "list_threads",
}


def test_every_operation_is_whole() -> None:
    assert_whole(dialect, FAILURES)


def test_what_changes_something_needs_the_right_to_write() -> None:
    assert_guarded(dialect, by=EitherKey, reading_posts=READING_POSTS)


def test_the_description_is_the_one_that_was_reviewed() -> None:
    """After a change that is meant, keep what the server says now, and read the difference before committing it."""
    schema = orjson.loads(Client().get("/api/keywordsai/openapi.json").content)
    assert schema == orjson.loads(SNAPSHOT.read_bytes())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Api-Key", "Token"])
def test_the_key_may_be_named_as_older_documents_do(alice_key: str, scheme: str) -> None:
    status = 401 if scheme == "Token" else 200
    assert Caller(alice_key, scheme).get("/datasets/list/").status_code == status


@pytest.mark.parametrize("secret", [None, "", "wn_prod_wrong", "sk_live_\xff"])
@pytest.mark.parametrize("path", ["/datasets/list/", "/request-logs/list/", "/request-logs/abc/"])
def test_a_missing_or_wrong_key_is_401_everywhere(db: None, secret: str | None, path: str) -> None:
    response = Caller(secret).get(path)
    refusal(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_reader_may_not_write(reader_api: Caller, dataset: Dataset) -> None:
    refusal(reader_api.post("/request-logs/", {}), 403)
    refusal(reader_api.post("/v2/traces", {}), 403)
    refusal(reader_api.patch(f"/datasets/{dataset.id}/", {"name": "x"}), 403)
    said(reader_api.post("/request-logs/list/", {}))


def test_a_key_of_one_dataset_opens_that_one(bound_api: Caller, dataset: Dataset) -> None:
    said(bound_api.post(f"/datasets/{dataset.id}/logs/", {"input": "a"}), 201)
    assert said(bound_api.get("/datasets/list/"))["count"] == 1
    refusal(bound_api.post("/datasets/", {"name": "x", "is_empty": True}), 403)
    for path in ("/log_threads/", "/request-logs/list/", "/v2/traces", "/v1/traces/ingest"):
        refusal(bound_api.post(path, {}), 403)
    window = {"start_time": "2026-01-01", "end_time": "2026-01-02"}
    refusal(bound_api.post(f"/datasets/{dataset.id}/logs/import/", window), 403)


STRANGE: dict[str, tuple[str, str, Any]] = {
    "retrieve_dataset": ("GET", "/datasets/{dataset}", None),
    "update_dataset": ("PATCH", "/datasets/{dataset}", {"name": "Stolen"}),
    "delete_dataset": ("DELETE", "/datasets/{dataset}", None),
    "run_evaluation": ("POST", "/datasets/{dataset}/eval-reports/create", {}),
    "list_evaluations": ("GET", "/datasets/{dataset}/eval-reports/list", None),
    "retrieve_evaluation": ("GET", "/datasets/{dataset}/eval-reports/x", None),
    "list_dataset_logs": ("GET", "/datasets/{dataset}/logs/list", None),
    "list_dataset_logs_at_root": ("GET", "/datasets/{dataset}/logs", None),
    "filter_dataset_logs": ("POST", "/datasets/{dataset}/logs/list", {}),
    "summarize_dataset_logs": ("POST", "/datasets/{dataset}/logs/summary", {}),
    "create_dataset_log": ("POST", "/datasets/{dataset}/logs", {"input": "a"}),
    "create_dataset_logs_in_bulk": ("POST", "/datasets/{dataset}/logs/bulk", {"logs": [{"input": "a"}]}),
    "import_logs": (
        "POST",
        "/datasets/{dataset}/logs/import",
        {"start_time": "2026-01-01", "end_time": "2026-01-02"},
    ),
    "import_logs_by_older_name": (
        "POST",
        "/datasets/{dataset}/logs/create",
        {"start_time": "2026-01-01", "end_time": "2026-01-02"},
    ),
    "import_logs_by_oldest_name": (
        "POST",
        "/evaluations/datasets/{dataset}/logs",
        {"start_time": "2026-01-01", "end_time": "2026-01-02"},
    ),
    "remove_logs": ("DELETE", "/datasets/{dataset}/logs/import", {"is_deleting_all_logs": True}),
    "remove_logs_by_older_name": (
        "DELETE",
        "/datasets/{dataset}/logs/delete",
        {"is_deleting_all_logs": True},
    ),
    "retrieve_dataset_log": ("GET", "/datasets/{own_dataset}/logs/{record}", None),
    "update_dataset_log": ("PATCH", "/datasets/{own_dataset}/logs/{record}", {"output": "x"}),
    "replace_dataset_log": ("PUT", "/datasets/{own_dataset}/logs/{record}", {"input": "x"}),
    "delete_dataset_log": ("DELETE", "/datasets/{own_dataset}/logs/{record}", None),
    "retrieve_log": ("GET", "/request-logs/{log}", None),
    "update_log": ("PATCH", "/request-logs/{log}", {"note": "x"}),
    "delete_log": ("DELETE", "/request-logs/{log}", None),
    "update_logs_in_batch": (
        "PATCH",
        "/request-logs/batch-update",
        {"logs": [{"unique_id": "{log}", "note": "x"}]},
    ),
    "retrieve_thread": ("GET", "/log_thread/thread-1", None),
}
WITHOUT_A_SUBJECT = {
    *("create_dataset", "create_dataset_by_older_name", "list_datasets", "list_datasets_at_root"),
    *("filter_datasets", "create_log", "create_log_by_older_name", "create_logs_in_batch"),
    *("create_logs_in_bulk", "list_logs", "list_logs_at_root", "filter_logs", "summarize_logs"),
    *("list_threads", "export_traces", "export_traces_2", "ingest_spans", "ingest_spans_2"),
}


def test_every_operation_is_tried_by_a_stranger() -> None:
    assert {operation.operation_id for operation in operations_of(dialect)} == set(
        STRANGE
    ) | WITHOUT_A_SUBJECT


@pytest.fixture
def names(
    workspace: Workspace, dataset: Dataset, records: Sequence[Record], stranger_dataset: Dataset
) -> dict[str, str]:
    """What is alice's, by name, and a dataset of charlie's own."""
    [log] = keep_logs(workspace, thread_identifier="thread-1", unique_id="call-1")
    return {
        "{dataset}": str(dataset.id),
        "{record}": str(records[0].id),
        "{log}": log.public_id,
        "{own_dataset}": str(stranger_dataset.id),
    }


@pytest.mark.parametrize("operation_id", STRANGE)
def test_two_workspaces_never_see_each_other(
    stranger_api: Caller, names: dict[str, str], operation_id: str
) -> None:
    method, path, body = STRANGE[operation_id]
    raw = b"" if body is None else orjson.dumps(body)
    for name, value in names.items():
        path, raw = path.replace(name, value), raw.replace(name.encode(), value.encode())
    before = everything()
    refusal(stranger_api.call(method, path, raw), 404)
    assert everything() == before


def everything() -> list[Any]:
    """What a stranger could have changed."""
    return [list(model.objects.order_by("id").values()) for model in (Dataset, Record, Job, Log, Thread)]


def test_lists_of_a_stranger_are_empty(stranger_api: Caller, names: dict[str, str]) -> None:
    datasets = said(stranger_api.get("/datasets/list/"))
    assert [row["id"] for row in datasets["results"]] == [names["{own_dataset}"]]
    assert said(stranger_api.get("/request-logs/list/"))["count"] == 0
    assert said(stranger_api.post("/log_threads/", {}))["count"] == 0
    filters = {"filters": {"id": {"operator": "", "value": ["call-1"]}}}
    assert said(stranger_api.post("/request-logs/list/", filters))["count"] == 0
    assert said(stranger_api.post("/request-logs/summary/", {}))["number_of_requests"] == 0


def test_other_dialects_keep_their_own_words_for_unknown_routes(api: Caller) -> None:
    refusal(api.get("/nothing/"), 404)
    assert "code" in orjson.loads(api.get("/v1/nothing").content)
    assert "error_code" in orjson.loads(api.client.get("/v1/observability/nothing").content)["detail"]
    assert "PUT" in refusal(api.put("/v1/traces", {}), 405)
