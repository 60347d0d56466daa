"""Every refusal as this vendor's framework says it: `{"detail"}`, or the names of wrong fields with their sentences.

Validation is 400, never 422; a wrong key is 401 on every route.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from project.api.failures import register_failures, say_message
from project.api.sentences import sentence_of
from project.lib import jsontext
from project.lib.errors import DomainError, InvalidError
from project.lib.filters import FilterTooLargeError

FAILURES = frozenset({400, 401, 403, 404, 409, 413, 501, 503})
RETRY_AFTER_SECONDS = 2


class NotBuiltError(DomainError):
    """The contract has this call, this version does not."""


class FieldInvalidError(InvalidError):
    """One field of the body cannot be taken as it is."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def failure(status: int, sentence: str) -> HttpResponse:
    response = _said(status, {"detail": sentence})
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def register_handlers(api: NinjaAPI) -> None:
    register_failures(api, failure)
    api.add_exception_handler(NotBuiltError, say_message(failure, 501))
    api.add_exception_handler(FilterTooLargeError, say_message(failure, 413))
    api.add_exception_handler(FieldInvalidError, _on_field_error)
    api.add_exception_handler(ValidationError, _on_validation_error)


def _on_field_error(request: HttpRequest, error: Any) -> HttpResponse:
    return _said(400, {error.field: [str(error)]})


def _on_validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    """`{"name": ["name is required."]}`; what is wrong with the body as a whole is a `detail`."""
    by_field: dict[str, list[str]] = defaultdict(list)
    for wrong in error.errors:
        by_field[_field_of(wrong["loc"])].append(sentence_of([wrong]))
    whole = by_field.get("detail")
    return failure(400, whole[0]) if whole else _said(400, by_field)


def _field_of(loc: Any) -> str:
    """The outermost name; ninja puts before it where the value came from, and of a body the name of our argument."""
    path = loc[2:] if loc[0] == "body" else loc[1:]
    return path[0] if path and isinstance(path[0], str) else "detail"


def _said(status: int, content: dict[str, Any]) -> HttpResponse:
    """What UTF-8 cannot hold of a message goes out escaped."""
    return HttpResponse(jsontext.serialise(content), status=status, content_type="application/json")
