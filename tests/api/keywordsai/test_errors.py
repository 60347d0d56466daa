"""Refusals that no route makes, and bad input in places where nobody expects it."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from datasets.models import Dataset
from project.api.chatbotkit.site import DIALECT as CHATBOTKIT
from project.api.dialect import Dialect
from project.api.keywordsai.site import BATCH_BYTES, DIALECT
from project.api.mistral.site import DIALECT as MISTRAL
from project.dialects import dialect_of
from project.middleware import body_limit
from tests.api.keywordsai.calls import Caller, refusal, said, wrong_fields
from threads.models import Log


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/api/datasets/x", DIALECT),
        ("/datasets", DIALECT),
        ("/request-logs/list/", DIALECT),
        ("/log_threads", DIALECT),
        ("/api/v1/traces", DIALECT),
        ("/v1/traces/ingest", DIALECT),
        ("/api", DIALECT),
        ("/api/v1/dataset/list", CHATBOTKIT),
        ("/v1/observability/datasets", MISTRAL),
        ("/app/datasets/", None),
        ("/datasetsx", None),
        ("/", None),
    ],
)
def test_a_path_belongs_to_one_dialect(path: str, owner: Dialect | None) -> None:
    assert dialect_of(path) is owner


def test_a_batch_may_be_larger_than_other_bodies() -> None:
    for prefix in ("", "/api"):
        assert body_limit(f"{prefix}/request-logs/batch/create") == BATCH_BYTES
        assert body_limit(f"{prefix}/request-logs/batch/create/") == BATCH_BYTES
    assert body_limit("/api/request-logs/") < BATCH_BYTES


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500, 503])
def test_errors_made_outside_are_said_in_the_vendors_envelope(status: int) -> None:
    response: HttpResponse = DIALECT.say_error(status, "A sentence.")
    assert refusal(response, status) == "A sentence."
    assert ("Retry-After" in response) == (status == 503)


@pytest.mark.parametrize(
    "path", ["/datasets/%00/", "/datasets/%00/logs/", "/datasets/😀/", "/datasets/..%2f/"]
)
def test_an_id_that_is_none_is_not_there(api: Caller, path: str) -> None:
    refusal(api.get(path), 404)


def test_names_that_nothing_can_have_are_not_found_or_refused(api: Caller, dataset: Dataset) -> None:
    refusal(api.get("/request-logs/%00/"), 404)
    refusal(api.get(f"/datasets/{dataset.id}/logs/%00/"), 404)
    assert api.get("/log_thread/%00/").status_code in {400, 404}
    refusal(api.get(f"/request-logs/{'x' * 5000}/"), 404)


@pytest.mark.parametrize(
    "query",
    [
        {"name": "\0"},
        {"created_after": "soon"},
        {"created_before": "99999-01-01"},
    ],
)
def test_a_query_that_cannot_be_read_is_told(api: Caller, query: dict[str, str]) -> None:
    assert set(wrong_fields(api.get("/datasets/list/", **query))) == set(query)


def test_a_filter_in_the_query_with_nul_is_refused(api: Caller) -> None:
    for query in ({"model": "\0"}, {"metadata__\0": "a"}, {"timestamp": "soon"}):
        refusal(api.get("/request-logs/list/", **query), 400)


def test_the_content_type_is_not_what_decides(api: Caller) -> None:
    said(api.call("POST", "/request-logs/", b'{"model": "m"}', content_type="text/plain"), 201)
    form = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n"
    refusal(api.call("POST", "/request-logs/", form, content_type="multipart/form-data; boundary=x"), 400)
    refusal(api.call("POST", "/request-logs/", b"a=b", content_type="application/x-www-form-urlencoded"), 400)
    assert Log.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [{"logs": {}}, {"logs": None}, {"logs": "x"}, {}],
    ids=str,
)
def test_a_batch_that_is_no_list_is_told(api: Caller, body: Any) -> None:
    for path in ("/request-logs/batch/create", "/request-logs/bulk/"):
        assert "logs" in wrong_fields(api.post(path, body))


def test_options_that_the_older_client_always_sends_are_ignored(api: Caller) -> None:
    sent = {
        "disable_log": False,
        "field_name": "data: ",
        "delimiter": "\n\n",
        "encoding_format": "float",
        "disable_fallback": False,
        "request_breakdown": False,
        "keywordsai_api_controls": {"block": True},
    }
    said(api.post("/request-logs/create", sent), 201)
