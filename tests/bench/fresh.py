"""Create, update or delete a record and search at once, while a bulk import runs into the same dataset."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg

from tests.bench.corpus import lines, write_corpus
from tests.bench.measures import Row, percentile
from tests.stack import Stack

IMPORTED = 20_000
_ENDED = "SELECT status NOT IN ('queued', 'running'), status FROM datasets_job WHERE id = %s"


class FreshSearch:
    """One dataset of the ChatBotKit dialect, into which one import after the other runs."""

    def __init__(self, stack: Stack, *, imported: int = IMPORTED) -> None:
        headers = {"Authorization": f"Bearer {stack.create_key('Fresh')}"}
        self._api = httpx.Client(base_url=stack.url, headers=headers, timeout=120, trust_env=False)
        self._database_url, self._imported = stack.database_url, imported
        self.dataset_id: str = self._post("/api/v1/dataset/create", {"name": "Fresh"})["id"]
        self.imports: list[str] = []
        self.seconds: list[float] = []
        """Of each search."""

    def close(self) -> None:
        self._api.close()

    def misses(self, times: int) -> list[str]:
        """What was not found right after it was written, or found after it was deleted, as sentences."""
        with psycopg.connect(self._database_url, autocommit=True) as database:
            return [
                miss
                for number, text in enumerate(_texts(times))
                for miss in self._round(number, text, self._keep_importing(database))
            ]

    def _round(self, number: int, text: str, import_id: str) -> Iterator[str]:
        path = f"/api/v1/dataset/{self.dataset_id}/record"
        record_id = self._post(f"{path}/create", {"text": text})["id"]
        if not self._finds(record_id, text):
            yield f"{number}: created and not found (import {import_id})"
        newer = f"{text} anew{number}"
        self._post(f"{path}/{record_id}/update", {"text": newer})
        if not self._finds(record_id, newer):
            yield f"{number}: updated and not found (import {import_id})"
        if number % 2:
            self._post(f"{path}/{record_id}/delete", {})
            if self._finds(record_id, newer):
                yield f"{number}: deleted and found (import {import_id})"

    def _finds(self, record_id: str, text: str) -> bool:
        begin = time.perf_counter()
        found = self._post(f"/api/v1/dataset/{self.dataset_id}/search", {"search": text})
        self.seconds.append(time.perf_counter() - begin)
        return record_id in {hit["id"] for hit in found["records"]}

    def _keep_importing(self, database: psycopg.Connection[Any]) -> str:
        """The import that runs now; a new one when the last has ended."""
        if self.imports:
            row = database.execute(_ENDED, [self.imports[-1]]).fetchone()
            assert row is not None
            assert row[1] in {"queued", "running", "completed"}, row[1]
            if not row[0]:
                return self.imports[-1]
        self.imports.append(self._start_import())
        return self.imports[-1]

    def _start_import(self) -> str:
        with tempfile.TemporaryDirectory(prefix="winnow-fresh-") as folder:
            path = Path(folder) / "fresh.jsonl"
            write_corpus(path, self._imported, seed=len(self.imports))
            with path.open("rb") as file:
                upload = {"file": (path.name, file, "application/octet-stream")}
                sent = self._api.post("/v1/files", files=upload).raise_for_status()
        address = f"/v1/observability/datasets/{self.dataset_id}/imports/from-file"
        started: str = self._post(address, {"file_id": sent.json()["id"]})["id"]
        return started

    def _post(self, path: str, body: object) -> Any:
        return self._api.post(path, json=body).raise_for_status().json()


def fresh_rows(stack: Stack, times: int) -> list[Row]:
    """Prints each miss."""
    fresh = FreshSearch(stack)
    misses = fresh.misses(times)
    fresh.close()
    for miss in misses:
        sys.stdout.write(f"{miss}\n")
    p50, p95 = percentile(fresh.seconds, 0.5), percentile(fresh.seconds, 0.95)
    return [
        Row(f"misses in {len(fresh.seconds):,} searches right after a write", f"{len(misses)}", "0"),
        Row("the search, while an import runs", f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"),
        Row(f"imports of {IMPORTED:,} records that ran beside it", f"{len(fresh.imports)}"),
    ]


def _texts(number: int) -> Iterator[str]:
    """Forty words in a row out of a corpus of its own, with one that no other text has."""
    for index, line in enumerate(lines(number, random.Random(41))):
        said = orjson.loads(line)["payload"]["messages"][0]["content"]
        yield f"case{index} {' '.join(said.split()[:40])}"
