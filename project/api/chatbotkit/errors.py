"""Every refusal in this vendor's envelope: `{"message", "code"}`.

Its JS client tries 429, 500, 502, 503 and 504 again, also a POST: none of them may say a lasting no. Validation is 400.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from project.accounts.errors import KeyUnknownError
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.sentences import sentence_of
from project.lib.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    LimitError,
    NotFoundError,
)
from project.lib.jsontext import JsonTextError

FAILURES = frozenset({400, 401, 403, 404, 409, 413, 503})
RETRY_AFTER_SECONDS = 2

CODES = {
    400: "BAD_REQUEST",
    401: "NOT_AUTHENTICATED",
    403: "NOT_AUTHORIZED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "TIMEOUT",
    409: "CONFLICT",
    411: "BAD_REQUEST",
    413: "CONTENT_TOO_LARGE",
    429: "TOO_MANY_REQUESTS",
    503: "SERVICE_UNAVAILABLE",
}

Handler = Callable[[HttpRequest, Any], HttpResponse]


class TooManyError(DomainError):
    """Possible again in a moment."""


_MEANINGS: tuple[tuple[type[Exception], int], ...] = (
    (DomainError, 400),
    (InvalidError, 400),
    (KeyUnknownError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (LimitError, 413),
    (TooManyError, 429),
)
_SENTENCES: tuple[tuple[type[Exception], int, str], ...] = (
    (AuthenticationError, 401, "Send your API key as `Authorization: Bearer <key>`."),
    (RequestDataTooBig, 413, "The body is larger than this server accepts; send less at once."),
    (MultiPartParserError, 400, "The multipart body cannot be read; check its boundary."),
    (SuspiciousOperation, 400, "The request cannot be read; check its form."),
    (UnreadablePostError, 400, "The body broke off before its end; send it again."),
    (RecursionError, 400, "The body is nested too deeply; flatten it."),
    (DataError, 400, "A value that you sent cannot be stored or looked up; correct it."),
    (OperationalError, 503, "The database is away; try again in a moment."),
    (InterfaceError, 503, "The database is away; try again in a moment."),
)


def failure(status: int, message: str) -> HttpResponse:
    """The envelope as a response; what UTF-8 cannot hold of the message is replaced."""
    code = CODES.get(status, "BAD_REQUEST" if status < 500 else "INTERNAL_SERVER_ERROR")
    content = ErrorOut(message=message.encode(errors="replace").decode(), code=code).model_dump_json()
    response = HttpResponse(content, status=status, content_type="application/json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if status in {429, 503}:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def register_handlers(api: NinjaAPI) -> None:
    for kind, status in _MEANINGS:
        api.add_exception_handler(kind, _say_message(status))
    for kind, status, message in _SENTENCES:
        api.add_exception_handler(kind, _say(status, message))
    api.add_exception_handler(ValidationError, _on_validation_error)
    api.add_exception_handler(HttpError, _on_http_error)


def in_envelope(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A wrong method is refused before an operation is found, so no handler sees it."""

    @wraps(view)
    def enveloped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            refusal = failure(405, f"{request.method} is not possible here; use {response['Allow']}.")
            refusal["Allow"] = response["Allow"]
            return refusal
        return response

    return enveloped


@csrf_exempt
def unknown_route(request: HttpRequest) -> HttpResponse:
    return failure(404, f"There is no {request.path} on this server; check the path.")


def _say_message(status: int) -> Handler:
    return lambda request, error: failure(status, str(error))


def _say(status: int, message: str) -> Handler:
    return lambda request, error: failure(status, message)


def _on_validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    return failure(400, sentence_of(error.errors))


def _on_http_error(request: HttpRequest, error: Any) -> HttpResponse:
    """ninja wraps what our parser says of a body; the cause is the message worth telling."""
    if isinstance(error.__cause__, JsonTextError):
        return failure(400, f"The body cannot be read: {error.__cause__}.")
    if isinstance(error.__cause__, RecursionError):
        return failure(400, "The body is nested too deeply; flatten it.")
    return failure(error.status_code, str(error))
