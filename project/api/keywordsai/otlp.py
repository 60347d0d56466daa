"""OTLP trace exports, protobuf or JSON, gzip or not, to the fields of this vendor's logs: one span is one log.

OTLP's JSON differs from protobuf's own JSON in one thing, its ids are hexadecimal; turned to base64 they go through the
same reader.
"""

from __future__ import annotations

import base64
import io
import math
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from gzip import GzipFile
from typing import Any, NamedTuple

from django.http import HttpRequest
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from project.api.keywordsai.attributes import fields_of
from project.lib import jsontext
from project.lib.errors import InvalidError, LimitError

PROTOBUF = "application/x-protobuf"
PROTOBUF_TYPES = frozenset({PROTOBUF, "application/protobuf", "application/octet-stream"})
MAX_UNPACKED_BYTES = 100_000_000
_IDS = ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGES = {"python": "python_tracing", "nodejs": "ts_tracing", "webjs": "ts_tracing"}

SpanFields = dict[str, Any]


class SentSpan(NamedTuple):
    """A span by the fields of a log in this vendor's words, unchecked, and by what it was sent."""

    fields: SpanFields
    method: str


class OtlpError(InvalidError):
    """The export cannot be read."""


def is_protobuf(request: HttpRequest) -> bool:
    return request.content_type in PROTOBUF_TYPES


def say_rejected(count: int, sentence: str) -> ExportTraceServiceResponse:
    """What became of an export: how many of its spans are not kept, and why the first is not."""
    partial = ExportTracePartialSuccess(rejected_spans=count, error_message=sentence)
    return ExportTraceServiceResponse(partial_success=partial if count else None)


def read_spans(request: HttpRequest) -> list[SentSpan]:
    """Raises OtlpError, JsonTextError or LimitError."""
    body = _unpacked(request)
    if not is_protobuf(request):
        return spans_of(_object_in(body))
    export = ExportTraceServiceRequest()
    try:
        export.ParseFromString(body)
    except DecodeError:
        raise OtlpError(
            "The body is no OTLP trace export in protobuf; check what the exporter sends."
        ) from None
    return _spans_of_export(export)


def spans_of(value: dict[str, Any]) -> list[SentSpan]:
    """Of an export in JSON, parsed. Raises OtlpError."""
    export = ExportTraceServiceRequest()
    try:
        ParseDict(_with_base64_ids(value), export, ignore_unknown_fields=True)
    except ParseError as error:
        raise OtlpError(f"The body is no OTLP trace export in JSON: {_first_line(error)}") from None
    return _spans_of_export(export)


def _unpacked(request: HttpRequest) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return request.read()
    if encoding != "gzip":
        raise OtlpError(f"The encoding {encoding} is not read here; send gzip, or none.")
    try:
        with GzipFile(fileobj=io.BytesIO(request.read())) as packed:
            body = packed.read(MAX_UNPACKED_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise OtlpError("The body says that it is gzip, and is not, or was cut short.") from None
    if len(body) > MAX_UNPACKED_BYTES:
        raise LimitError(
            f"The body unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; send fewer spans at once."
        )
    return body


def _object_in(body: bytes) -> dict[str, Any]:
    value = jsontext.parse(body or b"{}")
    if not isinstance(value, dict):
        raise OtlpError("The body is no OTLP trace export in JSON: it is an object with resourceSpans.")
    return value


def _with_base64_ids(value: Any) -> Any:
    """Safe at any depth that the JSON reader lets through."""
    if isinstance(value, list):
        return [_with_base64_ids(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _as_base64(inner) if key in _IDS else _with_base64_ids(inner) for key, inner in value.items()
    }


def _as_base64(value: Any) -> Any:
    try:
        return base64.b64encode(bytes.fromhex(value)).decode()
    except (TypeError, ValueError):
        raise OtlpError(
            "The ids of traces and spans are hexadecimal; check what the exporter sends."
        ) from None


def _spans_of_export(export: ExportTraceServiceRequest) -> list[SentSpan]:
    return [span for part in export.resource_spans for span in _spans_of_resource(part)]


def _spans_of_resource(part: ResourceSpans) -> Iterator[SentSpan]:
    resource = _values(part.resource.attributes)
    method = _LANGUAGES.get(str(resource.get("telemetry.sdk.language")), "tracing_integration")
    for scope in part.scope_spans:
        for span in scope.spans:
            yield SentSpan(_fields_of_span(span), method)


def _fields_of_span(span: Span) -> SpanFields:
    begin, end = _moment(span.start_time_unix_nano), _moment(span.end_time_unix_nano)
    has_failed = span.status.code == Status.StatusCode.STATUS_CODE_ERROR
    fields: SpanFields = {
        "trace_unique_id": span.trace_id.hex(),
        "span_unique_id": span.span_id.hex(),
        "span_parent_id": span.parent_span_id.hex() or None,
        "span_name": span.name,
        "start_time": begin,
        "timestamp": end or begin,
        "latency": (end - begin).total_seconds() if begin and end and end >= begin else None,
        "status": "error" if has_failed else "success",
        "status_code": 500 if has_failed else 200,
        "error_message": span.status.message or _exception_of(span),
    }
    return {**fields, **fields_of(_values(span.attributes))}


def _exception_of(span: Span) -> str | None:
    """What the span's own record of an exception says."""
    said = [_values(event.attributes) for event in span.events if event.name == "exception"]
    return next((str(values["exception.message"]) for values in said if "exception.message" in values), None)


def _moment(nanoseconds: int) -> datetime | None:
    if not nanoseconds:
        return None
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None


def _values(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs if isinstance(pair, KeyValue)}


def _value(value: AnyValue) -> Any:
    """A number that is none, or infinite, comes as its name: no JSON has it."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(inner) for inner in value.array_value.values]
    if kind == "kvlist_value":
        return _values(value.kvlist_value.values)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    plain = getattr(value, kind)
    return str(plain) if isinstance(plain, float) and not math.isfinite(plain) else plain


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
