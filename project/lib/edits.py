"""Small rules of changing what is stored. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

RESOLUTION = timedelta(milliseconds=1)  # What the coarsest of our clients can tell apart.


@dataclass(frozen=True, slots=True)
class MetaEdit:
    """New values for a JSON object that keeps its other keys."""

    values: dict[str, Any]

    def applied_to(self, stored: dict[str, Any]) -> dict[str, Any]:
        return {**stored, **self.values}


def edited_meta(stored: dict[str, Any], given: dict[str, Any] | MetaEdit) -> dict[str, Any]:
    """A plain object takes the place of the stored one."""
    return given.applied_to(stored) if isinstance(given, MetaEdit) else given


def moment_after(previous: datetime, now: datetime) -> datetime:
    """`now`, or what any client sees as later than `previous`, when changes follow each other that closely."""
    return max(now, previous + RESOLUTION)
