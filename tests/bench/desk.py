"""A curator's day over one large dataset: how long each step takes at the server, and how long a person waits for it
in a real Chromium."""

from __future__ import annotations

import gzip
import itertools
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg

from project.lib.cursors import encode_cursor
from tests.bench.corpus import write_corpus
from tests.bench.measures import Row, Table, per_second, repeated, spread, timed
from tests.bench.screen import Screen, screen_of
from tests.bench.visitor import Visitor, newest_job
from tests.stack import Stack

WORKSPACE = "Desk bench"
SELECTED = "meta.decile=3"  # A tenth of the corpus, strewn all over it.
PLACES = 200
TIMES = 30
LOOKS = 10
POLL_SECONDS = 0.02
READING_MS = 300  # As long as somebody at least looks at a record; meanwhile its neighbors may be fetched.
ROWS = ".grid tbody tr"
PANEL = "#panel [data-record]"
EDITOR = ".editor"
_SOME_IDS = "SELECT id FROM records_record WHERE dataset_id = %s ORDER BY random() LIMIT %s"
_JOB = "SELECT status, done, message FROM datasets_job WHERE id = %s"
_SNAPSHOT = "SELECT id FROM datasets_snapshot WHERE dataset_id = %s ORDER BY id LIMIT 1"
_REVISION = "SELECT revision_number FROM datasets_dataset WHERE id = %s"
_HIDDEN = re.compile(r'name="(version|mark)" value="([^"]*)"')
_FILTERS = {
    "status": "status=new",
    "a meta key": "meta.lang=ja",
    "a range of tokens": "tokens=200..260",
    "three of them at once": "status=new&meta.lang=ja&tokens=200..",
}
_FACETS = ("status", "tag", "meta.lang", "tokens", "created")


class DeskBench:
    """One dataset, made by one import."""

    def __init__(self, stack: Stack, folder: Path, count: int) -> None:
        self.stack, self.folder, self.count = stack, folder, count
        self.visitor = Visitor(stack, f"desk{count}@example.com", WORKSPACE)
        self.table = Table(count)
        self.dataset_id = self._create_dataset()
        self.path = f"/app/datasets/{self.dataset_id}/"
        self.grid = f"{self.path}records/"
        self.ids: list[UUID] = []
        """Of records from all over the dataset."""

    def run(self) -> list[Row]:
        with psycopg.connect(self.stack.database_url, autocommit=True) as database:
            self._import(database)
            self.ids = [row[0] for row in database.execute(_SOME_IDS, [self.dataset_id, PLACES])]
            self._read()
            self._repair()
            with screen_of(self.visitor) as screen:
                self._look(screen)
            self._change(database)
        self.visitor.close()
        return self.table.rows

    def _create_dataset(self) -> str:
        headers = {"Authorization": f"Bearer {self.stack.create_key(WORKSPACE)}"}
        body = {"name": f"desk {self.count}", "description": ""}
        with httpx.Client(base_url=self.stack.url, headers=headers, timeout=60, trust_env=False) as api:
            made = api.post("/v1/observability/datasets", json=body).raise_for_status().json()
        return str(made["id"])

    def _import(self, database: psycopg.Connection[Any]) -> None:
        path = self.folder / f"desk-{self.count}.jsonl"
        write_corpus(path, self.count)
        begin = time.perf_counter()
        job_id = self.visitor.drop(path, self.dataset_id)
        path.unlink()
        _await_job(database, job_id)
        self.table.add("import until words are found", per_second(self.count, time.perf_counter() - begin))
        database.execute("VACUUM ANALYZE records_record, records_curation, records_recordwords")

    def _read(self) -> None:
        """At the server: whole pages as a browser without a memory gets them."""
        places = itertools.cycle(self.ids)
        self._serve("open the grid", lambda: self.grid, "p95 60 ms")
        self._serve(
            "next page, at any depth", lambda: f"{self.grid}?after={encode_cursor(next(places))}", "p95 60 ms"
        )
        self._serve("last page", lambda: f"{self.grid}?page=last", "p95 60 ms")
        for name, query in _FILTERS.items():
            self._serve(f"filter by {name}", partial(str, f"{self.grid}?{query}"), "p95 150 ms")
        for name in _FACETS:
            self._serve(f"facet {name}", partial(str, f"{self.grid}facet/?facet={name}"), "p95 200 ms")
        facet = f"{self.grid}facet/?facet=meta.lang&{SELECTED}"
        self._serve("facet meta.lang of a tenth", partial(str, facet), "p95 200 ms")
        self._serve("exact total of a tenth", partial(str, f"{self.grid}total/?{SELECTED}"), "")
        self._serve("next record", lambda: f"{self.grid}{next(places)}/panel/", "p95 60 ms")

    def _serve(self, what: str, address: Callable[[], str], target: str) -> None:
        self.table.add(
            f"{what}, at the server", repeated(lambda: self.visitor.get(address()), times=TIMES), target
        )

    def _repair(self) -> None:
        seconds = []
        for number, record_id in enumerate(self.ids[:TIMES]):
            path = f"{self.grid}{record_id}/turns/1/edit/"
            seen = dict(_HIDDEN.findall(self.visitor.get(path).text))
            form = {**seen, "role": "user", "text": f"A repaired question, number {number}."}
            seconds.append(timed(partial(self.visitor.swap, path, form)))
        self.table.add("save a turn, at the server", spread(seconds), "p95 200 ms")

    def _look(self, screen: Screen) -> None:
        weights = screen.weigh(self.grid)
        page = len(gzip.compress(self.visitor.get(self.grid).content))
        for what, size, target in (
            ("page, as a proxy compresses it", page, 100),
            ("scripts", weights.script, 60),
            ("styles", weights.style, 30),
        ):
            self.table.add(f"weight of the grid, {what}", f"{size / 1024:,.0f} KB", f"{target} KB")
        self._show("open the grid", [screen.open(self.grid) for _ in range(LOOKS)], "p95 400 ms")
        self._show("facets after the rows", [screen.fill(self.grid) for _ in range(LOOKS)], "p95 500 ms")
        for name, query in _FILTERS.items():
            seconds = [screen.open(f"{self.grid}?{query}") for _ in range(LOOKS)]
            self._show(f"filter by {name}", seconds, "p95 400 ms")
        hasty = [screen.hasten(f"{self.grid}?{SELECTED}") for _ in range(LOOKS)]
        self._show("filter before the facets of the last one are there", hasty, "")
        screen.open(f"{self.grid}?after={encode_cursor(sorted(self.ids)[PLACES // 2])}")
        turn = screen.page.locator(".pagination a[rel=next]").click
        self._show("next page", [screen.wait_for(ROWS, turn) for _ in range(LOOKS)], "p95 250 ms")
        screen.open(self.grid)
        screen.page.keyboard.press("j")
        screen.press("Enter", PANEL)
        self._show("next record, by j", [self._next(screen) for _ in range(TIMES)], "p95 100 ms")
        self._show("save a turn", [self._save(screen, number) for number in range(LOOKS)], "p95 200 ms")

    def _show(self, what: str, seconds: list[float], target: str) -> None:
        self.table.add(f"{what}, in the browser", spread(seconds), target)

    def _next(self, screen: Screen) -> float:
        screen.page.wait_for_timeout(READING_MS)
        return screen.press("j", PANEL)

    def _save(self, screen: Screen, number: int) -> float:
        self._next(screen)
        screen.press("e", EDITOR)
        screen.page.keyboard.press("Control+a")
        screen.page.keyboard.type(f"Repaired, number {number}.")
        return screen.press("Control+Enter", EDITOR)

    def _change(self, database: psycopg.Connection[Any]) -> None:
        """A tenth of all records, and back."""
        selected = {"scope": "all", "filter": SELECTED, "task": "plain", "verb": "approved"}
        selected["revision"] = str(self._take_snapshot(database, "before"))
        path = f"{self.grid}change/"
        preview = timed(partial(self.visitor.swap, path, selected))
        self.table.add("a bulk change shown before it is done", f"{1000 * preview:,.0f} ms")
        what = f"bulk status on {self.count // 10:,}"
        self._watch_job(database, what, partial(self.visitor.swap, path, {**selected, "confirmed": "yes"}))
        number = self._take_snapshot(database, "after")
        compared = partial(self.visitor.get, f"{self.path}compare/?from={number - 1}&to={number}")
        self.table.add(
            "compare of two snapshots, at the server", repeated(compared, times=10, warm_up=1), "p95 500 ms"
        )
        self._export_past(database)
        undo = partial(self.visitor.swap, f"{self.path}history/{number}/undo/", {})
        self._watch_job(database, f"undo of it, {self.count // 10:,}", undo)

    def _export_past(self, database: psycopg.Connection[Any]) -> None:
        """Of the snapshot before the change: of a tenth of the records the old values."""
        row = database.execute(_SNAPSHOT, [self.dataset_id]).fetchone()
        assert row is not None
        first, seconds = self.visitor.download(f"{self.path}snapshots/{row[0]}/export/")
        self.table.add("export of a snapshot behind the change", per_second(self.count, seconds))
        self.table.add(
            "export of a snapshot behind the change, first byte", f"{1000 * first:.0f} ms", "200 ms"
        )

    def _take_snapshot(self, database: psycopg.Connection[Any], name: str) -> int:
        """The number of the revision that it names."""
        self.visitor.post(f"{self.path}snapshots/", {"name": name})
        row = database.execute(_REVISION, [self.dataset_id]).fetchone()
        assert row is not None
        return int(row[0])

    def _watch_job(self, database: psycopg.Connection[Any], what: str, start: Callable[[], object]) -> None:
        begin = time.perf_counter()
        start()
        job_id = newest_job(database, self.dataset_id)
        first, end = _await_job(database, job_id)
        self.table.add(f"{what}, first progress", f"{first - begin:.1f} s", "1 s")
        self.table.add(what, f"{end - begin:.1f} s", "5 s")


def _await_job(database: psycopg.Connection[Any], job_id: str) -> tuple[float, float]:
    """When its first progress was seen and when it had ended, by the clock of `time.perf_counter`."""
    first = 0.0
    while True:
        row = database.execute(_JOB, [job_id]).fetchone()
        assert row is not None
        status, done, message = row
        assert status not in {"failed", "cancelled"}, message
        if done and not first:
            first = time.perf_counter()
        if status == "completed":
            return first or time.perf_counter(), time.perf_counter()
        time.sleep(POLL_SECONDS)
