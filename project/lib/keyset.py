"""Pages of a list by the id after which they begin: as fast at any depth, and no row repeats when others come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value

from project.lib.cursors import decode_cursor, encode_cursor

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """Rows, newest first, and the cursors of the neighbors; a cursor is empty where there is no neighbor."""

    rows: list[Row]
    next_cursor: str
    previous_cursor: str


def newest_page(rows: QuerySet[Row], *, after: str = "", before: str = "", size: int = 50) -> KeysetPage[Row]:
    """The page behind `after`, or ahead of `before`, or the newest one. Raises CursorError."""
    if before:
        found = list(rows.filter(pk__gt=decode_cursor(before)).order_by("pk")[: size + 1])
        has_previous, has_next = len(found) > size, True
        page = found[:size][::-1]
    else:
        newest = rows.filter(pk__lt=decode_cursor(after)) if after else rows
        found = list(newest.order_by("-pk")[: size + 1])
        has_previous, has_next = bool(after), len(found) > size
        page = found[:size]
    return KeysetPage(
        page,
        next_cursor=encode_cursor(page[-1].pk) if page and has_next else "",
        previous_cursor=encode_cursor(page[0].pk) if page and has_previous else "",
    )


def oldest_page(rows: QuerySet[Row], *, after: str = "", size: int = 50) -> KeysetPage[Row]:
    """The page behind `after`, or the first one, the oldest first; without a way back. Raises CursorError."""
    following = rows.filter(pk__gt=decode_cursor(after)) if after else rows
    found = list(following.order_by("pk")[: size + 1])
    has_next = len(found) > size
    return KeysetPage(
        found[:size], next_cursor=encode_cursor(found[size - 1].pk) if has_next else "", previous_cursor=""
    )


def row_compares(values: Iterable[tuple[str, Any]], sign: str) -> Func:
    """Whether a row lies on one side of a place, compared column after column, as an index over these columns is
    ordered: all of them together are one bound in it."""
    named = list(values)
    row = Func(*(F(name) for name, _ in named), function="ROW")
    place = Func(*(Value(value) for _, value in named), function="ROW")
    return Func(row, place, template="(%(expressions)s)", arg_joiner=f" {sign} ", output_field=BooleanField())
