"""Numbered pages in this vendor's envelope. What is not understood of a size has its default, and more than the
largest is the largest; a page behind the last is empty, and no error: a client pages until it meets one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest
from pydantic import Field

from project.api.addresses import absolute_url
from project.api.keywordsai.schemas.base import In, Out
from project.lib.errors import NotFoundError


class PageError(NotFoundError):
    """Not a number of a page."""


@dataclass(frozen=True, slots=True)
class Sizes:
    default: int
    most: int


@dataclass(frozen=True, slots=True)
class Place:
    """A page by its number, from 1."""

    page: int
    size: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


class PageIn(In):
    page: str = "1"
    page_size: str = ""

    def place(self, sizes: Sizes) -> Place:
        """Raises PageError."""
        page = _number(self.page)
        if page < 1:
            raise PageError("Invalid page.")
        size = _number(self.page_size)
        return Place(page, min(size, sizes.most) if size > 0 else sizes.default)


class PageOut(Out):
    results: Sequence[Any]
    count: int
    previous: str | None
    next: str | None
    total_count: int
    current_filters: dict[str, Any] = Field(default_factory=dict)
    filters_data: dict[str, Any] = Field(default_factory=dict)


P = TypeVar("P", bound=PageOut)


def envelope(
    page_type: type[P],
    request: HttpRequest,
    place: Place,
    *,
    count: int,
    results: Sequence[Any],
    **said: Any,
) -> P:
    last = -(-count // place.size)
    return page_type(
        results=results,
        count=count,
        total_count=count,
        next=_link(request, place.page + 1) if place.page < last else None,
        previous=_link(request, min(place.page - 1, last)) if place.page > 1 and last else None,
        **said,
    )


def _number(text: str) -> int:
    """0 for what is no whole number."""
    try:
        return int(text)
    except ValueError:
        return 0


def _link(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return absolute_url(request, f"{request.path}?{query.urlencode()}")
