"""Datasets without their logs: made, listed, changed and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job
from records.models import Record
from tests.api.keywordsai.calls import Caller, refusal, said, wrong_fields
from tests.factories.datasets import DatasetFactory, JobFactory

EMPTY = {"name": "Support", "is_empty": True}


def test_an_empty_dataset_has_everything_that_either_client_needs(api: Caller, dataset: Dataset) -> None:
    made = said(api.post("/datasets/", {**EMPTY, "description": "What people ask"}), 201)
    UUID(made["id"])
    assert (made["name"], made["description"], made["type"]) == ("Support", "What people ask", "sampling")
    assert (made["status"], made["log_count"], made["running_status"]) == ("ready", 0, "pending")
    assert made["organization"] == made["organization_id"] == dataset.workspace.serial
    assert datetime.fromisoformat(made["created_at"]) <= datetime.fromisoformat(made["updated_at"])
    assert said(api.get(f"/datasets/{made['id']}/")) == made


@pytest.mark.parametrize("path", ["/datasets/", "/datasets", "/datasets/create", "/datasets/create/"])
def test_every_way_to_make_one_is_the_same(api: Caller, path: str) -> None:
    assert said(api.post(path, EMPTY), 201)["status"] == "ready"


def test_routes_answer_without_the_prefix_and_never_redirect(api: Caller, dataset: Dataset) -> None:
    for path in (f"/datasets/{dataset.id}", f"/datasets/{dataset.id}/", "/datasets/list", "/datasets/list/"):
        assert api.client.get(path).status_code == 200
        assert api.get(path).status_code == 200


def test_filters_and_granularity_come_back_as_they_were_sent(api: Caller) -> None:
    filters = {"status_code": {"operator": "", "value": 200}}
    made = said(
        api.post("/datasets/", {**EMPTY, "initial_log_filters": filters, "granularity": "traces"}), 201
    )
    assert made["initial_log_filters"] == filters
    assert made["granularity"] == "traces"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "  ", "is_empty": True}, "name"),
        ({"name": "x\0", "is_empty": True}, "name"),
        ({**EMPTY, "type": "other"}, "type"),
        ({**EMPTY, "sampling": 101}, "sampling"),
        ({**EMPTY, "sampling": -1}, "sampling"),
        ({**EMPTY, "sampling": 1.5}, "sampling"),
        ({**EMPTY, "initial_log_filters": []}, "initial_log_filters"),
        ({**EMPTY, "granularity": "words"}, "granularity"),
        ({"name": "Support", "end_time": "2025-01-01T00:00:00Z"}, "start_time"),
        ({"name": "Support", "start_time": "yesterday", "end_time": "2025-01-01T00:00:00Z"}, "start_time"),
        ({"name": "Support", "start_time": "2025-01-01T00:00:00Z"}, "end_time"),
        (
            {"name": "Support", "start_time": "2025-01-02T00:00:00Z", "end_time": "2025-01-01T00:00:00Z"},
            "end_time",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(api: Caller, body: Any, field: str) -> None:
    assert field in wrong_fields(api.post("/datasets/", body))
    assert not Dataset.objects.exists()


def test_a_dataset_is_renamed_and_what_is_absent_stays(api: Caller, dataset: Dataset) -> None:
    changed = said(
        api.patch(
            f"/datasets/{dataset.id}/", {"name": "Talks", "starred": True, "tags": ["a"], "type": "llm"}
        )
    )
    assert (changed["name"], changed["description"], changed["type"]) == ("Talks", "", "sampling")
    assert (changed["starred"], changed["tags"]) == (True, [{"id": "a", "name": "a", "color": ""}])
    assert said(api.patch(f"/datasets/{dataset.id}", {"description": "New"}))["name"] == "Talks"


def test_a_deleted_dataset_is_gone(api: Caller, dataset: Dataset) -> None:
    assert api.delete(f"/datasets/{dataset.id}/").content == b""
    assert "no dataset" in refusal(api.get(f"/datasets/{dataset.id}/"), 404)
    assert refusal(api.delete(f"/datasets/{dataset.id}/"), 404)


@pytest.mark.parametrize(
    ("job_status", "record_count", "status"),
    [
        (Job.Status.QUEUED, 0, "initializing"),
        (Job.Status.RUNNING, 7, "loading"),
        (Job.Status.FAILED, 0, "failed"),
        (Job.Status.FAILED, 7, "ready"),
        (Job.Status.COMPLETED, 0, "ready"),
    ],
)
def test_the_last_sampling_says_the_status(
    api: Caller, dataset: Dataset, job_status: str, record_count: int, status: str
) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(record_count=record_count)
    JobFactory.create(dataset=dataset, kind=Job.Kind.SAMPLE_LOGS, status=Job.Status.COMPLETED)
    JobFactory.create(dataset=dataset, kind=Job.Kind.SAMPLE_LOGS, status=job_status)
    JobFactory.create(dataset=dataset, kind=Job.Kind.IMPORT_FILE, status=Job.Status.RUNNING)
    assert said(api.get(f"/datasets/{dataset.id}/"))["status"] == status


def test_a_dataset_is_ready_when_its_records_are_in_though_their_vectors_follow(
    api: Caller, dataset: Dataset
) -> None:
    running = {"status": Job.Status.RUNNING, "result": {"published": True}}
    JobFactory.create(dataset=dataset, kind=Job.Kind.SAMPLE_LOGS, **running)
    assert said(api.get(f"/datasets/{dataset.id}/"))["status"] == "ready"
    ready = {"filters": {"status": {"operator": "", "value": "ready"}}}
    assert said(api.post("/datasets/list/", ready))["count"] == 1


def test_a_list_is_newest_first_in_the_vendors_envelope(
    api: Caller, dataset: Dataset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    newer = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    with django_assert_num_queries(9):
        listed = said(api.get("/datasets/list/", page_size=1))
    assert [row["id"] for row in listed["results"]] == [str(newer.id)]
    assert (listed["count"], listed["total_count"], listed["previous"]) == (2, 2, None)
    assert listed["next"] == "http://testserver/api/datasets/list/?page_size=1&page=2"
    assert (listed["current_filters"], listed["filters_data"]) == ({}, {})


def test_what_the_server_must_refuse_before_a_route(api: Caller, dataset: Dataset) -> None:
    refusal(api.call("POST", "/datasets/", b"{"), 400)
    refusal(api.call("POST", "/datasets/", b"[]"), 400)
    assert "NaN" in refusal(api.call("POST", "/datasets/", b'{"name": NaN}'), 400)
    refusal(api.call("POST", "/datasets/", b"[" * 100_000), 400)
    assert "PATCH" in refusal(api.post(f"/datasets/{dataset.id}/", {}), 405)
    refusal(api.get("/nothing/here/"), 404)
    refusal(api.get("/datasets/not-an-id/"), 404)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"name": {"operator": "icontains", "value": "sUpp"}}, 1),
        ({"name": "Other"}, 1),
        ({"status": {"operator": "", "value": ["initializing"]}}, 1),
        ({"status": {"operator": "not", "value": "initializing"}}, 1),
        ({"type": "sampling"}, 2),
        ({"log_count": {"operator": "gt", "value": 0}}, 0),
        ({"created_at": {"gte": "2020-01-01T00:00:00Z", "lte": "2199-01-01T00:00:00Z"}}, 2),
    ],
)
def test_lists_of_datasets_are_filtered(api: Caller, dataset: Dataset, filters: Any, count: int) -> None:
    DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner, name="Other")
    JobFactory.create(dataset=dataset, kind=Job.Kind.SAMPLE_LOGS)
    listed = said(api.post("/datasets/list/", {"filters": filters}))
    assert (listed["count"], len(listed["results"])) == (count, count)
    assert listed["current_filters"].keys() == filters.keys()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"name": "upp"}, 1),
        ({"status": "ready"}, 1),
        ({"type": "llm"}, 0),
        ({"created_after": "2199-01-01T00:00:00Z"}, 0),
        ({"created_before": "2199-01-01T00:00:00Z"}, 1),
    ],
)
def test_simple_filters_stand_in_the_query(
    api: Caller, dataset: Dataset, query: dict[str, str], count: int
) -> None:
    assert said(api.get("/datasets/list", **query))["count"] == count


def test_a_dataset_can_be_made_as_a_copy_of_another(
    api: Caller, dataset: Dataset, records: Sequence[Record], stranger_dataset: Dataset
) -> None:
    made = said(api.post("/datasets/", {"source_dataset_id": str(dataset.id)}), 201)
    assert (made["name"], made["status"], made["log_count"]) == ("Support", "ready", len(records))
    empty = said(api.post("/datasets/", {"name": "Empty", "source_dataset_id": make_empty(dataset)}), 201)
    assert (empty["name"], empty["log_count"]) == ("Empty", 0)
    refusal(api.post("/datasets/", {"source_dataset_id": str(stranger_dataset.id)}), 404)
    assert "name" in wrong_fields(api.post("/datasets/", {"is_empty": True}))


def make_empty(beside: Dataset) -> str:
    return str(DatasetFactory.create(workspace=beside.workspace, owner=beside.owner).id)


def test_an_unknown_field_is_told_which_there_are(api: Caller) -> None:
    assert "log_count" in refusal(api.post("/datasets/list/", {"filters": {"mood": "good"}}), 400)
