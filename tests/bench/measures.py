from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what, how much, and against what it is held."""

    what: str
    measured: str
    target: str = ""


@dataclass(slots=True)
class Table:
    """The lines about so many records or logs; each is told as soon as it is there."""

    count: int
    rows: list[Row] = field(default_factory=list)

    def add(self, what: str, measured: str, target: str = "") -> None:
        self.rows.append(Row(what, measured, target))
        sys.stdout.write(f"{self.count:>9,}  {what}: {measured}\n")
        sys.stdout.flush()


def percentile(seconds: list[float], share: float) -> float:
    """The nearest-rank percentile, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def repeated(call: Callable[[], object], *, times: int = 60, warm_up: int = 5) -> str:
    """p50 and p95 of many calls, as text."""
    for _ in range(warm_up):
        call()
    return spread([timed(call) for _ in range(times)])


def spread(seconds: list[float]) -> str:
    return f"p50 {percentile(seconds, 0.5):.0f} ms, p95 {percentile(seconds, 0.95):.0f} ms"


def per_second(number: int, seconds: float) -> str:
    return f"{number / seconds:,.0f}/s"


def peak_megabytes(pid: int) -> int:
    """The most memory that a process ever had resident (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0
