"""Starts the real product in a folder of its own, measures it from outside, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.desk import DeskBench
from tests.bench.fresh import fresh_rows
from tests.bench.logs import LogBench
from tests.bench.measures import Row
from tests.bench.records import RecordBench
from tests.bench.search import SearchBench
from tests.stack import CHECKOUT, Stack

Titled = tuple[str, list[Row]]
REPORT = CHECKOUT / "docs" / "benchmarks.md"
_HEAD = """\
# Benchmarks

Written by `make bench`: the real product in processes of its own, measured from outside, beside the bare PostgreSQL in
the same run. Machines are noisy: look at the ratios.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--desk", type=int, default=1_000_000, help="a curator over so many; 0 for none")
    parser.add_argument("--search", type=int, default=200_000, help="search over so many; 0 for none")
    parser.add_argument(
        "--fresh", type=int, default=1_000, help="search right after so many writes; 0 for none"
    )
    parser.add_argument("--logs", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--report", type=Path, default=REPORT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
        tables = [*_of_records(options, Path(folder)), *_of_a_curator(options, Path(folder))]
    before = options.report.read_text() if options.report.exists() else ""
    options.report.write_text(report(tables, before))
    sys.stdout.write(f"Written to {options.report}\n")


def _of_records(options: argparse.Namespace, folder: Path) -> Iterator[Titled]:
    if not any((options.records, options.search, options.fresh, options.logs)):
        return
    with running_stack() as stack:
        for count in options.records:
            yield f"{count:,} records of about 1 KB", RecordBench(stack, folder, count).run()
        if options.search:
            count = options.search
            yield f"Search over {count:,} records", SearchBench(stack, folder, count).run()
        if options.fresh:
            yield f"{options.fresh:,} writes, each searched for at once", fresh_rows(stack, options.fresh)
        for count in options.logs:
            yield f"{count:,} logs of about 1 KB", LogBench(stack, count).run()


def _of_a_curator(options: argparse.Namespace, folder: Path) -> Iterator[Titled]:
    """Without vectors, which have a table of their own: their address is one at which nobody answers."""
    if options.desk:
        with running_stack(EMBEDDINGS_URL="http://127.0.0.1:9/v1", EMBEDDINGS_MODEL="none") as stack:
            yield f"A curator over {options.desk:,} records", DeskBench(stack, folder, options.desk).run()


@contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    stack = Stack(**settings)
    try:
        stack.start()
        yield stack
    finally:
        stack.close()


def report(tables: list[Titled], before: str) -> str:
    """Of an earlier report stays what this run has not measured anew."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    made_on = f"{machine}, {datetime.now(UTC):%Y-%m-%d}."
    sections = {title: body.strip() for title, body in map(_parted, before.split("\n## ")[1:])}
    sections |= {title: f"{made_on}\n\n{_table(rows)}" for title, rows in tables}
    return _HEAD + "".join(f"\n## {title}\n\n{body}\n" for title, body in sections.items())


def _parted(section: str) -> tuple[str, str]:
    title, _, body = section.partition("\n")
    return title, body


def _table(rows: list[Row]) -> str:
    lines = [f"| {row.what} | {row.measured} | {row.target} |" for row in rows]
    return "\n".join(["| what | measured | target |", "| --- | --- | --- |", *lines])


if __name__ == "__main__":
    main()
