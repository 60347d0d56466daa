"""What every dialect refuses without a route of its own saying so, with the status for it. Each dialect gives the way
in which it says a status and a sentence."""

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
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError

from project.accounts.errors import KeyUnknownError
from project.lib.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    LimitError,
    NotFoundError,
)
from project.lib.jsontext import JsonTextError

Say = Callable[[int, str], HttpResponse]
Handler = Callable[[HttpRequest, Any], HttpResponse]
View = Callable[..., HttpResponseBase]

_MEANINGS: tuple[tuple[type[Exception], int], ...] = (
    (DomainError, 400),
    (KeyUnknownError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (LimitError, 413),
)
_SENTENCES: tuple[tuple[type[Exception], int, str], ...] = (
    (AuthenticationError, 401, "Send your API key as `Authorization: Bearer <key>`."),
    (RequestDataTooBig, 413, "The body is larger than this server accepts; send less at once."),
    (OperationalError, 503, "The database is away; try again in a moment."),
    (InterfaceError, 503, "The database is away; try again in a moment."),
)
_TOO_DEEP = "The body is nested too deeply; flatten it."
_INVALID: tuple[tuple[type[Exception], str], ...] = (
    (MultiPartParserError, "The multipart body cannot be read; check its boundary."),
    (SuspiciousOperation, "The request cannot be read; check its form."),
    (UnreadablePostError, "The body broke off before its end; send it again."),
    (RecursionError, _TOO_DEEP),
    (DataError, "A value that you sent cannot be stored or looked up; correct it."),
)


def register_failures(api: NinjaAPI, say: Say, *, invalid: int = 400) -> None:
    """`invalid` is the dialect's status for what was sent in a wrong form."""
    for kind, status in _MEANINGS:
        api.add_exception_handler(kind, say_message(say, status))
    for kind, status, sentence in _SENTENCES:
        api.add_exception_handler(kind, _say(say, status, sentence))
    for kind, sentence in _INVALID:
        api.add_exception_handler(kind, _say(say, invalid, sentence))
    api.add_exception_handler(InvalidError, say_message(say, invalid))
    api.add_exception_handler(HttpError, _on_http_error(say, invalid))


def say_message(say: Say, status: int) -> Handler:
    """A handler for errors whose message is fit to be shown."""
    return lambda request, error: say(status, str(error))


def patterns_of(api: NinjaAPI, say: Say) -> tuple[list[URLPattern | URLResolver], str, str]:
    """What `path` and `re_path` take: the routes of the dialect, with its name and namespace."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = _in_envelope(pattern.callback, say)
    return patterns, app_name, namespace


def _in_envelope(view: View, say: Say) -> View:
    """A wrong method is refused before an operation is found, so no handler sees it."""

    @wraps(view)
    def enveloped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            refusal = say(405, f"{request.method} is not possible here; use {response['Allow']}.")
            refusal["Allow"] = response["Allow"]
            return refusal
        return response

    return enveloped


def _say(say: Say, status: int, sentence: str) -> Handler:
    return lambda request, error: say(status, sentence)


def _on_http_error(say: Say, invalid: int) -> Handler:
    """ninja wraps what our parser says of a body; the cause is the message worth telling."""

    def answer(request: HttpRequest, error: Any) -> HttpResponse:
        if isinstance(error.__cause__, JsonTextError):
            return say(invalid, f"The body cannot be read: {error.__cause__}.")
        if isinstance(error.__cause__, RecursionError):
            return say(invalid, _TOO_DEEP)
        return say(error.status_code, str(error))

    return answer
