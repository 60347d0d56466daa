"""Logs inside a dataset: sampled, added by hand, listed, changed and removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job
from project.accounts.types import Author
from records.actions import add_records
from records.models import Record
from records.types import RecordDraft
from tests.api.keywordsai.calls import Caller, refusal, said, wrong_fields
from tests.factories.threads import LogDraftFactory, keep_logs
from tests.jobs import finish_all
from threads.models import Log

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-31T00:00:00Z"}


def keep(dataset: Dataset, number: int, **values: Any) -> list[Log]:
    drafts = (
        LogDraftFactory.create(**{"logged_at": BEGIN + timedelta(hours=place), **values})
        for place in range(number)
    )
    return keep_logs(dataset.workspace, *drafts)


def work() -> None:
    """What the worker would do."""
    for job in finish_all():
        assert job.status == Job.Status.COMPLETED, job.message


@pytest.fixture
def sampled(api: Caller, dataset: Dataset) -> str:
    """The path of a dataset with copies of three logs."""
    keep(dataset, 3, meta={"lang": "de", "_own": 1}, customer_identifier="ada", latency=0.5)
    said(api.post(f"/datasets/{dataset.id}/logs/import/", WINDOW))
    work()
    return f"/datasets/{dataset.id}/logs"


def test_the_seeds_dataset_is_made_of_the_logs_of_its_window(api: Caller, dataset: Dataset) -> None:
    keep(dataset, 10, status_code=200)
    keep(dataset, 5, status_code=500)
    body = {
        "name": "Successful requests",
        "description": "From January",
        "sampling": 100,
        **WINDOW,
        "initial_log_filters": {"status_code": {"operator": "", "value": [200]}},
    }
    made = said(api.post("/datasets/", body), 201)
    assert (made["status"], made["log_count"]) == ("initializing", 0)
    work()
    ready = said(api.get(f"/datasets/{made['id']}/"))
    assert (ready["status"], ready["log_count"]) == ("ready", 10)
    assert ready["initial_log_filters"] == body["initial_log_filters"]
    listed = said(api.post(f"/datasets/{made['id']}/logs/list/", {}))
    assert listed["count"] == 10
    assert {row["status_code"] for row in listed["results"]} == {200}


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (20, 5, 40), (100, 100, 100)])
def test_sampling_is_a_percentage(api: Caller, dataset: Dataset, percent: int, least: int, most: int) -> None:
    keep(dataset, 100)
    made = said(api.post("/datasets/", {"name": "Some", "sampling": percent, **WINDOW}), 201)
    work()
    assert least <= said(api.get(f"/datasets/{made['id']}/"))["log_count"] <= most


def test_a_filter_that_cannot_be_read_makes_no_dataset(api: Caller) -> None:
    body = {"name": "None", **WINDOW, "initial_log_filters": {"mood": "good"}}
    assert "status_code" in refusal(api.post("/datasets/", body), 400)
    body["initial_log_filters"] = {"cost": {"operator": "gt", "value": "much"}}
    assert "cost" in refusal(api.post("/datasets/", body), 400)
    assert not Dataset.objects.exists()


def test_a_prod_key_samples_no_test_logs(api: Caller, test_api: Caller, dataset: Dataset) -> None:
    keep_logs(dataset.workspace, LogDraftFactory.create(logged_at=BEGIN), environment="test")
    counts = {}
    for name, caller in (("prod", api), ("test", test_api)):
        made = said(caller.post("/datasets/", {"name": name, **WINDOW}), 201)
        work()
        counts[name] = said(caller.get(f"/datasets/{made['id']}/"))["log_count"]
    assert counts == {"prod": 0, "test": 1}


def test_logs_are_added_once_however_often_they_are_asked_for(api: Caller, dataset: Dataset) -> None:
    keep(dataset, 3)
    for path in ("logs/import/", "logs/create", "logs/create/"):
        answer = said(api.post(f"/datasets/{dataset.id}/{path}", {**WINDOW, "filters": {"model": "gpt-4o"}}))
        assert answer["message"] == "Logs are being added to dataset in the background"
        work()
    said(api.post(f"/evaluations/datasets/{dataset.id}/logs/", WINDOW))
    work()
    assert said(api.get(f"/datasets/{dataset.id}/"))["log_count"] == 3


def test_logs_are_added_by_their_ids_as_early_clients_do(api: Caller, dataset: Dataset) -> None:
    kept = keep(dataset, 2)
    for _ in range(2):  # What is there is not added again.
        sent = said(api.post(f"/datasets/{dataset.id}/logs/bulk/", {"log_ids": [kept[0].public_id]}), 201)
        assert sent["success_count"] == 1
        work()
    Log.objects.all().delete()
    [row] = said(api.get(f"/datasets/{dataset.id}/logs"))["results"]
    assert row["unique_id"] == kept[0].public_id
    assert (row["model"], row["cost"], row["latency"], row["environment"]) == ("gpt-4o", 0.001, 0.5, "prod")
    refusal(api.post(f"/datasets/{dataset.id}/logs/bulk/", {"log_ids": ["nobody"]}), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "start_time"),
        ({"start_time": "2026-01-01"}, "end_time"),
        ({**WINDOW, "sampling_percentage": 0}, "sampling_percentage"),
        ({**WINDOW, "filters": []}, "filters"),
    ],
)
def test_an_import_that_lacks_something_is_told(
    api: Caller, dataset: Dataset, body: dict[str, Any], field: str
) -> None:
    assert field in wrong_fields(api.post(f"/datasets/{dataset.id}/logs/import/", body))
    assert not Job.objects.exists()


def test_a_copy_says_what_was_measured_of_its_log_and_keeps_it(api: Caller, sampled: str) -> None:
    Log.objects.all().delete()
    page = said(api.post(f"{sampled}/list/", {}))
    row = page["results"][0]
    assert (row["model"], row["cost"], row["latency"], row["status"]) == ("gpt-4o", 0.001, 0.5, "success")
    assert (row["prompt_tokens"], row["total_request_tokens"]) == (10, 15)
    assert (row["timestamp"], row["environment"]) == ("2026-01-01T00:00:00Z", "prod")
    assert (row["metadata"], row["customer_identifier"]) == ({"lang": "de"}, "ada")
    assert row["input"][0]["role"] == "user"
    assert row["output"]["role"] == "assistant"
    assert (row["completion"], row["scores"]) == (row["output"]["content"], {})
    single = said(api.get(f"{sampled}/{row['unique_id']}/"))
    assert (single["scores"], len(single["messages"])) == ([], 2)


def test_a_list_asks_no_more_for_more_rows(
    api: Caller, sampled: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(8):  # Among them those of a transaction and its time limit.
        page = said(api.get(f"{sampled}/list/", page_size=2))
    assert (page["count"], page["total_count"], len(page["results"])) == (3, 3, 2)
    assert page["filter_options"] == page["filters_data"]
    assert said(api.post(f"{sampled}/list/", {"page": 2, "page_size": 2}))["next"] is None
    backwards = said(api.get(f"{sampled}/list/", sort_by="-unique_id", include_fields="model"))["results"]
    assert backwards[-1]["id"] == page["results"][0]["id"]
    assert set(backwards[0]) == {"id", "unique_id", "model"}


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"model": "gpt-4o"}, 3),
        ({"cost": {"operator": "gt", "value": [0.5]}}, 0),
        ({"cost": {"operator": "lte", "value": 0.001}}, 3),
        ({"metadata__lang": "de"}, 3),
        ({"metadata.lang": {"operator": "not", "value": "de"}}, 0),
        ({"timestamp": {"gte": "2026-01-01T01:00:00Z"}}, 2),
        ({"customer_identifier": {"operator": "startswith", "value": "a"}}, 3),
        ({"error_code": {"operator": "isnull", "value": True}}, 3),
        ({"created_at": {"operator": "gt", "value": "2026-02-01"}}, 3),
    ],
)
def test_rows_are_filtered_by_the_fields_of_their_logs(
    api: Caller, sampled: str, filters: dict[str, Any], count: int
) -> None:
    assert said(api.post(f"{sampled}/list/", {"filters": filters}))["count"] == count


def test_a_row_is_found_by_the_id_of_its_log(api: Caller, sampled: str) -> None:
    name = Log.objects.newest_first()[0].public_id
    for field in ("id", "unique_id"):
        [row] = said(api.post(f"{sampled}/list/", {"filters": {field: {"operator": "", "value": [name]}}}))[
            "results"
        ]
        assert row["unique_id"] == name


def test_the_summary_of_rows_adds_up(api: Caller, sampled: str) -> None:
    summary = said(api.post(f"{sampled}/summary/", {"filters": {"model": "gpt-4o"}}))
    assert (summary["number_of_requests"], summary["total_tokens"]) == (3, 45)
    assert summary["total_cost"] == pytest.approx(0.003)
    assert summary["avg_latency"] == 0.5


@pytest.mark.parametrize(
    "content",
    [
        {"input": "A text alone"},
        {"input": "Question?", "output": "Answer."},
        {
            "input": [{"role": "user", "content": "Q", "unknown": [1]}],
            "output": {"role": "assistant", "content": "A"},
        },
        {"input": {"question": "Q", "deep": {"a": [None]}}, "output": ["a", 1]},
        {"input": ["a", "b"], "output": 5, "expected_output": {"label": "x"}},
        {"input": [], "output": ""},
        {"input": 7, "output": False},
    ],
    ids=str,
)
def test_any_input_and_output_come_back_as_they_were_sent(
    api: Caller, dataset: Dataset, content: dict[str, Any]
) -> None:
    path = f"/datasets/{dataset.id}/logs/"
    made = said(
        api.post(path, {**content, "metadata": {"n": 1, "model": "m"}, "metrics": {"cost": 0.5}}), 201
    )
    row = said(api.get(f"{path}{made['unique_id']}/"))
    assert {name: row[name] for name in content} == content
    assert (row["metadata"], row["model"], row["cost"]) == ({"n": 1, "model": "m"}, "m", 0.5)
    assert said(api.post(f"{path}list/", {}))["results"][0]["input"] == content["input"]


def test_rows_in_bulk_are_one_revision_and_bad_ones_are_named(api: Caller, dataset: Dataset) -> None:
    logs = [{"input": "a"}, {"output": "no input"}, {"input": "b", "metadata": {"x": "\0"}}, {"input": "c"}]
    sent = said(api.post(f"/datasets/{dataset.id}/logs/bulk/", {"logs": logs}), 201)
    assert (sent["success_count"], sent["error_count"]) == (2, 2)
    assert [error["index"] for error in sent["errors"]] == [1, 2]
    dataset.refresh_from_db()
    assert (dataset.record_count, dataset.revision_number) == (2, 1)
    assert said(api.post(f"/datasets/{dataset.id}/logs/bulk/", {"logs": [{}]}), 400)["error_count"] == 1
    assert "logs" in wrong_fields(
        api.post(f"/datasets/{dataset.id}/logs/bulk/", {"logs": [{"input": 1}] * 501})
    )


def test_a_patch_changes_what_is_given_and_a_put_removes_the_rest(api: Caller, sampled: str) -> None:
    before = said(api.get(f"{sampled}/list/"))["results"][0]
    path = f"{sampled}/{before['unique_id']}/"
    changed = said(api.patch(path, {"output": "Better.", "expected_output": "Best.", "error_code": "E"}))
    assert (changed["output"], changed["expected_output"], changed["error_code"]) == ("Better.", "Best.", "E")
    assert (changed["input"], changed["metadata"]) == (before["input"], before["metadata"])
    assert (changed["model"], changed["unique_id"]) == ("gpt-4o", before["unique_id"])
    replaced = said(api.put(path, {"input": "Only this", "metadata": {"a": 1}}))
    assert (replaced["input"], replaced["output"], replaced["expected_output"]) == ("Only this", None, None)
    assert (replaced["metadata"], replaced["error_code"]) == ({"a": 1}, None)


def test_reserved_metadata_outlives_a_change(api: Caller, sampled: str) -> None:
    row = said(api.get(f"{sampled}/list/"))["results"][0]
    said(api.patch(f"{sampled}/{row['unique_id']}/", {"metadata": {"lang": "en"}}))
    record = Record.objects.get(source=row["unique_id"])
    assert record.meta == {"lang": "en", "_own": 1}


def test_unknown_keys_of_a_payload_outlive_a_change(api: Caller, dataset: Dataset, author: Author) -> None:
    payload = {"messages": [{"role": "user", "content": "Q"}], "unknown": {"deep": ["\ud800", None, 10**30]}}
    [record] = add_records(dataset, [RecordDraft(payload=payload)], author=author)
    said(api.patch(f"/datasets/{dataset.id}/logs/{record.id}/", {"output": "A"}))
    record.refresh_from_db()
    assert record.as_payload["unknown"] == payload["unknown"]
    assert [message["content"] for message in record.as_payload["messages"]] == ["Q", "A"]


def test_records_made_elsewhere_are_rows_too(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    rows = said(api.get(f"/datasets/{dataset.id}/logs/list/"))["results"]
    assert [row["unique_id"] for row in rows] == [record.id.hex for record in records]
    assert rows[0]["input"] == records[0].as_payload["messages"][:1]


def test_a_deleted_row_is_gone_for_good(api: Caller, sampled: str) -> None:
    row = said(api.get(f"{sampled}/list/"))["results"][0]
    path = f"{sampled}/{row['unique_id']}/"
    assert api.delete(path).status_code == 204
    refusal(api.delete(path), 404)
    refusal(api.get(path), 404)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"filters": {"timestamp": {"operator": "gte", "value": "2026-01-01T01:00:00Z"}}}, 1),
        ({"filters": {"model": "other"}}, 3),
        ({"is_deleting_all_logs": True}, 0),
    ],
)
@pytest.mark.parametrize("path", ["import/", "delete"])
def test_rows_are_removed_by_filter_or_all(
    api: Caller, sampled: str, path: str, body: dict[str, Any], left: int
) -> None:
    assert "background" in said(api.delete(f"{sampled}/{path}", body))["message"]
    work()
    assert said(api.get(f"{sampled}/list/"))["count"] == left


def test_a_removal_says_what_it_needs_and_never_removes_all_by_mistake(api: Caller, sampled: str) -> None:
    assert "filters" in wrong_fields(api.delete(f"{sampled}/import/", {}))
    refusal(api.delete(f"{sampled}/import/"), 400)
    refusal(api.delete(f"{sampled}/import/", {"filters": {"mood": "good"}}), 400)
    assert said(api.get(f"{sampled}/list/"))["count"] == 3


def test_evaluations_and_exports_say_that_they_are_not_there(api: Caller, dataset: Dataset) -> None:
    path = f"/datasets/{dataset.id}"
    for response in (
        api.post(f"{path}/eval-reports/create/", {"evaluator_ids": ["a"]}),
        api.get(f"{path}/eval-reports/list/"),
        api.get(f"{path}/eval-reports/abc"),
        api.post(f"{path}/logs/list/", {"is_exporting": True}),
    ):
        assert "not" in refusal(response, 501)
