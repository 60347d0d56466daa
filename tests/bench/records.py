from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg

from project.lib.embedded import socket_folder
from tests.bench.corpus import write_corpus
from tests.bench.measures import Row, Table, peak_megabytes, per_second, repeated, timed
from tests.bench.visitor import Visitor
from tests.stack import Stack, children_of

API = "/v1/observability"
PAGE = 50


class RecordBench:
    """Import, export, lists, search and single writes of one dataset, through the product's own doors."""

    def __init__(self, stack: Stack, folder: Path, count: int) -> None:
        self.stack, self.folder, self.count = stack, folder, count
        key = stack.create_key("Bench")
        self.api = httpx.Client(
            base_url=stack.url, headers={"Authorization": f"Bearer {key}"}, timeout=600, trust_env=False
        )
        self.visitor = Visitor(stack, f"bench{count}@example.com", "Bench")
        self.table = Table(count)
        self.dataset_id = ""

    def run(self) -> list[Row]:
        with psycopg.connect(self._address(), autocommit=True) as database:
            self._import(database)
            self._bare_copy_in(database)
            database.execute("VACUUM ANALYZE records_record, records_curation, records_recordwords")
            self._export(database)
            self._lists()
            self._pages()
            self._writes()
        self.api.close()
        self.visitor.close()
        return self.table.rows

    def _address(self) -> str:
        return f"host={socket_folder(self.stack.data_dir)} user=winnow dbname=winnow"

    def _import(self, database: psycopg.Connection[Any]) -> None:
        path = self.folder / f"{self.count}.jsonl"
        size = write_corpus(path, self.count)
        body = {"name": f"bench {self.count}", "description": ""}
        self.dataset_id = self._post(f"{API}/datasets", body)["id"]
        job_id = self.visitor.drop(path, self.dataset_id)
        path.unlink()
        started, listed, indexed, ended = self._wait_for(database, job_id)
        self.seconds_to_list = (listed - started).total_seconds()
        self.table.add("size of the file", f"{size / 2**20:,.0f} MB")
        self.table.add("import until listed", per_second(self.count, self.seconds_to_list), "30,000/s")
        until_words = (indexed - started).total_seconds()
        self.table.add("import until words are found", per_second(self.count, until_words), "12,000/s")
        until_meaning = (ended - started).total_seconds()
        self.table.add("import until meaning is found", per_second(self.count, until_meaning))
        worker = self.stack.pid_of("worker")
        peak = max(peak_megabytes(pid) for pid in [worker, *children_of(worker)])
        self.table.add("worker memory, highest of a process since its start", f"{peak} MB", "400 MB")

    def _wait_for(
        self, database: psycopg.Connection[Any], job_id: str
    ) -> tuple[datetime, datetime, datetime, datetime]:
        """When it was started, listed, found by words (to a fifth of a second), and ended."""
        indexed = None
        while True:
            row = database.execute(
                "SELECT status, message, started_at, dataset.updated_at, ended_at, phase, now()"
                " FROM datasets_job AS job"
                " JOIN datasets_dataset AS dataset ON dataset.id = dataset_id WHERE job.id = %s",
                [job_id],
            ).fetchone()
            assert row is not None
            assert row[0] not in {"failed", "cancelled"}, row[1]
            if row[5] == "Embedding" and indexed is None:
                indexed = row[6]
            if row[0] == "completed":
                return row[2], row[3], indexed or row[4], row[4]
            time.sleep(0.2)

    def _bare_copy_in(self, database: psycopg.Connection[Any]) -> None:
        """The same rows into a table without indexes, by the server's own COPY format."""
        columns = [
            name
            for (name,) in database.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'records_record'"
            )
        ]
        listed = ", ".join(columns)
        rows = self.folder / "rows.bin"
        with rows.open("wb") as file, database.cursor() as cursor:
            query = f"SELECT {listed} FROM records_record WHERE dataset_id = '{self.dataset_id}'"
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
                for piece in copy:
                    file.write(piece)
        database.execute("CREATE TABLE bench_bare (LIKE records_record)")
        seconds = timed(
            lambda: self._copy_file(database, f"COPY bench_bare ({listed}) FROM STDIN (FORMAT BINARY)", rows)
        )
        database.execute("DROP TABLE bench_bare")
        rows.unlink()
        share = seconds / self.seconds_to_list
        self.table.add("bare COPY of the same rows", per_second(self.count, seconds))
        self.table.add("import until listed, as a share of the bare COPY", f"{share:.2f}", "0.33")

    def _copy_file(self, database: psycopg.Connection[Any], statement: str, path: Path) -> None:
        with database.cursor() as cursor, cursor.copy(statement) as copy, path.open("rb") as file:
            while piece := file.read(1 << 20):
                copy.write(piece)

    def _export(self, database: psycopg.Connection[Any]) -> None:
        first, seconds, lines = self._fetch_export()
        assert lines == self.count, f"{lines} lines exported"
        bare = timed(lambda: self._bare_copy_out(database))
        self.table.add("export JSONL, by the signed URL", per_second(self.count, seconds), "100,000/s")
        self.table.add("export, first byte", f"{first * 1000:.0f} ms", "200 ms")
        self.table.add("bare COPY out of the same values", per_second(self.count, bare))
        self.table.add("export, as a share of the bare COPY out", f"{bare / seconds:.2f}", "0.5")
        web = self.stack.pid_of("web")
        peak = max(peak_megabytes(pid) for pid in [web, *children_of(web)])
        self.table.add("web memory, highest of a process since its start", f"{peak} MB")

    def _fetch_export(self) -> tuple[float, float, int]:
        """Seconds to the first byte, seconds in all, lines."""
        url = self._get(f"{API}/datasets/{self.dataset_id}/exports/to-jsonl")["file_url"]
        begin, first, lines = time.perf_counter(), 0.0, 0
        with httpx.stream("GET", url, timeout=600, trust_env=False) as response:
            for piece in response.raise_for_status().iter_raw(1 << 18):
                first = first or time.perf_counter() - begin
                lines += piece.count(b"\n")
        return first, time.perf_counter() - begin, lines

    def _bare_copy_out(self, database: psycopg.Connection[Any]) -> None:
        query = f"SELECT payload, meta FROM records_record WHERE dataset_id = '{self.dataset_id}'"
        with database.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            for _ in copy:
                pass

    def _lists(self) -> None:
        last = -(-self.count // PAGE)
        for name, page in (("first", 1), ("middle", last // 2), ("last", last)):
            address = f"{API}/datasets/{self.dataset_id}/records?page={page}&page_size={PAGE}"
            self.table.add(
                f"API list of {PAGE}, {name} page", repeated(partial(self._get, address)), "p95 40 ms"
            )

    def _pages(self) -> None:
        path = f"/app/datasets/{self.dataset_id}/records/"
        for name, query, target in (
            ("first page", "", "p95 60 ms"),
            ("last page", "?page=last", "p95 60 ms"),
            ("filter by meta", "?meta.lang=ja", "p95 150 ms"),
            ("filter by a rare meta value", "?meta.n=777", "p95 150 ms"),
            ("filter by status", "?status=flagged", "p95 150 ms"),
            ("search of a frequent word", f"?q={self._word(0)}", "p95 100 ms"),
            ("search of a rare word", f"?q={self._word(-1)}", "p95 100 ms"),
        ):
            call = partial(self.visitor.get, path + query)
            self.table.add(f"grid of 100, {name}", repeated(call, times=30), target)

    def _word(self, index: int) -> str:
        """The most frequent or one of the rarer words of the first page."""
        page = self._get(f"{API}/datasets/{self.dataset_id}/records?page_size={PAGE}")["records"]["results"]
        words: list[str] = [
            word
            for record in page
            for message in record["payload"]["messages"]
            for word in message["content"].split()
        ]
        word: str = sorted(set(words), key=lambda word: (-words.count(word), word))[index]
        return word

    def _writes(self) -> None:
        body = {"payload": {"messages": [{"role": "user", "content": "a new record"}]}, "properties": {}}
        path = f"{API}/datasets/{self.dataset_id}/records"
        self.table.add("create one record", repeated(lambda: self._post(path, body)), "p95 25 ms")

    def _get(self, path: str) -> Any:
        return self.api.get(path).raise_for_status().json()

    def _post(self, path: str, body: object) -> Any:
        return self.api.post(path, json=body).raise_for_status().json()
