"""Refusals as people see them: a page in the product's look with a status, one sentence, and the id of the request."""

from __future__ import annotations

import logging
import sys
import time
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.template.loader import render_to_string

from project.lib.errors import ConflictError, DomainError, ForbiddenError, LimitError, NotFoundError

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
DRAIN_BYTES = 256 * 1024**2
DRAIN_SECONDS = 10
DRAIN_PIECE_BYTES = 64 * 1024

_WORDS = {
    400: ("That cannot be read", "Go back, load the page again and repeat what you did."),
    403: ("Not allowed", "Your account may not do this; ask an owner of the workspace."),
    404: (
        "Nothing here",
        "There is nothing at this address, or not in a workspace of yours; check the address.",
    ),
    405: (
        "Not possible here",
        "This address cannot be opened this way; go back and use the buttons of the page.",
    ),
    409: ("Not now", "The state of things does not allow this now; load the page again and look."),
    411: ("How long is it?", "Send the body with a Content-Length, not in chunks."),
    413: ("Too large", "What you sent is larger than this server takes; send less at once."),
    500: (
        "That is our fault",
        "Something went wrong in the server; try again, and tell your operator if it stays.",
    ),
    503: (
        "The database is away",
        "It cannot be reached or is too busy; what was saved is safe. Try again in a moment.",
    ),
}
_STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (NotFoundError, 404),
    (ForbiddenError, 403),
    (ConflictError, 409),
    (LimitError, 413),
)


class Refusal(HttpResponse):
    """An answer that says no. The sentence is kept beside the page, for dialects that say it in their own words."""

    def __init__(self, request: HttpRequest, status: int, sentence: str = "") -> None:
        self.sentence = sentence or sentence_for(status)
        super().__init__(_page(request, status, self.sentence), status=status)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self["Retry-After"] = str(RETRY_AFTER_SECONDS)


class UnreadRefusal(Refusal):
    """A refusal of a body that nobody has read."""

    def __init__(self, request: HttpRequest, status: int, sentence: str = "") -> None:
        super().__init__(request, status, sentence)
        drain_after(self, request)


def drain_after(response: HttpResponseBase, request: HttpRequest) -> None:
    """Some of what nobody has read of the body is read and dropped after the answer was sent: closing at once would
    reset the connection, and the client would never see the answer."""
    close = response.close

    def close_and_drain() -> None:
        close()
        _drain(request)

    response.close = close_and_drain  # type: ignore[method-assign]


def sentence_for(status: int) -> str:
    return _words_for(status)[1]


def refusal_of(request: HttpRequest, error: DomainError) -> Refusal:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)
    return Refusal(request, status, str(error))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return Refusal(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return Refusal(request, 403, str(exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Our views' own sentences are shown; what the URL resolver and Django's shortcuts say is not for people."""
    said = exception.args[0] if exception.args else ""
    is_sentence = isinstance(said, str) and said.endswith(".") and "matches the given query" not in said
    return Refusal(request, 404, said if is_sentence else "")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return Refusal(
        request,
        403,
        "This form is out of date, or cookies are blocked; allow them, go back, load the page again and send it again.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled, whichever view or middleware raised it."""
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        return Refusal(request, 503)
    if isinstance(error, DomainError):
        return refusal_of(request, error)
    if isinstance(error, DataError):
        return Refusal(
            request, 400, "A value that you sent cannot be stored or looked up; correct it and try again."
        )
    if isinstance(error, UnreadablePostError):
        return Refusal(request, 400, "The upload broke off before its end; send it again.")
    return Refusal(request, 500)


def _words_for(status: int) -> tuple[str, str]:
    return _WORDS.get(status) or _WORDS[400 if status < 500 else 500]


def _page(request: HttpRequest, status: int, sentence: str) -> str:
    """From 500 up it is drawn without the request, since what the page's frame needs may be what is broken."""
    context = {
        "heading": _words_for(status)[0],
        "sentence": sentence,
        "request_id": getattr(request, "request_id", ""),
    }
    if status < 500:
        return render_to_string("refusal.html", context, request)
    return render_to_string("500.html", context)


def _drain(request: HttpRequest) -> None:
    """Reads on for at most DRAIN_BYTES and DRAIN_SECONDS. Read to its end, it leaves the connection usable."""
    left, deadline, stream = DRAIN_BYTES, time.monotonic() + DRAIN_SECONDS, _stream_of(request)
    try:
        while (
            left > 0 and time.monotonic() < deadline and (piece := stream.read(min(left, DRAIN_PIECE_BYTES)))
        ):
            left -= len(piece)
    except OSError:
        logger.debug("the client left before its body ended")


def _stream_of(request: HttpRequest) -> Any:
    """A body without a length is no body to Django; the server can read it to its end, if it says that it can."""
    if isinstance(request, WSGIRequest) and request.environ.get("wsgi.input_terminated"):
        return request.environ["wsgi.input"]
    return request
