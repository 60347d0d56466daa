"""Which logs a sample takes: every log draws a lot from the sample's seed and its own id, and the smallest lots are
taken. So a sample can be repeated, a larger one holds the smaller, and none depends on the order of reading. Pure; the
database draws the same lots (`threads.drawing`)."""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from project.lib.errors import InvalidError

LOT_BITS = 56  # What a bigint of the database holds of the hash, and more than enough.
MAX_SEED_CHARACTERS = 100


class SampleError(InvalidError):
    """A sample that cannot be drawn so."""


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How many of the matching logs are taken, in this order: a share of all; of each thread at most so many; of each
    value of a field (`stratum`) at most so many; and so many in the end."""

    seed: str
    percent: Decimal = Decimal(100)
    per_thread: int | None = None
    stratum: str = ""
    per_stratum: int | None = None
    size: int | None = None

    def __str__(self) -> str:
        return f"{self.amount}, seed {self.seed!r}"

    @property
    def amount(self) -> str:
        """In words, without the seed."""
        parts = [
            f"{self.percent:f} %",
            f"at most {self.per_thread:,} of a thread" if self.per_thread is not None else "",
            f"at most {self.per_stratum:,} of each {self.stratum}" if self.per_stratum is not None else "",
            f"at most {self.size:,}" if self.size is not None else "",
        ]
        return ", ".join(filter(None, parts))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "percent": str(self.percent)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> SampleRule:
        return cls(**{**kept, "percent": Decimal(kept["percent"])})

    @property
    def is_share(self) -> bool:
        """Whether each log is taken or not whatever the others are."""
        return self.per_thread is None and self.per_stratum is None and self.size is None

    def check(self) -> None:
        """Raises SampleError."""
        if not self.percent.is_finite() or not 0 <= self.percent <= 100:
            raise SampleError("The share is a percentage from 0 to 100.")
        if any(
            number is not None and number < 0 for number in (self.per_thread, self.per_stratum, self.size)
        ):
            raise SampleError("A number of logs is not negative.")
        if (self.per_stratum is None) != (not self.stratum):
            raise SampleError("A quota needs a field and a number.")
        if len(self.seed) > MAX_SEED_CHARACTERS or "\x00" in self.seed:
            raise SampleError(f"A seed is a text of at most {MAX_SEED_CHARACTERS} characters.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A log that matches. One without a thread is a thread of its own."""

    log_id: UUID
    thread: str | None = None
    stratum: str | None = None


def lot_of(seed: str, log_id: UUID) -> int:
    """From 0 to 2**LOT_BITS - 1, evenly."""
    digest = hashlib.sha256(f"{seed}:{log_id}".encode()).digest()
    return int.from_bytes(digest[: LOT_BITS // 8])


def lots_below(percent: Decimal) -> int:
    """The lots of that share of all logs are smaller than this."""
    return int(Fraction(percent) / 100 * 2**LOT_BITS)


def chosen(candidates: Iterable[Candidate], rule: SampleRule) -> set[UUID]:
    """The ids of the logs that the rule takes."""
    limit = lots_below(rule.percent)
    drawn = [(lot, one.log_id, one) for one in candidates if (lot := lot_of(rule.seed, one.log_id)) < limit]
    if rule.per_thread is not None:
        drawn = _smallest_of_each(drawn, lambda one: one.thread or one.log_id, rule.per_thread)
    if rule.per_stratum is not None:
        drawn = _smallest_of_each(drawn, lambda one: one.stratum, rule.per_stratum)
    if rule.size is not None:
        drawn = heapq.nsmallest(rule.size, drawn, key=lambda draw: draw[:2])
    return {log_id for _, log_id, _ in drawn}


_Draw = tuple[int, UUID, Candidate]


def _smallest_of_each(drawn: list[_Draw], group: Callable[[Candidate], Any], number: int) -> list[_Draw]:
    groups: dict[Any, list[_Draw]] = defaultdict(list)
    for draw in drawn:
        groups[group(draw[2])].append(draw)
    return [
        draw for some in groups.values() for draw in heapq.nsmallest(number, some, key=lambda draw: draw[:2])
    ]
