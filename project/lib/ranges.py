"""Ranges as people write them: `500..2000`, `500..`, `..2000`, one value, and `0.5..<0.6` without its end. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Q

Bound = TypeVar("Bound")


@dataclass(frozen=True, slots=True)
class Range(Generic[Bound]):
    """Both ends belong to it, the upper one not when `is_open`. None is no bound."""

    low: Bound | None
    high: Bound | None
    is_open: bool = False

    def query(self, column: str) -> Q:
        query = Q(**{f"{column}__isnull": False})
        if self.low is not None:
            query &= Q(**{f"{column}__gte": self.low})
        if self.high is not None:
            query &= Q(**{f"{column}__{'lt' if self.is_open else 'lte'}": self.high})
        return query


def split_range(text: str) -> tuple[str, str, bool]:
    """Its two ends, and whether the upper one is left out."""
    low, dots, high = text.partition("..")
    if not dots:
        return text.strip(), text.strip(), False
    return low.strip(), high.removeprefix("<").strip(), high.startswith("<")


def read_range(text: str, read: Callable[[str], Bound]) -> Range[Bound]:
    """Whatever `read` raises for an end that it cannot read."""
    low, high, is_open = split_range(text)
    return Range(read(low) if low else None, read(high) if high else None, is_open)
