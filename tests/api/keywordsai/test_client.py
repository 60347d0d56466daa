"""The vendor's two published clients, and its examples as they are printed, against the running product."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
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


def test_the_seeds_own_examples_work_as_printed(stack: Stack, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for number in range(3):
        log: Any = {
            "model": "gpt-4o",
            "prompt_messages": [{"role": "user", "content": f"Hi {number}"}],
            "completion_message": {"role": "assistant", "content": "Hello"},
            "thread_identifier": "thread_id_1",
            "timestamp": "2025-03-01T12:00:00Z",
        }
        assert requests.post(f"{stack.url}/api/request-logs/create/", headers=headers, json=log).ok
    data: Any = {
        "name": "Sample dataset",
        "description": "Sample dataset description",
        "sampling": 100,
        "start_time": "2025-03-01T00:00:00Z",
        "end_time": "2025-03-02T00:00:00Z",
        "initial_log_filters": {"status_code": {"operator": "", "value": [200]}},
    }
    made = requests.post(f"{stack.url}/api/datasets/", headers=headers, json=data)
    assert made.status_code == 201
    walk.wait(
        lambda: (
            requests.get(f"{stack.url}/api/datasets/{made.json()['id']}/", headers=headers).json()["status"]
            == "ready"
        )
    )
    ready = requests.get(f"{stack.url}/api/datasets/{made.json()['id']}/", headers=headers).json()
    assert ready["log_count"] == 3
    body: Any = {"filters": {"thread_identifier": {"operator": "in", "value": ["thread_id_1"]}}}
    listed = requests.post(
        f"{stack.url}/api/log_threads/?page=1&page_size=100&environment=prod", headers=headers, json=body
    ).json()
    assert listed["results"][0]["log_count"] == 3
    assert listed["current_filters"] == body["filters"]


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
