from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails


class HtmxHttpRequest(HttpRequest):
    """A request after HtmxMiddleware."""

    htmx: HtmxDetails


def render_page(
    request: HttpRequest, page: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draws `partial` alone when htmx asked for a block, else the whole `page` around it."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    block_only = bool(htmx) and not (htmx and (htmx.boosted or htmx.history_restore_request))
    response = render(request, partial if block_only else page, context, status=status)
    response["Vary"] = "HX-Request, Cookie"
    return response
