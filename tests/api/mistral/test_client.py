"""The vendor's published client against the running product."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mistralai.client import Mistral, errors

from tests.api.mistral import walk, walk_events
from tests.stack import CHECKOUT, Stack

UNKNOWN = "00000000-0000-7000-8000-000000000000"
NEWEST = CHECKOUT / ".cache" / "mistralai3"
SHARED_DATA = CHECKOUT.parent / "shared" / "data"

Call = Callable[[Mistral, "Place"], Any]


class Place:
    """Ids that the error paths need."""

    def __init__(self, client: Mistral) -> None:
        datasets = client.beta.observability.datasets
        self.dataset = datasets.create(name="Place of errors", description="").id
        self.record = datasets.create_record(
            dataset_id=self.dataset, payload={"messages": []}, properties={}
        ).id
        self.judge = client.beta.observability.judges.create(**walk_events.JUDGE).id


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    """A secret with every scope to a workspace that these tests share."""
    return stack.create_key("Vendor")


@pytest.fixture(scope="module")
def client(stack: Stack, key: str) -> Iterator[Mistral]:
    with Mistral(api_key=key, server_url=stack.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def place(client: Mistral) -> Place:
    return Place(client)


@pytest.mark.parametrize("take", walk.WALKS, ids=lambda take: take.__name__)
def test_a_user_of_the_seed_release_gets_through(client: Mistral, take: Callable[[Any], None]) -> None:
    take(client)


@pytest.mark.parametrize("take", walk_events.WALKS, ids=lambda take: take.__name__)
def test_a_user_of_events_judges_and_campaigns_gets_through(
    client: Mistral, stack: Stack, key: str, take: Callable[[Any, str, str], None]
) -> None:
    model = f"model-{take.__name__}"
    take(client, model, walk_events.send_logs(stack.url, key, model=model, number=5))


def test_a_user_of_the_newest_release_gets_through(stack: Stack, key: str) -> None:
    if not (NEWEST / "mistralai").is_dir():
        pytest.fail(f"The newest client is not in {NEWEST}; `make test` puts it there.")
    done = subprocess.run(
        [sys.executable, walk.__file__, stack.url, key],
        env={"PYTHONPATH": str(NEWEST), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [take.__name__ for take in walk.WALKS]


def test_the_newest_release_is_another_generation() -> None:
    [metadata] = NEWEST.glob("mistralai-*.dist-info")
    assert metadata.name.startswith("mistralai-3.")


def datasets(client: Mistral) -> Any:
    return client.beta.observability.datasets


def events(client: Mistral) -> Any:
    return client.beta.observability.chat_completion_events


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (lambda c, p: datasets(c).fetch(dataset_id=UNKNOWN), 404, "DATASET_NOT_FOUND"),
        (lambda c, p: datasets(c).fetch(dataset_id="abc"), 422, "VALIDATION_ERROR"),
        (lambda c, p: datasets(c).fetch(dataset_id="a/b"), 404, "UNKNOWN_ERROR"),
        (lambda c, p: datasets(c).fetch(dataset_id=""), 404, "UNKNOWN_ERROR"),
        (lambda c, p: datasets(c).update(dataset_id=UNKNOWN, name="Renamed"), 404, "DATASET_NOT_FOUND"),
        (lambda c, p: datasets(c).delete(dataset_id=UNKNOWN), 404, "DATASET_NOT_FOUND"),
        (lambda c, p: datasets(c).create(name="four", description=""), 422, "VALIDATION_ERROR"),
        (lambda c, p: datasets(c).create(name="Support", description="x" * 201), 422, "VALIDATION_ERROR"),
        (lambda c, p: datasets(c).list(page_size=101), 422, "VALIDATION_ERROR"),
        (lambda c, p: datasets(c).list(page=0), 422, "VALIDATION_ERROR"),
        (lambda c, p: datasets(c).list_records(dataset_id=UNKNOWN), 404, "DATASET_NOT_FOUND"),
        (lambda c, p: datasets(c).list_records(dataset_id=p.dataset, page=0), 422, "VALIDATION_ERROR"),
        (
            lambda c, p: datasets(c).create_record(dataset_id=UNKNOWN, payload={"messages": []}),
            404,
            "DATASET_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).create_record(dataset_id=p.dataset, payload={"messages": ["text"]}),
            422,
            "DATASET_RECORD_FORMAT_ERROR",
        ),
        (
            lambda c, p: datasets(c).import_from_file(dataset_id=p.dataset, file_id=UNKNOWN),
            404,
            "FILE_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).import_from_file(dataset_id=p.dataset, file_id="abc"),
            422,
            "VALIDATION_ERROR",
        ),
        (
            lambda c, p: datasets(c).import_from_dataset_records(
                dataset_id=p.dataset, dataset_record_ids=[UNKNOWN]
            ),
            404,
            "DATASET_RECORD_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).import_from_campaign(dataset_id=p.dataset, campaign_id=UNKNOWN),
            404,
            "CAMPAIGN_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).import_from_explorer(dataset_id=p.dataset, completion_event_ids=["a"]),
            404,
            "SEARCH_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).import_from_playground(dataset_id=p.dataset, conversation_ids=["a"]),
            404,
            "SEARCH_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).fetch_task(dataset_id=p.dataset, task_id=UNKNOWN),
            404,
            "DATASET_TASK_NOT_FOUND",
        ),
        (lambda c, p: datasets(c).list_tasks(dataset_id=UNKNOWN), 404, "DATASET_NOT_FOUND"),
        (lambda c, p: datasets(c).export_to_jsonl(dataset_id=UNKNOWN), 404, "DATASET_NOT_FOUND"),
        (
            lambda c, p: datasets(c).records.fetch(dataset_record_id=UNKNOWN),
            404,
            "DATASET_RECORD_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).records.delete(dataset_record_id=UNKNOWN),
            404,
            "DATASET_RECORD_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).records.bulk_delete(dataset_record_ids=[p.record, UNKNOWN]),
            404,
            "DATASET_RECORD_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).records.bulk_delete(dataset_record_ids=[]),
            422,
            "VALIDATION_ERROR",
        ),
        (
            lambda c, p: datasets(c).records.update_payload(dataset_record_id=UNKNOWN, payload={}),
            404,
            "DATASET_RECORD_NOT_FOUND",
        ),
        (
            lambda c, p: datasets(c).records.update_properties(dataset_record_id="abc", properties={}),
            422,
            "VALIDATION_ERROR",
        ),
        (lambda c, p: c.beta.observability.judges.fetch(judge_id=UNKNOWN), 404, "JUDGE_NOT_FOUND"),
        (
            lambda c, p: c.beta.observability.judges.create(**{**walk_events.JUDGE, "instructions": "{{ x"}),
            422,
            "TEMPLATE_SYNTAX_ERROR",
        ),
        (
            lambda c, p: datasets(c).records.judge(
                dataset_record_id=p.record, judge_definition={**walk_events.JUDGE, "name": "four"}
            ),
            422,
            "VALIDATION_ERROR",
        ),
        (lambda c, p: c.beta.observability.campaigns.fetch(campaign_id=UNKNOWN), 404, "CAMPAIGN_NOT_FOUND"),
        (
            lambda c, p: c.beta.observability.campaigns.fetch_status(campaign_id="abc"),
            422,
            "VALIDATION_ERROR",
        ),
        (
            lambda c, p: events(c).search(
                search_params={"filters": {"field": "colour", "op": "eq", "value": "red"}}
            ),
            400,
            "SEARCH_BAD_REQUEST",
        ),
        (lambda c, p: events(c).fetch(event_id=UNKNOWN), 404, "SEARCH_NOT_FOUND"),
        (
            lambda c, p: datasets(c).records.judge(
                dataset_record_id=p.record, judge_definition=walk_events.JUDGE
            ),
            422,
            "JUDGE_CONVERSATION_FORMAT_ERROR",
        ),
        (
            lambda c, p: c.beta.observability.judges.judge_conversation(
                judge_id=p.judge, messages=[{"role": "user", "content": "Hi"}]
            ),
            400,
            "FEATURE_NOT_SUPPORTED",
        ),
        (lambda c, p: events(c).fetch_similar_events(event_id="abc"), 422, "VALIDATION_ERROR"),
        (
            lambda c, p: events(c).fields.fetch_options(field_name="colour", operator="eq"),
            404,
            "FIELDS_NOT_FOUND",
        ),
        (
            lambda c, p: events(c).fields.fetch_option_counts(field_name="metadata"),
            400,
            "SEARCH_BAD_REQUEST",
        ),
    ],
)
def test_every_refusal_is_the_clients_typed_error(
    client: Mistral, place: Place, call: Call, status: int, code: str
) -> None:
    with pytest.raises(errors.ObservabilityError) as caught:
        call(client, place)
    assert caught.value.status_code == status
    assert caught.value.data.detail.error_code == code
    assert str(caught.value) == caught.value.data.detail.message


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda c, p: c.files.retrieve(file_id=UNKNOWN), 404),
        (lambda c, p: c.files.delete(file_id="abc"), 422),
        (lambda c, p: c.files.download(file_id=UNKNOWN), 404),
        (lambda c, p: c.files.get_signed_url(file_id=UNKNOWN), 404),
        (lambda c, p: c.files.get_signed_url(file_id=UNKNOWN, expiry=169), 422),
    ],
)
def test_refusals_of_the_files_calls_are_the_clients_plain_error(
    client: Mistral, place: Place, call: Call, status: int
) -> None:
    with pytest.raises(errors.SDKError) as caught:
        call(client, place)
    assert caught.value.status_code == status


def test_a_wrong_key_is_the_clients_plain_error_with_our_sentence(stack: Stack) -> None:
    with (
        Mistral(api_key="wn_prod_wrong", server_url=stack.url) as stranger,
        pytest.raises(errors.SDKError) as caught,
    ):
        datasets(stranger).list()
    assert caught.value.status_code == 401
    assert "AUTH_UNAUTHORIZED" in caught.value.body


def test_a_key_that_may_only_read_is_told_so(stack: Stack) -> None:
    secret = stack.create_key("Vendor", scopes="read")
    with Mistral(api_key=secret, server_url=stack.url) as reader:
        datasets(reader).list()
        with pytest.raises(errors.SDKError) as caught:
            datasets(reader).create(name="Support", description="")
    assert caught.value.status_code == 403
    assert "AUTH_FORBIDDEN" in caught.value.body


def test_the_async_client_gets_through(stack: Stack, key: str) -> None:
    async def take() -> None:
        async with Mistral(api_key=key, server_url=stack.url) as mistral:
            made = await datasets(mistral).create_async(name="Async dataset", description="")
            payload = {"messages": [{"role": "user", "content": "Hi"}]}
            calls = [
                datasets(mistral).create_record_async(dataset_id=made.id, payload=payload) for _ in range(5)
            ]
            await asyncio.gather(*calls)
            listed = await datasets(mistral).list_records_async(dataset_id=made.id)
            assert listed.records.count == 5
            with pytest.raises(errors.ObservabilityError):
                await datasets(mistral).fetch_async(dataset_id=UNKNOWN)

    asyncio.run(take())


def test_an_export_is_fetched_without_a_key_and_bound_to_its_moment(client: Mistral, place: Place) -> None:
    url = datasets(client).export_to_jsonl(dataset_id=place.dataset).file_url
    before = httpx.get(url)
    assert before.status_code == 200
    datasets(client).create_record(dataset_id=place.dataset, payload={"messages": []})
    assert httpx.get(url).content == before.content
    assert httpx.get(url + "x").status_code == 403
    assert httpx.head(url).status_code == 200


def test_an_upload_over_the_limit_is_refused_by_its_length_alone(stack: Stack, key: str) -> None:
    """The body is never sent: the answer must come before it."""
    head = (
        "POST /v1/files HTTP/1.1\r\nHost: winnow\r\nContent-Length: 600000000\r\n"
        f"Authorization: Bearer {key}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    answer = raw_answer(stack, head)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"error_code":"VALIDATION_ERROR"' in answer


def test_a_body_in_chunks_is_told_to_say_its_length(stack: Stack, key: str) -> None:
    head = (
        "POST /v1/observability/datasets HTTP/1.1\r\nHost: winnow\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {key}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    )
    answer = raw_answer(stack, head)
    assert answer.startswith(b"HTTP/1.1 411")
    assert b'"error_code":"VALIDATION_ERROR"' in answer


def raw_answer(stack: Stack, request: str) -> bytes:
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as connection:
        connection.sendall(request.encode())
        answer = b""
        while b"\r\n\r\n" not in answer or b"}" not in answer:
            piece = connection.recv(65536)
            if not piece:
                break
            answer += piece
    return answer


def test_real_dialogues_come_in_and_go_out_unchanged(client: Mistral) -> None:
    path = SHARED_DATA / "sgd_train.jsonl.gz"
    if not path.exists():
        pytest.skip("the real dialogues are not at ../shared/data")
    dataset = datasets(client).create(name="Real dialogues", description="")
    upload = client.files.upload(file={"file_name": path.name, "content": path.read_bytes()})
    started = datasets(client).import_from_file(dataset_id=dataset.id, file_id=upload.id)
    task = walk.ended_task(client, dataset.id, started.id)
    assert task.status == "COMPLETED", task.message
    exported = httpx.get(datasets(client).export_to_jsonl(dataset_id=dataset.id).file_url).text.splitlines()
    original = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert len(exported) == len(original)
    assert [json.loads(line) for line in exported] == [json.loads(line) for line in original]
    last = datasets(client).list_records(dataset_id=dataset.id, page_size=100, page=-(-len(original) // 100))
    assert last.records.results[-1].payload == json.loads(original[-1])["payload"]


def test_real_questions_are_refused_by_line(client: Mistral) -> None:
    path: Path = SHARED_DATA / "gsm8k_train.jsonl"
    if not path.exists():
        pytest.skip("the real questions are not at ../shared/data")
    dataset = datasets(client).create(name="Real questions", description="")
    upload = client.files.upload(file={"file_name": path.name, "content": path.read_bytes()})
    started = datasets(client).import_from_file(dataset_id=dataset.id, file_id=upload.id)
    task = walk.ended_task(client, dataset.id, started.id)
    assert task.status == "FAILED"
    assert "Line 1" in str(task.message)
    assert datasets(client).list_records(dataset_id=dataset.id).records.count == 0
