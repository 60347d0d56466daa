"""Our pages in this vendor's numbered envelope: `count`, `results`, `next`, `previous`, all four always there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest
from pydantic import Field

from project.api.addresses import absolute_url
from project.api.mistral.schemas.base import In, Out


class PageIn(In):
    page_size: int = Field(50, ge=0, le=100, description="0 answers the count alone.")
    page: int = Field(1, ge=1)


class PageOut(Out):
    count: int
    results: Sequence[Any]
    next: str | None
    previous: str | None


P = TypeVar("P", bound=PageOut)


def numbered_page(
    page_type: type[P],
    request: HttpRequest,
    wanted: PageIn,
    *,
    count: int,
    rows: Callable[[int, int], Sequence[Any]],
) -> P:
    """`rows(offset, limit)` is asked only for a page that has any."""
    offset = (wanted.page - 1) * wanted.page_size
    has_rows = bool(wanted.page_size) and offset < count
    last = -(-count // wanted.page_size) if wanted.page_size else 0
    return page_type(
        count=count,
        results=rows(offset, wanted.page_size) if has_rows else [],
        next=_link(request, wanted.page + 1) if wanted.page < last else None,
        previous=_link(request, min(wanted.page - 1, last)) if wanted.page > 1 and last else None,
    )


def _link(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return absolute_url(request, f"{request.path}?{query.urlencode()}")
