"""The vendor's two published clients, and its examples as they are printed, against the running product."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from respan.client import RespanClient
from respan.core.api_error import ApiError
from respan.errors import UnauthorizedError

from tests.stack import Stack

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # The older client's own, while it is imported.
    from keywordsai.datasets.api import DatasetAPI
    from keywordsai.logs.api import LogAPI

    from tests.api.keywordsai import walk

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    """A secret with every scope to a workspace that these tests share."""
    return stack.create_key("Respan")


@pytest.fixture(scope="module")
def client(stack: Stack, key: str) -> Iterator[RespanClient]:
    with httpx.Client() as connection:
        yield RespanClient(base_url=stack.url, authorization=f"Bearer {key}", httpx_client=connection)


@pytest.fixture(params=["", "/api", "/api/api"])
def address(stack: Stack, request: pytest.FixtureRequest) -> str:
    """The older client takes one `/api` away."""
    return stack.url + str(request.param)


def test_a_user_of_the_newest_client_gets_through(client: RespanClient) -> None:
    mark = walk.walk_spans(client)
    walk.walk_datasets(client, mark)
    walk.walk_threads(client, mark)
    walk.walk_traces(client)


def test_a_user_of_the_older_client_gets_through(address: str, key: str) -> None:
    mark = walk.walk_the_older_logs(LogAPI(api_key=key, base_url=address))
    walk.walk_the_older_datasets(DatasetAPI(api_key=key, base_url=address), mark)


def test_the_older_clients_async_calls_get_through(stack: Stack, key: str) -> None:
    async def take() -> None:
        api = DatasetAPI(api_key=key, base_url=stack.url)
        listed = await api.alist(page_size=1)
        assert listed.count is not None

    asyncio.run(take())


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda c: c.datasets.retrieve_dataset(UNKNOWN), 404),
        (lambda c: c.datasets.create_dataset(name="x", sampling=101), 400),
        (lambda c: c.datasets.create_dataset(name="x"), 400),
        (lambda c: c.datasets.run_eval_on_dataset(UNKNOWN, evaluator_ids=["a"]), 404),
        (lambda c: c.spans.retrieve_span("nobody"), 404),
        (lambda c: c.spans.list_spans(filters={"mood": {"value": "good"}}), 400),
        (lambda c: c.threads.list_threads(page=0), 404),
    ],
)
def test_a_refusal_is_the_clients_own_error(client: RespanClient, call: Any, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        call(client)
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)


def test_a_wrong_key_is_the_clients_typed_error(stack: Stack) -> None:
    with httpx.Client() as connection:
        stranger = RespanClient(base_url=stack.url, authorization="Bearer wrong", httpx_client=connection)
        with pytest.raises(UnauthorizedError):
            stranger.datasets.list_datasets()
        with pytest.raises(UnauthorizedError):
            stranger.threads.list_threads()


@pytest.fixture
def printed(stack: Stack, key: str) -> Callable[..., Any]:
    """A call as the vendor's pages print it: the body made to JSON by hand, no redirect followed."""

    def call(method: str, path: str, payload: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = None if payload is None else json.dumps(payload)
        answer = requests.request(method, stack.url + path, headers=headers, data=body, allow_redirects=False)
        assert answer.ok, answer.text
        return answer.json()

    return call


def _send_printed_logs(printed: Callable[..., Any], thread: str) -> list[dict[str, Any]]:
    log = {
        "model": "gpt-4o",
        "prompt_messages": [{"role": "user", "content": "Hi"}],
        "completion_message": {"role": "assistant", "content": "Hello"},
        "thread_identifier": thread,
        "customer_identifier": f"{thread}-customer",
        "timestamp": "2025-03-01T12:00:00Z",
    }
    return [printed("POST", "/api/request-logs/create/", log) for _ in range(3)]


@pytest.mark.parametrize(("operator", "field"), [("in", "id"), ("", "thread_identifier")])
def test_the_printed_example_of_a_dataset_of_logs_works(
    printed: Callable[..., Any], operator: str, field: str
) -> None:
    thread = f"dataset-by-{field}"
    sent = _send_printed_logs(printed, thread)
    values = [log["id"] for log in sent[:2]] if field == "id" else [thread]
    payload = {
        "name": "Support Conversations",
        "description": "Sampled support chats",
        "sampling": 100,
        "start_time": "2025-03-01T00:00:00Z",
        "end_time": "2025-03-31T23:59:59Z",
        "initial_log_filters": {field: {"operator": operator, "value": values}},
    }
    made = printed("POST", "/api/datasets/", payload)
    path = f"/api/datasets/{made['id']}/"
    walk.wait(lambda: printed("GET", path)["status"] == "ready")
    ready = printed("GET", path)
    assert (ready["name"], ready["type"]) == (payload["name"], "sampling")
    assert ready["log_count"] == (2 if field == "id" else 3)
    assert ready["initial_log_filters"] == payload["initial_log_filters"]


def test_the_printed_example_of_an_empty_dataset_works(printed: Callable[..., Any]) -> None:
    made = printed("POST", "/api/datasets/", {"name": "Empty", "description": "By hand", "is_empty": True})
    assert (made["status"], made["log_count"], made["type"]) == ("ready", 0, "sampling")
    row = {
        "input": {"question": "What is 2+2?", "context": {"source": "tutorial"}},
        "output": {"answer": "4"},
        "metadata": {"custom_identifier": "tutorial", "model": "gpt-4o-mini"},
        "metrics": {"cost": 0.0, "latency": 0.0},
    }
    printed("POST", f"/api/datasets/{made['id']}/logs/", row)
    listed = printed("POST", f"/api/datasets/{made['id']}/logs/list/", {"filters": {}})
    assert [(one["input"], one["output"]) for one in listed["results"]] == [(row["input"], row["output"])]


def test_the_printed_examples_of_threads_work(printed: Callable[..., Any]) -> None:
    log = _send_printed_logs(printed, "thread_id_1")[0]
    path = "/api/log_threads/?page=1&page_size=100&environment=prod"
    wanted = {"thread_identifier": {"operator": "in", "value": ["thread_id_1"]}}
    listed = printed("POST", path, {"filters": wanted})
    assert listed.keys() >= {"results", "count", "previous", "next", "current_filters", "filters_data"}
    [row] = listed["results"]
    assert (row["thread_identifier"], row["environment"], row["log_count"]) == ("thread_id_1", "prod", 3)
    assert listed["current_filters"] == wanted
    asked = {name: log[name] for name in ("thread_identifier", "organization_key_id", "customer_identifier")}
    for filters in (asked, {name: {"operator": "", "value": [value]} for name, value in asked.items()}):
        assert [row["log_count"] for row in printed("POST", path, {"filters": filters})["results"]] == [3]
    other = {"thread_identifier": "thread_id_1", "customer_identifier": {"operator": "not", "value": ["x"]}}
    assert printed("POST", path, {"filters": other})["count"] == 1


def test_an_exporters_protobuf_is_taken_over_the_wire(stack: Stack, key: str) -> None:
    export = ExportTraceServiceRequest()
    span = export.resource_spans.add().scope_spans.add().spans.add(name="chat")
    span.trace_id, span.span_id = b"\1" * 16, b"\2" * 8
    for path in ("/api/v1/traces", "/v1/traces"):
        answer = requests.post(
            stack.url + path,
            data=export.SerializeToString(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/x-protobuf"},
            allow_redirects=False,
        )
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-protobuf")
