"""Every refusal in this vendor's envelope: `{"detail": {"message", "error_code"}}`.

The vendor's client types the statuses 400, 404, 408, 409 and 422 only, and needs both keys.
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

from datasets.errors import DatasetNotFoundError, JobNotFoundError
from files.errors import FileNotFoundInWorkspaceError
from project.accounts.errors import KeyUnknownError
from project.api.mistral.schemas.errors import ErrorDetail, ErrorOut
from project.api.sentences import sentence_of
from project.lib.chatmodel import ChatModelError, ChatModelTimeoutError
from project.lib.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    LimitError,
    NotFoundError,
)
from project.lib.filters import FilterError
from project.lib.jsontext import JsonTextError
from project.lib.timelimits import TimeLimitError
from records.errors import RecordInvalidError, RecordNotFoundError
from threads.errors import (
    CampaignEmptyError,
    CampaignNotFoundError,
    ConversationInvalidError,
    JudgeAnswerError,
    JudgeInUseError,
    JudgeNameTakenError,
    JudgeNotFoundError,
    JudgingOffError,
    LogNotFoundError,
    TemplateFailedError,
    TemplateInvalidError,
    ThreadNotFoundError,
)

FAILURES = frozenset({400, 401, 403, 404, 408, 409, 413, 422, 503})
RETRY_AFTER_SECONDS = 2

Handler = Callable[[HttpRequest, Any], HttpResponse]

_MEANINGS: tuple[tuple[type[Exception], int, str], ...] = (
    (DomainError, 400, "UNKNOWN_ERROR"),
    (InvalidError, 422, "VALIDATION_ERROR"),
    (RecordInvalidError, 422, "DATASET_RECORD_FORMAT_ERROR"),
    (KeyUnknownError, 401, "AUTH_UNAUTHORIZED"),
    (ForbiddenError, 403, "AUTH_FORBIDDEN"),
    (NotFoundError, 404, "UNKNOWN_ERROR"),
    (DatasetNotFoundError, 404, "DATASET_NOT_FOUND"),
    (RecordNotFoundError, 404, "DATASET_RECORD_NOT_FOUND"),
    (JobNotFoundError, 404, "DATASET_TASK_NOT_FOUND"),
    (FileNotFoundInWorkspaceError, 404, "FILE_NOT_FOUND"),
    (FilterError, 400, "SEARCH_BAD_REQUEST"),
    (TimeLimitError, 408, "DATABASE_TIMEOUT"),
    (LogNotFoundError, 404, "SEARCH_NOT_FOUND"),
    (ThreadNotFoundError, 404, "SEARCH_NOT_FOUND"),
    (JudgeNotFoundError, 404, "JUDGE_NOT_FOUND"),
    (CampaignNotFoundError, 404, "CAMPAIGN_NOT_FOUND"),
    (CampaignEmptyError, 400, "CAMPAIGN_NO_MATCHING_EVENTS"),
    (TemplateInvalidError, 422, "TEMPLATE_SYNTAX_ERROR"),
    (TemplateFailedError, 422, "TEMPLATE_ERROR"),
    (ConversationInvalidError, 422, "JUDGE_CONVERSATION_FORMAT_ERROR"),
    (JudgeNameTakenError, 409, "JUDGE_NAME_ALREADY_EXISTS"),
    (JudgeInUseError, 409, "JUDGE_USED_IN_CAMPAIGN_CANNOT_BE_UPDATED"),
    (JudgingOffError, 400, "FEATURE_NOT_SUPPORTED"),
    (ChatModelError, 400, "JUDGE_MISTRAL_API_ERROR"),
    (JudgeAnswerError, 400, "JUDGE_MISTRAL_API_ERROR"),
    (ChatModelTimeoutError, 408, "JUDGE_MISTRAL_API_TIMEOUT"),
    (ConflictError, 409, "UNKNOWN_ERROR"),
    (LimitError, 413, "VALIDATION_ERROR"),
)
_SENTENCES: tuple[tuple[type[Exception], int, str, str], ...] = (
    (AuthenticationError, 401, "AUTH_UNAUTHORIZED", "Send your API key as `Authorization: Bearer <key>`."),
    (
        RequestDataTooBig,
        413,
        "VALIDATION_ERROR",
        "The body is larger than this server accepts; send less at once.",
    ),
    (MultiPartParserError, 422, "VALIDATION_ERROR", "The multipart body cannot be read; check its boundary."),
    (SuspiciousOperation, 400, "VALIDATION_ERROR", "The request cannot be read; check its form."),
    (UnreadablePostError, 400, "VALIDATION_ERROR", "The body broke off before its end; send it again."),
    (RecursionError, 422, "VALIDATION_ERROR", "The body is nested too deeply; flatten it."),
    (DataError, 422, "VALIDATION_ERROR", "A value that you sent cannot be stored or looked up; correct it."),
    (OperationalError, 503, "DATABASE_UNAVAILABLE", "The database is away; try again in a moment."),
    (InterfaceError, 503, "DATABASE_UNAVAILABLE", "The database is away; try again in a moment."),
)


class FieldNotFoundError(NotFoundError):
    """Events have no field of that name."""


class FieldRequestError(InvalidError):
    """A question that this field has no answer to."""


def failure(status: int, code: str, message: str) -> HttpResponse:
    """The envelope as a response; what a header or UTF-8 cannot hold of the message is replaced."""
    detail = ErrorDetail(message=message.encode(errors="replace").decode(), error_code=code)
    content = ErrorOut(detail=detail).model_dump_json()
    response = HttpResponse(content, status=status, content_type="application/json")
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def register_handlers(api: NinjaAPI) -> None:
    for kind, status, code in _MEANINGS:
        api.add_exception_handler(kind, _say_message(status, code))
    for kind, status, code, message in _SENTENCES:
        api.add_exception_handler(kind, _say(status, code, message))
    api.add_exception_handler(FieldNotFoundError, _say_message(404, "FIELDS_NOT_FOUND"))
    api.add_exception_handler(FieldRequestError, _say_message(400, "FIELDS_BAD_REQUEST"))
    api.add_exception_handler(ValidationError, _on_validation_error)
    api.add_exception_handler(HttpError, _on_http_error)


def in_envelope(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A wrong method is refused before an operation is found, so no handler sees it."""

    @wraps(view)
    def enveloped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            message = f"{request.method} is not possible here; use {response['Allow']}."
            refusal = failure(405, "UNKNOWN_ERROR", message)
            refusal["Allow"] = response["Allow"]
            return refusal
        return response

    return enveloped


@csrf_exempt
def unknown_route(request: HttpRequest) -> HttpResponse:
    return failure(404, "UNKNOWN_ERROR", f"There is no {request.path} on this server; check the path.")


def _say_message(status: int, code: str) -> Handler:
    return lambda request, error: failure(status, code, str(error))


def _say(status: int, code: str, message: str) -> Handler:
    return lambda request, error: failure(status, code, message)


def _on_validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    return failure(422, "VALIDATION_ERROR", sentence_of(error.errors))


def _on_http_error(request: HttpRequest, error: Any) -> HttpResponse:
    """ninja wraps what our parser says of a body; the cause is the message worth telling."""
    if isinstance(error.__cause__, JsonTextError):
        return failure(422, "VALIDATION_ERROR", f"The body cannot be read: {error.__cause__}.")
    if isinstance(error.__cause__, RecursionError):
        return failure(422, "VALIDATION_ERROR", "The body is nested too deeply; flatten it.")
    return failure(error.status_code, "UNKNOWN_ERROR", str(error))
