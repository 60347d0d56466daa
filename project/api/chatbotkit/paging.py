"""Our keyset pages in this vendor's lists: one JSON page, or all of it as a stream, as `Accept` says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from project.api.chatbotkit import lines
from project.api.chatbotkit.errors import CODES
from project.api.chatbotkit.schemas.base import In, Out
from project.lib.cursors import decode_cursor, encode_cursor
from project.lib.errors import InvalidError

logger = logging.getLogger(__name__)

PAGE_SIZE = 100
STREAM_PAGE = 500
JSON, JSONL, CSV = FORMATS = ("application/json", "application/jsonl", "text/csv")

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item", bound=Out)
P = TypeVar("P", bound="PageOut")


class ListIn(In):
    """Read as leniently as the vendor does: what is not understood has its default."""

    cursor: str = ""
    order: str = "desc"
    take: str = ""

    @property
    def is_ascending(self) -> bool:
        return self.order == "asc"

    @property
    def place(self) -> UUID | None:
        """Raises CursorError."""
        return decode_cursor(self.cursor) if self.cursor else None

    @property
    def limit(self) -> int | None:
        """None when it was not given, or is 0 or no number."""
        try:
            number = int(self.take)
        except ValueError:
            return None
        return max(1, number) if number else None


class PageOut(Out):
    """The cursor is a string on the last page too: an empty one."""

    items: Sequence[Any]
    cursor: str


class FormatError(InvalidError):
    """`Accept` names no format that this list has."""


class Keyset(Generic[Row]):
    """Rows in the order of their ids, from any place on without counting those before it."""

    def __init__(self, rows: QuerySet[Row], *, is_ascending: bool) -> None:
        self.rows = rows
        self.is_ascending = is_ascending

    def after(self, place: UUID | None, limit: int) -> list[Row]:
        rows = self.rows.order_by("pk" if self.is_ascending else "-pk")
        if place is not None:
            rows = rows.filter(pk__gt=place) if self.is_ascending else rows.filter(pk__lt=place)
        return list(rows[:limit])

    def stream(self, place: UUID | None) -> Iterator[Row]:
        """To the end, a page at a time in memory."""
        page = self.after(place, STREAM_PAGE)
        while page:
            yield from page
            page = self.after(page[-1].pk, STREAM_PAGE)


def answer(
    page_type: type[P],
    request: HttpRequest,
    wanted: ListIn,
    rows: Keyset[Row],
    say: Callable[[Row], Item],
    item_type: type[Item],
) -> P | HttpResponseBase:
    """Raises FormatError or CursorError."""
    accepted = wanted_format(request)
    if accepted == JSON:
        size = min(wanted.limit or PAGE_SIZE, PAGE_SIZE)
        found = rows.after(wanted.place, size + 1)
        cursor = encode_cursor(found[size - 1].pk) if len(found) > size else ""
        return page_type(items=[say(row) for row in found[:size]], cursor=cursor)
    items = (say(row) for row in islice(rows.stream(wanted.place), wanted.limit))
    if accepted == CSV:
        columns = [field.alias or name for name, field in item_type.model_fields.items()]
        return streamed(lines.csv_lines(items, columns), CSV)
    return streamed(_ended_by_error(lines.jsonl(items)), JSONL)


def wanted_format(request: HttpRequest) -> str:
    """The best that `Accept` allows, whose parameters other than `q` say nothing here."""
    if not request.headers.get("Accept", "").strip():
        return JSON
    for accepted in request.accepted_types:
        for offered in FORMATS:
            main, _, sub = offered.partition("/")
            if accepted.main_type in {main, "*"} and accepted.sub_type in {sub, "*"}:
                return offered
    raise FormatError(f"This list can be had as {', '.join(FORMATS)}; send one of them as Accept.")


def streamed(chunks: Iterator[bytes], content_type: str) -> StreamingHttpResponse:
    """The first chunk is made at once, so that what is wrong from the start is an ordinary refusal."""
    first = list(islice(chunks, 1))
    return StreamingHttpResponse(chain(first, chunks), content_type=content_type)


def _ended_by_error(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Once lines have left, a status cannot be said any more: the last line says it."""
    has_begun = False
    try:
        for chunk in chunks:
            yield chunk
            has_begun = True
    except (OperationalError, InterfaceError):
        if not has_begun:
            raise
        logger.exception("a list broke off while it was streamed")
        message = "The database went away; begin again behind the last item."
        yield lines.envelope("error", {"message": message, "code": CODES[503]})
