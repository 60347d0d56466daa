"""Logs of ninety days: how fast they come in, are listed, counted by time, and drawn into a dataset."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import orjson
import psycopg

from tests.bench.corpus import lines
from tests.bench.measures import Row, Table, per_second, repeated, timed
from tests.bench.visitor import Visitor
from tests.stack import Stack

BATCH_LOGS = 1_000
DAYS = 90
LOGS_PER_THREAD = 20
TIMES = 20
MODELS = ("gpt-4o", "gpt-4o-mini", "mistral-large", "claude-sonnet")
SENDERS = 4
SAMPLED = 100_000
_WORKING = "SELECT FROM datasets_job WHERE status IN ('queued', 'running') LIMIT 1"
_BODY = {"Content-Type": "application/json"}


class LogBench:
    """One workspace's logs, sent by the vendor's batches and read through its lists and the pages."""

    def __init__(self, stack: Stack, count: int) -> None:
        self.stack, self.count = stack, count
        workspace = f"Log bench {count}"
        key = stack.create_key(workspace)
        self.api = httpx.Client(
            base_url=stack.url, headers={"Authorization": f"Bearer {key}"}, timeout=600, trust_env=False
        )
        self.visitor = Visitor(stack, f"logs{count}@example.com", workspace)
        self.end = datetime.now(UTC)
        self.table = Table(count)

    def run(self) -> list[Row]:
        self._await_quiet()
        self._send()
        self._lists()
        self._sample()
        self.api.close()
        self.visitor.close()
        return self.table.rows

    def _await_quiet(self) -> None:
        """Until no job of an earlier bench works any more."""
        with psycopg.connect(self.stack.database_url, autocommit=True) as database:
            while database.execute(_WORKING).fetchone() is not None:
                time.sleep(1)

    def _send(self) -> None:
        """Half of them by one sender, the other half by several at once."""
        bodies = self._bodies()
        half = self.count // BATCH_LOGS // 2
        self._send_all([next(bodies) for _ in range(half)], senders=1)
        self._send_all(list(bodies), senders=SENDERS)

    def _send_all(self, bodies: list[bytes], *, senders: int) -> None:
        with ThreadPoolExecutor(max_workers=senders) as pool:
            seconds = timed(lambda: list(pool.map(self._send_batch, bodies)))
        who = "one sender" if senders == 1 else f"{senders} senders at once"
        what = f"logs sent in batches of {BATCH_LOGS:,}, by {who}"
        self.table.add(what, per_second(len(bodies) * BATCH_LOGS, seconds), "8,000/s")

    def _send_batch(self, body: bytes) -> None:
        self.api.post("/api/request-logs/batch/create", content=body, headers=_BODY).raise_for_status()

    def _bodies(self) -> Iterator[bytes]:
        """The batches in the order of time."""
        chance = random.Random(11)
        records = lines(self.count, chance)
        for first in range(0, self.count, BATCH_LOGS):
            batch = [
                self._log(first + number, line, chance)
                for number, line in enumerate(itertools.islice(records, BATCH_LOGS))
            ]
            yield orjson.dumps({"logs": batch})

    def _log(self, number: int, line: bytes, chance: random.Random) -> dict[str, Any]:
        messages = orjson.loads(line)["payload"]["messages"]
        at = self.end - timedelta(days=DAYS) * (1 - number / self.count)
        return {
            "model": chance.choice(MODELS),
            "prompt_messages": messages[:-1],
            "completion_message": {"role": "assistant", "content": messages[-1]["content"]},
            "timestamp": at.isoformat(),
            "thread_identifier": f"thread-{chance.randrange(max(1, self.count // LOGS_PER_THREAD))}",
            "customer_identifier": f"customer-{chance.randrange(500)}",
            "cost": round(chance.random() / 100, 6),
            "latency": round(chance.expovariate(1), 3),
            "prompt_tokens": chance.randrange(20, 2_000),
            "completion_tokens": chance.randrange(5, 500),
            "status_code": 500 if chance.random() < 0.02 else 200,
        }

    def _lists(self) -> None:
        days = f"from={(self.end - timedelta(days=DAYS)).date()}"
        for what, path, target in (
            ("page of logs, newest", "/app/logs/", "p95 60 ms"),
            ("page of logs of 90 days, filtered by model", f"/app/logs/?{days}&model=gpt-4o", "p95 150 ms"),
            ("bars of 90 days", f"/app/logs/histogram/?{days}", "p95 500 ms"),
            ("bars of 90 days, filtered by model", f"/app/logs/histogram/?{days}&model=gpt-4o", "p95 500 ms"),
            ("values of a field over 90 days", f"/app/logs/facets/model/?{days}", "p95 500 ms"),
            ("page of threads", "/app/threads/", "p95 60 ms"),
            (
                "preview of a sample of a tenth",
                f"/app/logs/sample/preview/?{days}&percent=10&seed=s",
                "p95 500 ms",
            ),
            ("exact count of it", f"/app/logs/sample/total/?{days}&percent=10&seed=s", ""),
        ):
            self.table.add(what, repeated(partial(self.visitor.get, path), times=TIMES, warm_up=2), target)
        filters = {"filters": {"status_code": {"operator": "", "value": [500]}}}
        for what, path, body in (
            ("API list of 50 logs", "/api/request-logs/list/?page_size=50", {}),
            ("API list of 50 failed logs", "/api/request-logs/list/?page_size=50", filters),
            ("API list of 50 threads", "/api/log_threads/?page_size=50", {}),
        ):
            call = partial(self._post, path, body)
            self.table.add(what, repeated(call, times=TIMES, warm_up=2), "p95 40 ms")

    def _sample(self) -> None:
        share = min(100, round(100 * SAMPLED / self.count))
        body = {
            "name": f"Sample {self.count}",
            "sampling": share,
            "start_time": (self.end - timedelta(days=DAYS + 1)).isoformat(),
            "end_time": (self.end + timedelta(hours=1)).isoformat(),
        }
        begin = time.perf_counter()
        dataset = self._post("/api/datasets/", body)
        while dataset["status"] not in {"ready", "failed"}:
            time.sleep(0.2)
            dataset = self.api.get(f"/api/datasets/{dataset['id']}/").raise_for_status().json()
        seconds = time.perf_counter() - begin
        assert dataset["status"] == "ready", dataset
        sampled = dataset["log_count"]
        self.table.add(
            f"{share} % sampled into a dataset, {sampled:,} records", per_second(sampled, seconds), "5,000/s"
        )

    def _post(self, path: str, body: object) -> Any:
        return self.api.post(path, json=body).raise_for_status().json()
