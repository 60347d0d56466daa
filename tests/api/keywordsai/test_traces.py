"""Traces: spans by OTLP, as protobuf or JSON, and spans by the vendor's own form."""

from __future__ import annotations

import base64
import gzip
import math
from typing import Any

import pytest
from django.http import HttpResponse
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.api.keywordsai.calls import Caller, refusal, said, wrong_fields
from threads.models import Log, Thread

TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
BEGIN = 1_767_323_045_000_000_000
PROTOBUF = "application/x-protobuf"
GENERATION: dict[str, Any] = {
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.usage.prompt_tokens": 10,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be kind.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": "Hi",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "Hello",
    "gen_ai.completion.0.tool_calls.0.name": "look_up",
    "gen_ai.completion.0.tool_calls.0.arguments": "{}",
    "traceloop.workflow.name": "support",
    "keywordsai.customer_params.customer_identifier": "ada",
    "keywordsai.threads.thread_identifier": "thread-1",
    "keywordsai.trace.trace_group_identifier": "beta",
    "respan.span_params.custom_identifier": "c",
    "respan.environment": "test",
    "keywordsai.metadata": '{"lang": "de"}',
    "respan.metadata.tier": "gold",
    "my.own": [1, {"deep": True}],
}


def export(*spans: dict[str, Any], language: str = "python") -> dict[str, Any]:
    resource = {"attributes": pairs({"telemetry.sdk.language": language})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


def span(attributes: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "parentSpanId": PARENT,
        "name": "openai.chat",
        "startTimeUnixNano": str(BEGIN),
        "endTimeUnixNano": str(BEGIN + 1_500_000_000),
        "attributes": pairs(GENERATION if attributes is None else attributes),
        **fields,
    }


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": typed(value)} for key, value in values.items()]


def typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": "NaN" if math.isnan(value) else value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [typed(inner) for inner in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    return {"stringValue": value}


def as_protobuf(content: dict[str, Any]) -> bytes:
    """OTLP's JSON has its ids in hexadecimal, protobuf's own in base64."""
    from google.protobuf.json_format import ParseDict  # noqa: PLC0415

    def with_base64(value: Any) -> Any:
        if isinstance(value, list):
            return [with_base64(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        return {
            key: base64.b64encode(bytes.fromhex(inner)).decode()
            if key in {"traceId", "spanId", "parentSpanId"}
            else with_base64(inner)
            for key, inner in value.items()
        }

    return ParseDict(with_base64(content), ExportTraceServiceRequest()).SerializeToString()  # type: ignore[no-any-return]


def post_protobuf(api: Caller, body: bytes, path: str = "/v1/traces", **headers: str) -> HttpResponse:
    return api.call("POST", path, body, content_type=PROTOBUF, **headers)


@pytest.mark.parametrize("form", ["json", "protobuf", "gzip"])
def test_a_span_is_a_log_whatever_form_it_comes_in(api: Caller, form: str) -> None:
    content = export(span())
    if form == "json":
        assert said(api.post("/v2/traces", content)) == {
            "partialSuccess": {"rejectedSpans": 0, "errorMessage": ""}
        }
    elif form == "protobuf":
        response = post_protobuf(api, as_protobuf(content))
        assert (response.status_code, response["Content-Type"], response.content) == (200, PROTOBUF, b"")
    else:
        body = gzip.compress(as_protobuf(content))
        assert post_protobuf(api, body, **{"content-encoding": "gzip"}).status_code == 200
    log = said(api.get("/request-logs/list/"))["results"][0]
    assert (log["trace_unique_id"], log["span_unique_id"], log["span_parent_id"]) == (TRACE, SPAN, PARENT)
    assert (log["span_name"], log["span_workflow_name"]) == ("openai.chat", "support")
    assert (log["start_time"], log["timestamp"], log["latency"]) == (
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:06.500000Z",
        1.5,
    )
    assert (log["model"], log["provider_id"], log["log_type"]) == ("gpt-4o", "openai", "chat")
    assert (log["prompt_tokens"], log["completion_tokens"], log["status"]) == (10, 5, "success")
    assert [message["content"] for message in log["prompt_messages"]] == ["Be kind.", "Hi"]
    assert log["completion_message"]["tool_calls"][0]["function"] == {"name": "look_up", "arguments": "{}"}
    assert (log["customer_identifier"], log["thread_identifier"]) == ("ada", "thread-1")
    assert (log["group_identifier"], log["custom_identifier"], log["environment"]) == ("beta", "c", "prod")
    assert log["metadata"] == {"lang": "de", "tier": "gold", "my.own": [1, {"deep": True}]}
    assert log["log_method"] == "python_tracing"
    assert Thread.objects.get().identifier == "thread-1"


@pytest.mark.parametrize(
    "path", ["/api/v1/traces", "/api/v2/traces", "/v1/traces", "/v1/traces/", "/v2/traces"]
)
def test_every_address_takes_traces_and_none_redirects(api: Caller, path: str) -> None:
    response = api.client.post(path, export(span()), content_type="application/json")
    assert response.status_code == 200
    assert Log.objects.count() == 1


def test_a_failed_span_is_a_failed_log(api: Caller) -> None:
    event = {"name": "exception", "attributes": pairs({"exception.message": "Too slow"})}
    failed = span({"error.type": "Timeout"}, status={"code": "STATUS_CODE_ERROR"}, events=[event])
    said(api.post("/v2/traces", export(failed, language="nodejs")))
    log = Log.objects.get()
    assert (log.status, log.error_message, log.error_code) == ("failed", "Too slow", "Timeout")
    assert log.log_method == "ts_tracing"


def test_newer_instrumentation_sends_messages_as_json(api: Caller) -> None:
    said_so = '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]'
    answer = (
        '[{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}], "finish_reason": "stop"}]'
    )
    attributes = {"gen_ai.input.messages": said_so, "gen_ai.output.messages": answer}
    said(api.post("/v2/traces", export(span(attributes))))
    log = Log.objects.get()
    assert log.request_messages == [{"role": "user", "content": "Hi"}]
    assert log.response_messages[0]["content"] == "Hello"


def test_an_export_that_is_sent_again_is_there_once(api: Caller) -> None:
    for _ in range(2):
        said(api.post("/v2/traces", export(span())))
    assert Log.objects.count() == 1


def test_a_bad_span_is_told_and_keeps_no_other_out(api: Caller) -> None:
    bad = span({"gen_ai.usage.prompt_tokens": math.nan}, spanId="1111111111111111")
    late = span({}, spanId="2222222222222222", endTimeUnixNano=str(2**63))
    content = export(span(), bad, late)
    partial = said(api.post("/v2/traces", content))["partialSuccess"]
    assert partial["rejectedSpans"] == 2
    assert "prompt_tokens" in partial["errorMessage"]
    answer = ExportTraceServiceResponse()
    answer.ParseFromString(post_protobuf(api, as_protobuf(content)).content)
    assert MessageToDict(answer)["partialSuccess"]["rejectedSpans"] == "2"
    assert Log.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [
        (b"\xff\xfe garbage", PROTOBUF, {}),
        (b"not gzip", PROTOBUF, {"content-encoding": "gzip"}),
        (gzip.compress(b"x" * 1000)[:-20], PROTOBUF, {"content-encoding": "gzip"}),
        (b"x", PROTOBUF, {"content-encoding": "br"}),
        (b"{", "application/json", {}),
        (b"[]", "application/json", {}),
        (b'{"resourceSpans": 5}', "application/json", {}),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}', "application/json", {}),
        (b'{"resourceSpans": ' + b"[" * 3000 + b"]" * 3000 + b"}", "application/json", {}),
    ],
)
def test_garbage_is_refused_in_one_sentence(
    api: Caller, body: bytes, content_type: str, headers: dict[str, str]
) -> None:
    refusal(api.call("POST", "/v1/traces", body, content_type=content_type, **headers), 400)
    assert not Log.objects.exists()


def test_an_empty_export_is_no_mistake(api: Caller) -> None:
    assert post_protobuf(api, b"").status_code == 200
    said(api.post("/v2/traces", {}))


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(
    api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = gzip.compress(b"\0" * 101_000_000, compresslevel=1)
    assert "unpacks" in refusal(post_protobuf(api, body, **{"content-encoding": "gzip"}), 413)


SPANS = [
    {
        "trace_unique_id": "t",
        "span_unique_id": "1",
        "span_parent_id": None,
        "span_name": "root",
        "log_type": "workflow",
    },
    {"trace_unique_id": "t", "span_unique_id": "2", "span_parent_id": "1", "model": "gpt-4o", "input": "Hi"},
]


@pytest.mark.parametrize("path", ["/api/v1/traces/ingest", "/v1/traces/ingest", "/api/traces/ingest/"])
@pytest.mark.parametrize("body", [SPANS, {"data": SPANS}], ids=["list", "data"])
def test_the_vendors_own_form_of_spans_is_taken(api: Caller, path: str, body: Any) -> None:
    answer = said(api.client.post(path, body, content_type="application/json"))  # type: ignore[arg-type]
    assert answer["message"] == "2 spans are kept."
    listed = said(api.post("/request-logs/list/", {"filters": {"trace_id": "t", "is_root_span": True}}))
    assert [row["span_name"] for row in listed["results"]] == ["root"]


def test_spans_without_their_ids_are_refused_as_a_whole(api: Caller) -> None:
    assert "span_unique_id" in wrong_fields(
        api.post("/v1/traces/ingest", [SPANS[0], {"trace_unique_id": "t"}])
    )
    refusal(api.post("/v1/traces/ingest", {"spans": []}), 400)
    assert not Log.objects.exists()
