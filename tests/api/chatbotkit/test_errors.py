from __future__ import annotations

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from ninja import NinjaAPI

from datasets.models import Dataset
from project.accounts.actions import create_key
from project.accounts.models import User, Workspace
from project.api.chatbotkit.errors import (
    FAILURES,
    TooManyError,
    failure,
    register_handlers,
)
from project.api.chatbotkit.site import DIALECT
from project.lib.errors import ConflictError, DomainError, LimitError
from tests.api.chatbotkit.calls import Caller, refusal, said

UNKNOWN = "00000000-0000-7000-8000-000000000000"
RETRIED = {429, 500, 502, 503, 504}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wn_prod_wrong", "Basic YTpi", "Bearer ü"])
def test_no_key_or_a_wrong_one_is_not_authenticated(db: None, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    response: Any = Client().get("/api/v1/dataset/list", headers=headers)
    refusal(response, 401, "NOT_AUTHENTICATED")


def test_the_key_comes_before_validation_and_existence(db: None) -> None:
    nobody = Caller("wn_prod_wrong")
    for response in (
        nobody.post("/dataset/create", b"{"),
        nobody.get(f"/dataset/{UNKNOWN}/fetch"),
        nobody.get("/dataset/list", accept="image/png"),
        nobody.get("/dataset/list", cursor="x"),
        nobody.post("/file/create", {}),
    ):
        refusal(response, 401, "NOT_AUTHENTICATED")


def test_validation_comes_before_existence_and_that_before_ownership(
    api: Caller, stranger_api: Caller, dataset: Dataset
) -> None:
    refusal(api.post(f"/dataset/{UNKNOWN}/record/create", {"text": ""}), 400, "BAD_REQUEST")
    refusal(stranger_api.post(f"/dataset/{dataset.id}/record/create", {"text": ""}), 400, "BAD_REQUEST")
    refusal(api.post(f"/dataset/{UNKNOWN}/record/create", {"text": "a"}), 404, "NOT_FOUND")
    refusal(stranger_api.get(f"/dataset/{dataset.id}/record/{UNKNOWN}/fetch"), 403, "NOT_AUTHORIZED")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/", "/dataset", "/dataset/list/", "/dataset/{}/fetch/", "/dataset//fetch", "/bot/list", "/v1/x"],
)
def test_an_unknown_route_is_not_found_and_never_redirected(
    api: Caller, dataset: Dataset, method: str, path: str
) -> None:
    refusal(api.call(method, path.format(dataset.id)), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/dataset/create", "POST"),
        ("POST", "/dataset/list", "GET"),
        ("PUT", f"/dataset/{UNKNOWN}/update", "POST"),
        ("DELETE", f"/dataset/{UNKNOWN}/record/{UNKNOWN}/delete", "POST"),
        ("GET", "/event/log/subscribe", "POST"),
        ("PUT", f"/file/{UNKNOWN}/upload", "POST"),
    ],
)
def test_a_wrong_method_says_which_is_right(
    api: Caller, db: None, method: str, path: str, allowed: str
) -> None:
    response = api.call(method, path)
    assert response["Allow"] == allowed
    refusal(response, 405, "METHOD_NOT_ALLOWED")


def test_posts_need_no_csrf_token(alice_key: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {alice_key}"})
    made: Any = client.post("/api/v1/dataset/create", {}, "application/json")
    said(made)
    unknown: Any = client.post("/api/v1/bot/create", {}, "application/json")
    refusal(unknown, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/json; charset=utf-8", ""]
)
def test_a_body_is_read_whatever_it_calls_itself(alice_key: str, content_type: str) -> None:
    client = Client(headers={"authorization": f"Bearer {alice_key}"})
    made: Any = client.generic("POST", "/api/v1/dataset/create", b'{"name": "A"}', content_type)
    said(made)
    assert Dataset.objects.get().name == "A"


def test_a_key_that_may_only_read_changes_nothing_and_exports_nothing(
    reader_api: Caller, dataset: Dataset
) -> None:
    for path in ("/dataset/create", f"/dataset/{dataset.id}/delete", f"/dataset/{dataset.id}/record/create"):
        assert "write" in refusal(reader_api.post(path, {"text": "a"}), 403, "NOT_AUTHORIZED")
    for path in (f"/dataset/{dataset.id}/record/export", "/event/log/export"):
        assert "export" in refusal(reader_api.get(path), 403, "NOT_AUTHORIZED")
    said(reader_api.get(f"/dataset/{dataset.id}/record/list"))
    said(reader_api.post(f"/dataset/{dataset.id}/search", {"search": "a"}))


def test_a_key_that_may_only_export_lists_nothing(
    workspace: Workspace, alice: User, dataset: Dataset
) -> None:
    exporter = Caller(create_key(workspace, user=alice, scopes=["export"])[1])
    refusal(exporter.get(f"/dataset/{dataset.id}/record/list"), 403, "NOT_AUTHORIZED")
    said(exporter.get(f"/dataset/{dataset.id}/record/export"))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DomainError("No."), 400, "BAD_REQUEST"),
        (ConflictError("Wait."), 409, "CONFLICT"),
        (LimitError("Less."), 413, "CONTENT_TOO_LARGE"),
        (RecursionError(), 400, "BAD_REQUEST"),
        (TooManyError("Later."), 429, "TOO_MANY_REQUESTS"),
        (OperationalError("gone"), 503, "SERVICE_UNAVAILABLE"),
        (InterfaceError("gone"), 503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_only_what_may_go_well_the_next_time_is_said_so_that_clients_try_again(
    rf: RequestFactory, error: Exception, status: int, code: str
) -> None:
    api = NinjaAPI()
    register_handlers(api)
    response = api.on_exception(rf.get("/api/v1/dataset/list"), error)
    refusal(response, status, code)
    is_passing = isinstance(error, TooManyError | OperationalError | InterfaceError)
    assert (status in RETRIED) == is_passing == response.has_header("Retry-After")
    assert status in FAILURES | {429}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BAD_REQUEST"),
        (403, "NOT_AUTHORIZED"),
        (411, "BAD_REQUEST"),
        (413, "CONTENT_TOO_LARGE"),
        (500, "INTERNAL_SERVER_ERROR"),
        (503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_the_site_says_its_own_errors_in_the_envelope_too(status: int, code: str) -> None:
    response: HttpResponse = DIALECT.say_error(status, "A sentence.")
    assert refusal(response, status, code) == "A sentence."


def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Caller, settings: Any, db: None) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = settings.MAX_BODY_BYTES = 1000
    refusal(api.post("/dataset/create", {"description": "x" * 2000}), 413, "CONTENT_TOO_LARGE")


def test_a_message_survives_halves_of_surrogate_pairs() -> None:
    assert refusal(failure(400, "a \ud800 b"), 400, "BAD_REQUEST") == "a ? b"
