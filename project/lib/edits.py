"""Small rules of changing what is stored. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from project.lib.errors import InvalidError

MAX_ALIAS = 128
ALIAS = re.compile(rf"[a-z0-9_-]{{0,{MAX_ALIAS}}}")
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


def assign(row: object, given: Mapping[str, Any], checks: Mapping[str, Callable[[str], str]]) -> list[str]:
    """Puts checked values on the row, unsaved; answers the fields that changed. `meta` may be an edit, and `extras`
    are laid over the stored ones."""
    changed = []
    for field, value in given.items():
        stored = getattr(row, field)
        if field == "meta":
            value = edited_meta(stored, value)
        elif field == "extras":
            value = {**stored, **value}
        elif field in checks:
            value = checks[field](value)
        if value != stored:
            setattr(row, field, value)
            changed.append(field)
    return changed


def checked_text(text: str, *, limit: int, subject: str, error: type[InvalidError]) -> str:
    """As it is. `subject` with its verb begins the sentence of the refusal: "A description has"."""
    if len(text) > limit or "\x00" in text:
        raise error(f"{subject} at most {limit:,} characters and no NUL character.")
    return text


def checked_alias(alias: str, *, error: type[InvalidError]) -> str:
    if not ALIAS.fullmatch(alias):
        raise error(
            f"An alias has at most {MAX_ALIAS} characters: small letters a to z, digits, “_” and “-”."
        )
    return alias
