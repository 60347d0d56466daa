"""kill -9 in the middle of an import, a sync or of logs that come in, of any part: each line and each acknowledged log
is there exactly once."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.request import urlopen

import httpx
import psycopg
import pytest
from mistralai.client import Mistral
from psycopg.rows import dict_row

from tests.project.senders import BATCH_LOGS, Senders
from tests.stack import Stack, children_of, descendants_of, is_running, kill_each, wait_until

# As few and as long as they may be: a batch holds so many bytes, and each record costs a vector, each word an entry.
LINES = 2_000
PADDING = f"{'so' * 50} " * 24
SYNCED_ROWS = 2_000
END_SECONDS = 120
# Threads whose totals are not those of their logs, both as they are and as they should be.
_WRONG_TOTALS = """
    WITH recounted AS (
        SELECT workspace_id, environment, thread_identifier, count(*), count(*) FILTER (WHERE status = 'failed'),
               min(logged_at), max(logged_at), sum(cost), sum(prompt_tokens), sum(completion_tokens),
               sum(total_tokens), coalesce(sum(latency), 0), count(latency)
        FROM threads_log GROUP BY 1, 2, 3),
    kept AS (
        SELECT workspace_id, environment, identifier, log_count, failed_count, first_log_at, last_log_at, cost,
               prompt_tokens, completion_tokens, total_tokens, latency, timed_count
        FROM threads_thread)
    (TABLE recounted EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE recounted)
"""


@dataclass(frozen=True, slots=True)
class Import:
    """An import that was accepted, seen from outside."""

    stack: Stack
    client: Mistral
    dataset_id: str
    job_id: str

    def row(self) -> dict[str, Any]:
        return job_row(self.stack, self.job_id)

    def is_reading(self) -> bool:
        row = self.row()
        assert row["status"] in {"queued", "running"}, row
        return bool(row["done"]) and not row["result"].get("published")

    def is_indexing(self) -> bool:
        row = self.row()
        assert row["status"] in {"queued", "running"}, row
        return bool(row["result"].get("published"))

    def has_ended(self) -> bool:
        try:
            return bool(self.row()["status"] in {"completed", "failed", "cancelled"})
        except psycopg.OperationalError:
            return False

    def exported_numbers(self) -> list[int]:
        url = self.client.beta.observability.datasets.export_to_jsonl(dataset_id=self.dataset_id).file_url
        with urlopen(url) as lines:
            return [json.loads(line)["properties"]["number"] for line in lines]


@pytest.fixture(scope="module")
def content() -> bytes:
    def line(number: int) -> str:
        turns = [{"role": "user", "content": f"Question {number}: {PADDING}?"}]
        turns.append({"role": "assistant", "content": f"Because of {number}. {PADDING * 2}"})
        return json.dumps({"messages": turns, "properties": {"number": number}})

    return "\n".join(map(line, range(LINES))).encode()


@pytest.fixture(scope="module")
def key(killable_stack: Stack) -> str:
    return killable_stack.create_key("Faults")


@pytest.fixture
def client(own_stack: Stack, key: str) -> Iterator[Mistral]:
    with Mistral(api_key=key, server_url=own_stack.url) as opened:
        yield opened


@pytest.fixture
def start_import(own_stack: Stack, client: Mistral, content: bytes) -> Callable[[], Import]:
    def start() -> Import:
        datasets = client.beta.observability.datasets
        dataset = datasets.create(name="Maltreated", description="")
        upload = client.files.upload(file={"file_name": "lines.jsonl", "content": content})
        task = datasets.import_from_file(dataset_id=dataset.id, file_id=upload.id)
        return Import(own_stack, client, dataset.id, task.id)

    return start


def job_row(stack: Stack, job_id: str) -> dict[str, Any]:
    with psycopg.connect(stack.database_url, row_factory=dict_row) as connection:
        query = "SELECT status, phase, done, result, message FROM datasets_job WHERE id = %s"
        return connection.execute(query, [job_id]).fetchone() or {}


def assert_complete(running: Import) -> None:
    wait_until(running.has_ended, END_SECONDS, lambda: f"{running.row()}\n{running.stack.output}")
    row = running.row()
    assert row["status"] == "completed", row
    running.stack.wait_until_whole()
    assert running.exported_numbers() == list(range(LINES))
    with psycopg.connect(running.stack.database_url) as connection:
        words = "SELECT count(*), count(DISTINCT record_id) FROM records_recordwords WHERE dataset_id = %s"
        assert connection.execute(words, [running.dataset_id]).fetchone() == (LINES, LINES)


@pytest.mark.parametrize("names", [["worker"], ["postgres"], ["web", "valkey"]], ids="+".join)
def test_killing_parts_while_lines_are_read(
    own_stack: Stack, start_import: Callable[[], Import], names: list[str]
) -> None:
    running = start_import()
    wait_until(running.is_reading, 60, lambda: own_stack.output)
    for name in names:
        own_stack.kill(name)
    assert_complete(running)


def test_killing_first_the_process_that_does_the_work_and_later_the_worker(
    own_stack: Stack, start_import: Callable[[], Import]
) -> None:
    running = start_import()
    wait_until(running.is_reading, 60, lambda: own_stack.output)
    kill_each(children_of(own_stack.pid_of("worker")))
    wait_until(running.is_indexing, END_SECONDS, lambda: own_stack.output)
    own_stack.kill("worker")
    assert_complete(running)


def test_ending_all_of_it_twice_and_starting_again(
    own_stack: Stack, start_import: Callable[[], Import]
) -> None:
    """By the loss of power, and by kill -9 of the runner alone, whose worker must not wait for a broker that is gone.
    No process stays behind."""
    running = start_import()
    wait_until(running.is_reading, 60, lambda: own_stack.output)
    own_stack.kill_everything()
    own_stack.start()
    wait_until(running.is_indexing, END_SECONDS, lambda: own_stack.output)
    assert own_stack.runner is not None
    everyone = descendants_of(own_stack.runner.pid)
    own_stack.runner.kill()
    own_stack.runner.wait()
    own_stack.start()
    assert not [pid for pid in everyone if is_running(pid)]
    assert_complete(running)


def test_a_broker_that_forgot_the_message(own_stack: Stack, start_import: Callable[[], Import]) -> None:
    worker = own_stack.pid_of("worker")
    for pid in [worker, *children_of(worker)]:
        os.kill(pid, signal.SIGSTOP)
    running = start_import()
    assert running.row()["status"] == "queued"
    own_stack.wait_until_replaced("valkey", own_stack.kill("valkey"))
    for pid in [worker, *children_of(worker)]:
        os.kill(pid, signal.SIGCONT)
    assert_complete(running)


def test_killing_the_worker_while_a_file_is_synced(own_stack: Stack, key: str) -> None:
    rows = "".join(f"{number},{'why ' * 20}\n" for number in range(SYNCED_ROWS))
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{own_stack.url}/api/v1", headers=headers, timeout=60) as api:
        dataset = api.post("/dataset/create", json={}).json()["id"]
        file = api.post("/file/create", json={"name": "rows.csv"}).json()["id"]
        body, csv = f"number,text\n{rows}".encode(), {"Content-Type": "text/csv"}
        assert api.post(f"/file/{file}/upload", content=body, headers=csv).status_code == httpx.codes.OK
        api.post(f"/dataset/{dataset}/file/{file}/attach", json={})
        api.post(f"/dataset/{dataset}/file/{file}/sync", json={})
    with psycopg.connect(own_stack.database_url) as connection:
        query = "SELECT id FROM datasets_job WHERE dataset_id = %s"
        job_id = str(connection.execute(query, [dataset]).fetchall()[0][0])
    wait_until(lambda: job_row(own_stack, job_id)["phase"] == "Adding records", 60, lambda: own_stack.output)
    own_stack.kill("worker")
    ended = {"completed", "failed", "cancelled"}
    wait_until(lambda: job_row(own_stack, job_id)["status"] in ended, END_SECONDS, lambda: own_stack.output)
    row = job_row(own_stack, job_id)
    assert (row["status"], row["result"].get("new")) == ("completed", SYNCED_ROWS), row
    with psycopg.connect(own_stack.database_url) as connection:
        found = "SELECT count(*), count(DISTINCT place), count(words.record_id), count(vectors.record_id)"
        query = (
            f"{found} FROM records_record AS record"
            " LEFT JOIN records_recordwords AS words ON words.record_id = record.id"
            " LEFT JOIN records_recordembedding AS vectors ON vectors.record_id = record.id"
            " WHERE record.dataset_id = %s"
        )
        assert connection.execute(query, [dataset]).fetchone() == (SYNCED_ROWS,) * 4


def test_killing_web_and_the_database_while_logs_come_in(own_stack: Stack, key: str) -> None:
    senders = Senders(own_stack.url, key)
    with senders.running():
        for names in (["web"], ["postgres"], ["web", "postgres"]):
            enough = len(senders.acknowledged) + 5 * BATCH_LOGS
            wait_until(partial(senders.have_sent, enough), END_SECONDS, lambda: own_stack.output)
            for pid in [own_stack.pid_of(name) for name in names]:
                kill_each([*children_of(pid), pid])
            own_stack.wait_until_whole()
    assert senders.calls_repeated
    with psycopg.connect(own_stack.database_url) as database:
        kept = database.execute("SELECT unique_id, count(*) FROM threads_log GROUP BY 1").fetchall()
        assert dict(kept) == dict.fromkeys(senders.acknowledged, 1)
        assert database.execute(_WRONG_TOTALS).fetchall() == []


def test_killing_web_while_a_direct_upload_comes_in(own_stack: Stack, key: str) -> None:
    content, headers = b"x" * (64 << 20), {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{own_stack.url}/api/v1", headers=headers, timeout=60) as client:
        file_id = client.post("/file/create", json={}).json()["id"]
        client.post(f"/file/{file_id}/upload", json={"file": "data:,before"}).raise_for_status()
        announced = {"file": {"type": "text/plain", "size": len(content)}}
        url = client.post(f"/file/{file_id}/upload", json=announced).json()["uploadRequest"]["url"]

        def broken() -> Iterator[bytes]:
            yield content[: 8 << 20]
            kill_each(children_of(own_stack.pid_of("web")))
            yield content[8 << 20 :]

        with pytest.raises(httpx.TransportError):
            httpx.put(url, content=broken(), headers={"Content-Length": str(len(content))}, timeout=60)
        own_stack.wait_until_whole()
        assert client.get(f"/file/{file_id}/download").content == b"before"
        httpx.put(url, content=content, timeout=60).raise_for_status()
        assert client.get(f"/file/{file_id}/download").content == content
