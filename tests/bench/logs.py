"""Logs of ninety days: how fast they come in, are listed, counted by time, and drawn into a dataset."""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import orjson

from tests.bench.corpus import lines
from tests.bench.measures import Row, per_second, repeated
from tests.bench.records import load, sign_in
from tests.stack import Stack

BATCH_LOGS = 1_000
DAYS = 90
LOGS_PER_THREAD = 20
MODELS = ("gpt-4o", "gpt-4o-mini", "mistral-large", "claude-sonnet")
SAMPLED = 100_000
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
        self.browser = httpx.Client(base_url=stack.url, timeout=600, follow_redirects=True, trust_env=False)
        email = f"logs{count}@example.com"
        stack.create_user(email, workspace)
        sign_in(self.browser, email)
        self.end = datetime.now(UTC)
        self.rows: list[Row] = []

    def run(self) -> list[Row]:
        self._send()
        self._lists()
        self._sample()
        self.api.close()
        self.browser.close()
        return self.rows

    def _add(self, what: str, measured: str, target: str = "") -> None:
        self.rows.append(Row(what, measured, target))
        sys.stdout.write(f"{self.count:>9,}  {what}: {measured}\n")
        sys.stdout.flush()

    def _send(self) -> None:
        bodies = list(self._bodies())
        begin = time.perf_counter()
        for body in bodies:
            self.api.post("/api/request-logs/batch/create", content=body, headers=_BODY).raise_for_status()
        seconds = time.perf_counter() - begin
        self._add(f"logs sent in batches of {BATCH_LOGS:,}", per_second(self.count, seconds), "8,000/s")

    def _bodies(self) -> Iterator[bytes]:
        """The batches in the order of time, made before the clock starts."""
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
            ("page of threads", "/app/threads/", "p95 60 ms"),
        ):
            self._add(what, repeated(partial(load, self.browser, path), times=20, warm_up=2), target)
        filters = {"filters": {"status_code": {"operator": "", "value": [500]}}}
        for what, path, body in (
            ("API list of 50 logs", "/api/request-logs/list/?page_size=50", {}),
            ("API list of 50 failed logs", "/api/request-logs/list/?page_size=50", filters),
            ("API list of 50 threads", "/api/log_threads/?page_size=50", {}),
        ):
            call = partial(self._post, path, body)
            self._add(what, repeated(call, times=20, warm_up=2), "p95 40 ms")

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
        self._add(
            f"{share} % sampled into a dataset, {sampled:,} records", per_second(sampled, seconds), "5,000/s"
        )

    def _post(self, path: str, body: object) -> Any:
        return self.api.post(path, json=body).raise_for_status().json()
