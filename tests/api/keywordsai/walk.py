"""What users of the vendor's two clients do, call by call, with the clients themselves."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from keywordsai.datasets.api import DatasetAPI
from keywordsai.logs.api import LogAPI
from keywordsai_sdk.keywordsai_types.dataset_types import (
    DatasetCreate,
    DatasetUpdate,
    LogManagementRequest,
)
from keywordsai_sdk.keywordsai_types.log_types import KeywordsAILogParams
from respan.client import RespanClient
from respan.datasets.types import ListDatasetLogsResponseCount

DEADLINE_SECONDS = 60


def window() -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "start_time": (now - timedelta(hours=1)).isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
    }


def walk_spans(client: RespanClient) -> str:
    """Answers the mark of the spans that it made, and leaves."""
    mark = uuid4().hex
    made = client.spans.create_span(
        model="gpt-4o",
        input=[{"role": "user", "content": "Hi"}],
        output={"role": "assistant", "content": "Hello"},
        custom_identifier=mark,
        thread_identifier=f"thread-{mark}",
        customer_identifier="ada",
        cost=0.25,
    )
    assert made.id == made.unique_id
    assert (made.status, made.environment, made.cost) == ("success", "prod", 0.25)
    assert isinstance(made.timestamp, datetime)
    span = client.spans.retrieve_span(str(made.unique_id))
    assert (span.id, span.model) == (made.id, "gpt-4o")
    logs = [{"model": "gpt-4o", "input": f"Question {n}", "custom_identifier": mark} for n in range(4)]
    bulk = client.spans.bulk_create_spans(logs=logs)
    assert bulk is not None
    mine = {"custom_identifier": {"operator": "", "value": [mark]}}
    assert len({row["unique_id"] for row in client.spans.list_spans(filters=mine, page_size=2)}) == 5
    summary = client.spans.get_spans_summary(filters=mine)
    assert (summary.number_of_requests, summary.total_cost) == (5, 0.25)
    return mark


def walk_datasets(client: RespanClient, mark: str) -> None:
    datasets = client.datasets
    filters = {"custom_identifier": {"operator": "", "value": [mark]}}
    made = datasets.create_dataset(name=f"Set {mark}", sampling=100, initial_log_filters=filters, **window())
    dataset_id = str(made.id)
    wait(lambda: datasets.retrieve_dataset(dataset_id).status == "ready")
    kept = datasets.retrieve_dataset(dataset_id)
    assert (kept.log_count, kept.type, kept.granularity) == (5, "sampling", "logs")
    assert isinstance(kept.organization, int)
    found = datasets.list_datasets(filters={"name": {"operator": "icontains", "value": mark}})
    assert [row.id for row in found.results or ()] == [dataset_id]
    changed = datasets.update_dataset(dataset_id, name=f"Renamed {mark}")
    assert changed.name == f"Renamed {mark}"

    page = datasets.list_dataset_logs(dataset_id, page_size=2)
    assert isinstance(page, ListDatasetLogsResponseCount)
    assert (page.count, len(page.results)) == (5, 2)
    row = datasets.create_dataset_log(dataset_id, input={"question": "?"}, output={"answer": "!"})
    single = datasets.retrieve_dataset_log(dataset_id, row.unique_id)
    assert (single.input, single.output, single.scores) == ({"question": "?"}, {"answer": "!"}, [])
    assert datasets.update_dataset_log(dataset_id, row.unique_id, output="Better").output == "Better"
    replaced = datasets.replace_dataset_log(dataset_id, row.unique_id, input="Only this")
    assert (replaced.input, replaced.output) == ("Only this", None)
    datasets.delete_dataset_log(dataset_id, row.unique_id)
    datasets.bulk_create_dataset_logs(dataset_id, logs=[{"input": "a"}, {"input": "b"}])
    summary = datasets.summarize_dataset_logs_filtered(dataset_id)
    assert (summary.number_of_requests, summary.total_cost) == (7, 0.25)
    assert datasets.import_dataset_logs(dataset_id, filters=filters, **window()).message
    wait(lambda: datasets.retrieve_dataset(dataset_id).status == "ready")
    assert datasets.retrieve_dataset(dataset_id).log_count == 7
    assert datasets.remove_dataset_logs(dataset_id, filters={"custom_identifier": {"value": [mark]}}).message
    wait(lambda: datasets.retrieve_dataset(dataset_id).log_count == 2)
    datasets.delete_dataset(dataset_id)


def walk_threads(client: RespanClient, mark: str) -> None:
    name = f"thread-{mark}"
    listed = client.threads.list_threads(filters={"thread_identifier": {"operator": "in", "value": [name]}})
    [row] = listed
    assert (row.thread_identifier, row.environment, row.log_count) == (name, "prod", 1)


def walk_traces(client: RespanClient) -> None:
    trace = uuid4().hex
    span: dict[str, Any] = {
        "traceId": trace,
        "spanId": trace[:16],
        "name": "chat",
        "startTimeUnixNano": str(time.time_ns() - 10**9),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}}],
    }
    sent = client.traces.create_trace(resource_spans=[{"scopeSpans": [{"spans": [span]}]}])
    assert sent.partial_success is not None
    assert sent.partial_success.rejected_spans == 0
    again = {"trace_unique_id": trace, "span_unique_id": "2", "span_name": "tool"}
    client.traces.create_trace_legacy(request=[again])
    listed = client.spans.list_spans(filters={"trace_unique_id": {"operator": "", "value": [trace]}})
    assert sorted(row["span_name"] for row in listed) == ["chat", "tool"]


def walk_the_older_logs(api: LogAPI) -> str:
    mark = uuid4().hex
    sent = KeywordsAILogParams(
        model="gpt-4o",
        prompt_messages=[{"role": "user", "content": "Hi"}],
        completion_message={"role": "assistant", "content": "Hello"},
        custom_identifier=mark,
        thread_identifier=f"thread-{mark}",
        prompt_tokens=3,
        metadata={"lang": "de"},
    )
    assert api.create(sent)["message"] == "log successful"
    listed = api.list(custom_identifier=mark)
    assert listed.count == 1
    name = str(listed.results[0].unique_id)
    log = api.get(name)
    assert (log.model, log.prompt_tokens, log.metadata) == ("gpt-4o", 3, {"lang": "de"})
    assert log.completion_message is not None
    assert log.completion_message.content == "Hello"
    return mark


def walk_the_older_datasets(api: DatasetAPI, mark: str) -> None:
    made = api.create(
        DatasetCreate(
            name=f"Older {mark}",
            type="sampling",
            sampling=100,
            initial_log_filters={"custom_identifier": {"operator": "", "value": mark}},
            **window(),
        )
    )
    wait(lambda: api.get(made.id).status == "ready")
    assert api.get(made.id).log_count == 1
    assert made.id in [dataset.id for dataset in api.list(name=mark).results]
    assert api.update(made.id, DatasetUpdate(description="New")).description == "New"
    [row] = api.list_dataset_logs(made.id)["results"]
    assert row["custom_identifier"] == mark
    order = LogManagementRequest(filters={"custom_identifier": {"operator": "", "value": mark}}, **window())
    assert "message" in api.add_logs_to_dataset(made.id, order)
    wait(lambda: api.get(made.id).status == "ready")
    assert api.get(made.id).log_count == 1


def wait(is_true: Any) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "It did not happen within a minute."
        time.sleep(0.1)
