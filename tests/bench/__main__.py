"""Starts the real product in a folder of its own, measures it from outside, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.fresh import fresh_rows
from tests.bench.logs import LogBench
from tests.bench.measures import Row
from tests.bench.records import RecordBench
from tests.bench.search import SearchBench
from tests.stack import CHECKOUT, Stack

REPORT = CHECKOUT / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--search", type=int, default=200_000, help="search over so many; 0 for none")
    parser.add_argument(
        "--fresh", type=int, default=1_000, help="search right after so many writes; 0 for none"
    )
    parser.add_argument("--logs", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--report", type=Path, default=REPORT)
    options = parser.parse_args()
    stack = Stack()
    stack.start()
    try:
        with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
            tables = [
                (f"{count:,} records of about 1 KB", RecordBench(stack, Path(folder), count).run())
                for count in options.records
            ]
            if options.search:
                title = f"Search over {options.search:,} records"
                tables.append((title, SearchBench(stack, Path(folder), options.search).run()))
            if options.fresh:
                title = f"{options.fresh:,} writes, each searched for at once"
                tables.append((title, fresh_rows(stack, options.fresh)))
            tables += [
                (f"{count:,} logs of about 1 KB", LogBench(stack, count).run()) for count in options.logs
            ]
    finally:
        stack.close()
    options.report.write_text(report(tables))
    sys.stdout.write(f"Written to {options.report}\n")


def report(tables: list[tuple[str, list[Row]]]) -> str:
    parts = [
        "# Benchmarks\n",
        "Written by `make bench`: the real product in processes of its own, measured from outside, beside the bare"
        " PostgreSQL in the same run. Machines are noisy: look at the ratios.\n",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()},"
        f" {datetime.now(UTC):%Y-%m-%d}.\n",
    ]
    for title, rows in tables:
        parts.append(f"## {title}\n")
        parts.append("| what | measured | target |\n| --- | --- | --- |")
        parts += [f"| {row.what} | {row.measured} | {row.target} |" for row in rows]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    main()
