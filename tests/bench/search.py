"""Search over many records: how fast, and how much of the exact answer the index finds."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import django
import httpx
import orjson
import psycopg

from project.lib.embedded import socket_folder
from project.lib.embedder import WordLlamaEmbedder
from tests.bench.corpus import lines, lines_on_subjects
from tests.bench.measures import Row, Table, per_second, percentile, repeated
from tests.bench.records import API
from tests.bench.visitor import Visitor
from tests.stack import Stack

QUESTIONS = 100
TOP = 10
_EXACT = "SET LOCAL enable_indexscan = off"
RECORDS_PER_SUBJECT = 50
_NEAREST = """
SELECT record_id, vector <=> %s::halfvec FROM records_recordembedding
WHERE dataset_id = %s AND record_id IN (SELECT id FROM records_record WHERE dataset_id = %s AND meta @> %s)
ORDER BY 2 LIMIT %s
"""
SAME = 1e-6  # Of two as far away as that it does not matter which is found.


class SearchBench:
    """One dataset of the bench's corpus, asked through the page's own address and beside it in the engine."""

    def __init__(self, stack: Stack, folder: Path, count: int) -> None:
        self.stack, self.folder, self.count = stack, folder, count
        key = stack.create_key("Search bench")
        self.api = httpx.Client(
            base_url=stack.url, headers={"Authorization": f"Bearer {key}"}, timeout=600, trust_env=False
        )
        self.table = Table(count)
        self.dataset_id = ""
        self.questions: list[str] = []
        self.index_settings, self.read_beyond = index_settings()

    def run(self) -> list[Row]:
        address = f"host={socket_folder(self.stack.data_dir)} user=winnow dbname=winnow"
        with psycopg.connect(address, autocommit=True) as database:
            self._import(database)
            database.execute(
                "VACUUM ANALYZE records_record, records_curation, records_recordwords, records_recordembedding"
            )
            size = database.execute("SELECT pg_size_pretty(pg_relation_size('record_embedding'))").fetchone()
            self.table.add("size of the index over the vectors", size[0] if size else "")
            self._recall(database)
        self._pages()
        self._writes()
        self.api.close()
        return self.table.rows

    def _import(self, database: psycopg.Connection[Any]) -> None:
        path = self.folder / f"search-{self.count}.jsonl"
        subjects = max(1, self.count // RECORDS_PER_SUBJECT)
        corpus = lines_on_subjects(self.count + QUESTIONS, random.Random(7), subjects=subjects)
        with path.open("wb") as content:
            content.writelines(itertools.islice(corpus, self.count))
        self.questions = [question_of(line) for line in corpus]
        body = {"name": f"search {self.count}", "description": ""}
        self.dataset_id = self._post(f"{API}/datasets", body)["id"]
        with path.open("rb") as file:
            upload = {"file": (path.name, file, "application/octet-stream")}
            file_id = self.api.post("/v1/files", files=upload).raise_for_status().json()["id"]
        path.unlink()
        task = self._post(f"{API}/datasets/{self.dataset_id}/imports/from-file", {"file_id": file_id})
        begun = 0.0
        while True:
            row = database.execute(
                "SELECT status, phase, message FROM datasets_job WHERE id = %s", [task["id"]]
            ).fetchone()
            assert row is not None
            assert row[0] not in {"failed", "cancelled"}, row[2]
            if row[1] == "Embedding" and not begun:
                begun = time.perf_counter()
            if row[0] == "completed":
                break
            time.sleep(0.2)
        self.table.add(
            "the phase “Embedding” of the import", per_second(self.count, time.perf_counter() - begun)
        )

    def _recall(self, database: psycopg.Connection[Any]) -> None:
        """Of the index as the product asks it, against the comparison of all vectors."""
        for name, meta in (("", "{}"), (", with a filter that a fifth meets", '{"lang": "ja"}')):
            shares, index_seconds, exact_seconds = list[float](), list[float](), list[float]()
            for vector in map(str, WordLlamaEmbedder().embed(self.questions)):
                by_index, took = self._ask(database, self.index_settings, vector, meta)
                exactly, took_exactly = self._ask(database, _EXACT, vector, meta)
                index_seconds.append(took)
                exact_seconds.append(took_exactly)
                shares.append(sum(far <= exactly[-1] + SAME for far in by_index) / TOP)
            self.table.add(f"recall@10 of the index{name}", f"{sum(shares) / len(shares):.3f}", "0.95")
            self._add_times(f"nearest 10 in the engine, by the index{name}", index_seconds, "p95 50 ms")
            self._add_times(f"nearest 10 in the engine, by comparing all{name}", exact_seconds)

    def _add_times(self, what: str, seconds: list[float], target: str = "") -> None:
        self.table.add(
            what, f"p50 {percentile(seconds, 0.5):.1f} ms, p95 {percentile(seconds, 0.95):.1f} ms", target
        )

    def _ask(
        self, database: psycopg.Connection[Any], settings: str, vector: str, meta: str
    ) -> tuple[list[float], float]:
        """The distances of the nearest, and the seconds it took; read as far as the product reads."""
        with database.transaction():
            database.execute(settings)
            begin = time.perf_counter()
            asked = [vector, self.dataset_id, self.dataset_id, meta, TOP + self.read_beyond]
            rows = database.execute(_NEAREST, asked, prepare=False).fetchall()
            return sorted(row[1] for row in rows)[:TOP], time.perf_counter() - begin

    def _pages(self) -> None:
        visitor = Visitor(self.stack, f"search{self.count}@example.com", "Search bench")
        path = f"/app/datasets/{self.dataset_id}/search/"
        for name, filters, target in (
            ("meaning", {"mode": "meaning"}, "p95 100 ms"),
            (
                "meaning, with a filter that a fifth meets",
                {"mode": "meaning", "meta.lang": "ja"},
                "p95 150 ms",
            ),
            ("meaning, with a filter that one meets", {"mode": "meaning", "meta.n": "777"}, "p95 150 ms"),
            ("words", {"mode": "words"}, "p95 100 ms"),
            ("both", {}, "p95 150 ms"),
        ):
            ask = partial(ask_page, visitor, path, iter(self.questions), filters)
            self.table.add(f"search page, {name}", repeated(ask), target)
        visitor.close()

    def _writes(self) -> None:
        texts = iter(lines(200, random.Random(11)))
        path = f"{API}/datasets/{self.dataset_id}/records"
        create = partial(self._create, path, texts)
        self.table.add("create one record of 1 KB, with its vector", repeated(create), "p95 25 ms")

    def _create(self, path: str, lines_left: Iterator[bytes]) -> None:
        headers = {"Content-Type": "application/json"}
        self.api.post(path, content=next(lines_left), headers=headers).raise_for_status()

    def _post(self, path: str, body: object) -> Any:
        return self.api.post(path, json=body).raise_for_status().json()


def ask_page(visitor: Visitor, path: str, questions: Iterator[str], filters: dict[str, str]) -> None:
    visitor.get(path, {"q": next(questions), **filters})


def index_settings() -> tuple[str, int]:
    """Those of the product, whose modules need Django to be set up: the settings, and how far beyond it reads."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks")
    django.setup()
    from records.search import INDEX_SETTINGS, READ_BEYOND  # noqa: PLC0415

    return INDEX_SETTINGS, READ_BEYOND


def question_of(line: bytes) -> str:
    """Eight words in a row out of a record."""
    return " ".join(orjson.loads(line)["payload"]["messages"][0]["content"].split()[:8])
