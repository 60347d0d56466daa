from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from ninja import NinjaAPI

from datasets.models import Dataset
from project.accounts.actions import create_key, revoke_key
from project.accounts.models import ApiKey, User, Workspace
from project.api.mistral.errors import FAILURES, failure, register_handlers
from project.api.mistral.site import DIALECT
from project.dialects import dialect_of
from project.lib.errors import ConflictError, LimitError
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.records import conversation

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer wn_prod_wrong", "Basic YTpi", "wn_prod_wrong", "Bearer ü"],
)
def test_no_key_or_a_wrong_one_is_unauthorized(db: None, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    response: Any = Client().get("/v1/observability/datasets", headers=headers)
    refusal(response, 401, "AUTH_UNAUTHORIZED")
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_scheme_is_read_in_any_case(alice_key: str) -> None:
    response: Any = Client().get("/v1/files", headers={"authorization": f"bearer {alice_key}"})
    said(response)


def test_the_key_comes_before_validation_and_existence(db: None) -> None:
    stranger = Caller("wn_prod_wrong")
    for response in (
        stranger.post("/datasets", b"{"),
        stranger.get("/datasets/abc"),
        stranger.get(f"/datasets/{UNKNOWN}"),
        stranger.get("/datasets", page=0),
        stranger.call("POST", "/v1/files", b""),
    ):
        refusal(response, 401, "AUTH_UNAUTHORIZED")


def test_a_revoked_key_is_unauthorized(workspace: Workspace, alice: User) -> None:
    key, secret = create_key(workspace, user=alice)
    said(Caller(secret).get("/datasets"))
    revoke_key(key, user=alice)
    refusal(Caller(secret).get("/datasets"), 401, "AUTH_UNAUTHORIZED")


def test_an_expired_key_is_unauthorized(workspace: Workspace, alice: User) -> None:
    _, secret = create_key(workspace, user=alice, expires_at=timezone.now() - timedelta(seconds=1))
    refusal(Caller(secret).get("/datasets"), 401, "AUTH_UNAUTHORIZED")


def test_the_use_of_a_key_is_noted(api: Caller, db: None) -> None:
    said(api.get("/datasets"))
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/observability",
        "/v1/observability/",
        "/v1/observability/datasets/",
        "/v1/observability/datasets/{dataset}/",
        "/v1/observability/datasets/{dataset}/records/",
        "/v1/observability/datasets/{dataset}/imports/from-spans",
        "/v1/observability/datasets//records",
        "/v1/observability/projects",
        "/v1/observability/datasets/a/b/c",
        "/v1/observability/..%2f",
        "/v1/files/",
        "/v1/files/{dataset}/",
        "/v1/files/{dataset}/content/",
        "/v1/files/{dataset}/other",
    ],
)
def test_an_unknown_route_is_not_found_and_never_redirected(
    api: Caller, dataset: Dataset, method: str, path: str
) -> None:
    path = path.format(dataset=dataset.id)
    assert path.replace("%2f", "/") in refusal(api.call(method, path), 404, "UNKNOWN_ERROR")


def test_an_unknown_route_is_not_found_with_csrf_checks_on(alice_key: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {alice_key}"})
    response: Any = client.post("/v1/observability/projects", b"{}", "application/json")
    refusal(response, 404, "UNKNOWN_ERROR")
    body = {"name": "Support", "description": ""}
    created: Any = client.post("/v1/observability/datasets", body, "application/json")
    said(created, 201)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/datasets", "GET, POST"),
        ("POST", f"/datasets/{UNKNOWN}", "DELETE, GET, PATCH"),
        ("DELETE", f"/datasets/{UNKNOWN}/records", "GET, POST"),
        ("GET", f"/datasets/{UNKNOWN}/imports/from-file", "POST"),
        ("POST", f"/datasets/{UNKNOWN}/exports/to-jsonl", "GET"),
        ("GET", "/dataset-records/bulk-delete", "POST"),
        ("PATCH", f"/v1/files/{UNKNOWN}", "DELETE, GET"),
        ("OPTIONS", "/datasets", "GET, POST"),
    ],
)
def test_a_wrong_method_says_which_are_right(
    api: Caller, db: None, method: str, path: str, allowed: str
) -> None:
    response = api.call(method, path)
    assert ", ".join(sorted(response["Allow"].split(", "))) == allowed
    assert method in refusal(response, 405, "UNKNOWN_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/datasets", {"name": "Support", "description": ""}),
        ("PATCH", "/datasets/{dataset}", {}),
        ("DELETE", "/datasets/{dataset}", None),
        ("POST", "/datasets/{dataset}/records", {"payload": conversation("Hi")}),
        ("POST", "/datasets/{dataset}/imports/from-file", {"file_id": UNKNOWN}),
        ("POST", "/datasets/{dataset}/imports/from-dataset", {"dataset_record_ids": [UNKNOWN]}),
        ("POST", "/dataset-records/bulk-delete", {"dataset_record_ids": [UNKNOWN]}),
        ("DELETE", f"/dataset-records/{UNKNOWN}", None),
        ("PUT", f"/dataset-records/{UNKNOWN}/payload", {"payload": {}}),
        ("PUT", f"/dataset-records/{UNKNOWN}/properties", {"properties": {}}),
        ("POST", "/v1/files", b""),
        ("DELETE", f"/v1/files/{UNKNOWN}", None),
    ],
)
def test_a_key_that_may_only_read_changes_nothing(
    reader_api: Caller, dataset: Dataset, method: str, path: str, body: Any
) -> None:
    response = reader_api.call(method, path.format(dataset=dataset.id), body)
    assert "write" in refusal(response, 403, "AUTH_FORBIDDEN")
    assert Dataset.objects.filter(deleted_at=None).count() == 1


def test_a_key_that_may_not_read_reads_nothing(workspace: Workspace, alice: User, dataset: Dataset) -> None:
    exporter = Caller(create_key(workspace, user=alice, scopes=["export"])[1])
    refusal(exporter.get(f"/datasets/{dataset.id}/records"), 403, "AUTH_FORBIDDEN")
    said(exporter.get(f"/datasets/{dataset.id}/exports/to-jsonl"))


@pytest.mark.parametrize(
    ("error", "status", "code", "words"),
    [
        (ConflictError("Wait."), 409, "UNKNOWN_ERROR", "Wait."),
        (LimitError("Less."), 413, "VALIDATION_ERROR", "Less."),
        (OperationalError("gone"), 503, "DATABASE_UNAVAILABLE", "database"),
        (InterfaceError("gone"), 503, "DATABASE_UNAVAILABLE", "database"),
        (RecursionError(), 422, "VALIDATION_ERROR", "deeply"),
    ],
)
def test_each_kind_of_refusal_has_its_status_and_code(
    rf: RequestFactory, error: Exception, status: int, code: str, words: str
) -> None:
    api = NinjaAPI()
    register_handlers(api)
    response = api.on_exception(rf.get("/v1/observability/datasets"), error)
    assert words in refusal(response, status, code)
    assert response.has_header("Retry-After") == (status == 503)
    assert status in FAILURES


def test_a_fault_of_ours_is_not_swallowed(rf: RequestFactory) -> None:
    api = NinjaAPI()
    register_handlers(api)
    with pytest.raises(ZeroDivisionError):
        api.on_exception(rf.get("/v1/observability/datasets"), ZeroDivisionError())


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_said_with_a_time_to_come_back(api: Caller) -> None:
    said(api.get("/datasets"))
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "no_such_database"
    try:
        response = api.get("/datasets")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    refusal(response, 503, "DATABASE_UNAVAILABLE")
    assert int(response["Retry-After"]) > 0
    said(api.get("/datasets"))


def test_a_message_survives_halves_of_surrogate_pairs() -> None:
    assert refusal(failure(422, "VALIDATION_ERROR", "a \ud800 b"), 422, "VALIDATION_ERROR") == "a ? b"


def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Caller, settings: Any, db: None) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = settings.MAX_BODY_BYTES = 1000
    response = api.post("/datasets", {"name": "Support", "description": "x" * 2000})
    refusal(response, 413, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "VALIDATION_ERROR"),
        (403, "AUTH_FORBIDDEN"),
        (411, "VALIDATION_ERROR"),
        (413, "VALIDATION_ERROR"),
        (500, "UNKNOWN_ERROR"),
        (503, "DATABASE_UNAVAILABLE"),
    ],
)
def test_the_site_says_its_own_errors_in_the_envelope_too(status: int, code: str) -> None:
    response: HttpResponse = DIALECT.say_error(status, "A sentence.")
    assert refusal(response, status, code) == "A sentence."


def test_a_judge_is_refused_to_nobody_and_to_a_wrong_method(api: Caller) -> None:
    refusal(Caller(None).get("/judges"), 401, "AUTH_UNAUTHORIZED")
    refusal(api.call("PATCH", "/judges/abc"), 405, "UNKNOWN_ERROR")


def test_a_handler_is_there_for_every_request_type(rf: RequestFactory) -> None:
    request: HttpRequest = rf.get("/v1/observability/x")
    assert dialect_of(request.path) is DIALECT
    limit = DIALECT.body_limit("/v1/files", "multipart/form-data")
    assert limit is not None
    assert limit > 512 * 2**20
