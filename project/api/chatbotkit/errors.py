"""Every refusal in this vendor's envelope: `{"message", "code"}`.

Its JS client tries 429, 500, 502, 503 and 504 again, also a POST: none of them may say a lasting no. Validation is 400.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import ValidationError

from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.failures import register_failures, say_message
from project.api.sentences import sentence_of
from project.lib.errors import DomainError

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


class TooManyError(DomainError):
    """Possible again in a moment."""


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
    register_failures(api, failure)
    api.add_exception_handler(TooManyError, say_message(failure, 429))
    api.add_exception_handler(ValidationError, _on_validation_error)


@csrf_exempt
def unknown_route(request: HttpRequest) -> HttpResponse:
    return failure(404, f"There is no {request.path} on this server; check the path.")


def _on_validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    return failure(400, sentence_of(error.errors))
