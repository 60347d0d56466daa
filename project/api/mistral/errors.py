"""Every refusal in this vendor's envelope: `{"detail": {"message", "error_code"}}`.

The vendor's client types the statuses 400, 404, 408, 409 and 422 only, and needs both keys.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import ValidationError

from datasets.errors import DatasetNotFoundError, JobNotFoundError
from files.errors import FileNotFoundInWorkspaceError
from project.api.failures import Handler, register_failures
from project.api.mistral.schemas.errors import ErrorDetail, ErrorOut
from project.api.sentences import sentence_of
from project.lib.chatmodel import ChatModelError, ChatModelTimeoutError
from project.lib.errors import DomainError, InvalidError, NotFoundError
from project.lib.filters import FilterError
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

_USUAL_CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTH_UNAUTHORIZED",
    403: "AUTH_FORBIDDEN",
    411: "VALIDATION_ERROR",
    413: "VALIDATION_ERROR",
    422: "VALIDATION_ERROR",
    503: "DATABASE_UNAVAILABLE",
}
_MEANINGS: tuple[tuple[type[Exception], int, str], ...] = (
    (DomainError, 400, "UNKNOWN_ERROR"),
    (RecordInvalidError, 422, "DATASET_RECORD_FORMAT_ERROR"),
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


def say(status: int, message: str) -> HttpResponse:
    """A refusal for which this vendor has no code of its own."""
    return failure(status, _USUAL_CODES.get(status, "UNKNOWN_ERROR"), message)


def register_handlers(api: NinjaAPI) -> None:
    register_failures(api, say, invalid=422)
    for kind, status, code in _MEANINGS:
        api.add_exception_handler(kind, _say_coded(status, code))
    api.add_exception_handler(FieldNotFoundError, _say_coded(404, "FIELDS_NOT_FOUND"))
    api.add_exception_handler(FieldRequestError, _say_coded(400, "FIELDS_BAD_REQUEST"))
    api.add_exception_handler(ValidationError, _on_validation_error)


@csrf_exempt
def unknown_route(request: HttpRequest) -> HttpResponse:
    return say(404, f"There is no {request.path} on this server; check the path.")


def _say_coded(status: int, code: str) -> Handler:
    return lambda request, error: failure(status, code, str(error))


def _on_validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    return say(422, sentence_of(error.errors))
