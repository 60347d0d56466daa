"""Applications that send logs all the time, each log under an id of its own, and again until it is acknowledged."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

BATCH_LOGS = 100
SENDERS = {"first": BATCH_LOGS, "second": BATCH_LOGS, "third": 1}  # How many logs each sends at once.
THREAD_NAMES = 7
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.1


class Senders:
    """They all write into the same few threads."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._headers = url, {"Authorization": f"Bearer {key}"}
        self._is_over = threading.Event()
        self.acknowledged: list[str] = []
        """By the ids that the senders gave."""
        self.calls_repeated = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Until the body has ended, and then the last log is acknowledged."""
        with ThreadPoolExecutor(max_workers=len(SENDERS)) as pool:
            ends = [pool.submit(self._send, name, size) for name, size in SENDERS.items()]
            try:
                yield
            finally:
                self._is_over.set()
            for end in ends:
                end.result()

    def have_sent(self, number: int) -> bool:
        """Whether so many logs are acknowledged."""
        return len(self.acknowledged) >= number

    def _send(self, name: str, size: int) -> None:
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=PATIENCE_SECONDS) as api:
            for first in itertools.count(step=size):
                if self._is_over.is_set():
                    return
                logs = [_log(f"{name}-{number}", number) for number in range(first, first + size)]
                if size == 1:
                    self._insist(api, "/api/request-logs/create", logs[0])
                else:
                    self._insist(api, "/api/request-logs/batch/create", {"logs": logs})
                self.acknowledged += [log["unique_id"] for log in logs]

    def _insist(self, api: httpx.Client, path: str, body: Any) -> None:
        """Raises AssertionError for a refusal, and when nobody answers for too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_taken(api, path, body):
            assert time.monotonic() < deadline, "Nobody answers those who send logs."
            self.calls_repeated += 1
            time.sleep(PAUSE_SECONDS)

    def _is_taken(self, api: httpx.Client, path: str, body: Any) -> bool:
        try:
            answer = api.post(path, json=body)
        except httpx.TransportError:
            return False
        if answer.is_server_error:
            return False
        assert answer.status_code == httpx.codes.CREATED, answer.text
        assert all(one["status"] == "success" for one in answer.json().get("results", ()))
        return True


def _log(unique_id: str, number: int) -> dict[str, Any]:
    return {
        "unique_id": unique_id,
        "model": "gpt-4o",
        "prompt_messages": [{"role": "user", "content": f"Question {number}? {'why ' * 50}"}],
        "completion_message": {"role": "assistant", "content": f"Because of {number}."},
        "thread_identifier": f"thread-{number % THREAD_NAMES}",
        "prompt_tokens": number % 50,
        "completion_tokens": 7,
        "cost": number % 10 / 10_000,
        "latency": number % 3 / 8 if number % 4 else None,
        "status_code": 500 if number % 11 == 0 else 200,
    }
