"""One log that cannot be kept beside one that can, through every door by which logs come in: the bad one is told in a
sentence with the right status, and nothing is half done."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from project.lib import jsontext
from tests.api.keywordsai.calls import Caller, said
from tests.api.keywordsai.test_traces import export, span
from threads.models import Log, Thread

GOOD = {"trace_unique_id": "t1", "span_unique_id": "s1", "thread_identifier": "good", "input": "Hi"}
Send = Callable[[Caller, dict[str, Any]], tuple[HttpResponse, int, str]]


def _one(api: Caller, bad: dict[str, Any]) -> tuple[HttpResponse, int, str]:
    said(api.post("/request-logs/", GOOD), 201)
    response = api.post("/request-logs/", bad)
    return response, 413 if "input" in bad else 400, str(jsontext.parse(response.content))


def _batch(api: Caller, bad: dict[str, Any]) -> tuple[HttpResponse, int, str]:
    response = api.post("/request-logs/batch/create", {"logs": [GOOD, bad]})
    [kept, refused] = said(response, 201)["results"]
    assert kept["status"] == "success"
    return response, 201, refused["error"]


def _bulk(api: Caller, bad: dict[str, Any]) -> tuple[HttpResponse, int, str]:
    response = api.post("/request-logs/bulk/", {"logs": [bad, GOOD]})
    body = said(response, 201)
    assert (body["success_count"], body["error_count"], body["errors"][0]["index"]) == (1, 1, 0)
    return response, 201, body["errors"][0]["error"]


def _spans(api: Caller, bad: dict[str, Any]) -> tuple[HttpResponse, int, str]:
    response = api.post("/v1/traces/ingest", [GOOD, {"trace_unique_id": "t1", "span_unique_id": "s2", **bad}])
    [error] = said(response)["errors"]
    return response, 200, error


DOORS: dict[str, Send] = {"one": _one, "batch": _batch, "bulk": _bulk, "spans": _spans}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "20 MB": ({"thread_identifier": "bad", "input": "x" * 20_000_000}, "at most 10 MB"),
    "NaN": ({"thread_identifier": "bad", "cost": "NaN"}, "cost"),
    "infinite": ({"thread_identifier": "bad", "latency": "Infinity"}, "latency"),
    "year 9999": ({"thread_identifier": "bad", "timestamp": "9999-12-31T23:59:59Z"}, "timestamp"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", BAD)
def test_a_bad_log_is_told_and_the_good_one_is_kept(api: Caller, door: str, what: str) -> None:
    bad, word = BAD[what]
    response, status, sentence = DOORS[door](api, bad)
    assert response.status_code == status
    assert word in sentence
    assert Log.objects.count() == 1
    assert list(Thread.objects.values_list("identifier", "log_count")) == [("good", 1)]


def test_a_span_of_twenty_megabytes_is_rejected_out_of_a_packed_export(api: Caller) -> None:
    large = {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "x" * 20_000_000}
    body = jsontext.serialise(export(span(large), span(spanId="00f067aa0ba902b8"))).encode()
    response = api.call(
        "POST", "/v1/traces", gzip.compress(body, compresslevel=1), **{"content-encoding": "gzip"}
    )
    partial = said(response)["partialSuccess"]
    assert partial["rejectedSpans"] == 1
    assert "at most 10 MB" in partial["errorMessage"]
    assert Log.objects.count() == 1


def test_a_time_without_zone_is_utc(api: Caller) -> None:
    sent = {"timestamp": "2026-03-01T12:00:00"}
    assert said(api.post("/request-logs/", sent), 201)["timestamp"] == "2026-03-01T12:00:00Z"
