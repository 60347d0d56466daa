from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

AHEAD_SECONDS = 60

Asked = TypeVar("Asked", bound=HttpRequest)
Rest = ParamSpec("Rest")


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


def fetched_ahead(
    view: Callable[Concatenate[Asked, Rest], HttpResponseBase],
) -> Callable[Concatenate[Asked, Rest], HttpResponseBase]:
    """Lets the reader's own browser keep what our script fetched before it was asked for. Whoever asks for it later
    than that, or after a change, says so (`static/js/ahead.js`)."""

    @wraps(view)
    def answer(request: Asked, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.headers.get("Purpose") == "prefetch" and response.status_code == 200:
            response["Cache-Control"] = f"private, max-age={AHEAD_SECONDS}"
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response

    return answer
