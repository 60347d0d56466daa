"""What stands around every page and dialect. The order is in settings.MIDDLEWARE."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from project.api.dialect import FORM_BYTES
from project.dialects import dialect_of
from project.lib.bodies import body_length
from project.lib.errors import DomainError
from project.lib.logs import begin_request
from project.refusals import Refusal, UnreadRefusal, drain_after, refusal_of, sentence_for

logger = logging.getLogger("project.requests")

GetResponse = Callable[[HttpRequest], HttpResponseBase]

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
SLOW_SECONDS = 1.0
UPLOAD_PATH = re.compile(
    r"/app/(?:files/upload|files/[^/]+/versions/upload|datasets/[^/]+/import|datasets/[^/]+/files/attach)/"
)
STRANGER_BYTES = 1024**2
SIGNED_LINK = re.compile(r"(/downloads/[^/]+/).+")


class RequestIdMiddleware:
    """Each answer says the id by which its log lines are found; a proxy may have given it one already."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        begin_request(request_id)
        began = time.monotonic()
        response = self.get_response(request)
        seconds = time.monotonic() - began
        level = logging.INFO if seconds > SLOW_SECONDS else logging.DEBUG
        path = SIGNED_LINK.sub(r"\1...", request.path)  # Who has the link may open it.
        logger.log(level, "%s %s %d in %.3f s", request.method, path, response.status_code, seconds)
        response["X-Request-ID"] = request_id
        return response


class CompressedPageMiddleware(GZipMiddleware):
    """Pages alone: what programs ask for is made faster than it is compressed, and what streams must not wait."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        return super().process_response(request, response) if is_page else response


class ContentPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere but in the admin, whose theme evaluates expressions and styles elements inline."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/") and parts.replace is None:
            parts.replace = settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts


class ErrorEnvelopeMiddleware:
    """An error that was made outside a dialect, under its prefix: said again in the dialect's own envelope. Elsewhere
    an error without a page of its own gets ours."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or not isinstance(response, HttpResponse):
            return response
        dialect = dialect_of(request.path_info)
        if dialect is not None and _is_html(response):
            sentence = getattr(response, "sentence", "") or sentence_for(response.status_code)
            return _with_headers_of(response, dialect.say_error(response.status_code, sentence))
        if dialect is None and not response.content:
            return _with_headers_of(response, Refusal(request, response.status_code))
        return response


class BodyLimitMiddleware:
    """Refuses a body by what the request says of it, before anything reads it. What another refusal leaves unread is
    read on after the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = body_length(request)
        if length is None:
            return UnreadRefusal(request, HTTPStatus.LENGTH_REQUIRED)
        limit = body_limit(request.path_info, request.content_type or "")
        if length > limit:
            sentence = f"The request has {length:,} bytes; this address takes at most {limit:,}."
            return UnreadRefusal(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        response = self.get_response(request)
        if length and response.status_code >= HTTPStatus.BAD_REQUEST:
            drain_after(response, request)
        return response


class StrangerBodyMiddleware:
    """Nobody's upload is kept while it is found out who sends it: only who is signed in may send pages much.
    Stands behind the authentication, and before the views and the CSRF check, which would read the form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_much = (body_length(request) or 0) > STRANGER_BYTES
        if is_much and dialect_of(request.path_info) is None and not request.user.is_authenticated:
            return UnreadRefusal(request, HTTPStatus.FORBIDDEN, "Sign in first, then send the file again.")
        return self.get_response(request)


class RefusalMiddleware:
    """A refusal of the domain that a page lets through becomes the page with that sentence, and not a fault."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_of(request, exception) if isinstance(exception, DomainError) else None


def body_limit(path: str, content_type: str = "") -> int:
    """In bytes."""
    dialect = dialect_of(path)
    if dialect is not None:
        special = dialect.body_limit(path.rstrip("/"), content_type)
        return int(settings.MAX_BODY_BYTES) if special is None else special
    if UPLOAD_PATH.fullmatch(path):
        return int(settings.MAX_UPLOAD_BYTES) + FORM_BYTES
    return int(settings.MAX_BODY_BYTES)


def _is_html(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith("text/html")


def _with_headers_of(response: HttpResponse, other: HttpResponse) -> HttpResponse:
    """`other`, with what `response` says beside its content, and its way of closing."""
    for name, value in response.items():
        if name.lower() not in {"content-type", "content-length"}:
            other[name] = value
    other.cookies = response.cookies
    other.close = response.close  # type: ignore[method-assign]
    return other
