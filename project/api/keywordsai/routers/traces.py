"""Traces: each span is a log."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from google.protobuf.json_format import MessageToDict
from ninja import Router, Status

from project.api.keys import KeyRequest, require_whole_workspace
from project.api.keywordsai.auth import WRITE
from project.api.keywordsai.errors import FAILURES
from project.api.keywordsai.ingestion import keep_spans
from project.api.keywordsai.otlp import PROTOBUF, is_protobuf, read_spans, say_rejected
from project.api.keywordsai.schemas.errors import ErrorOut
from project.api.keywordsai.schemas.traces import ExportOut, SpansOut, read_ingested
from project.lib import jsontext

router = Router(tags=["traces"])

INGESTED = "logging_api"


def _at(*paths: str) -> list[tuple[str, str]]:
    return [(path, "" if not place else f"_{place + 1}") for place, path in enumerate(paths)]


def export_traces(request: KeyRequest) -> HttpResponse:
    require_whole_workspace(request.auth)
    kept = keep_spans(request.auth, read_spans(request))
    errors = [one.error for one in kept if one.error]
    said = say_rejected(len(errors), errors[0] if errors else "")
    if is_protobuf(request):
        return HttpResponse(said.SerializeToString(), content_type=PROTOBUF)
    content: dict[str, Any] = {"partialSuccess": {"rejectedSpans": 0, "errorMessage": ""}}
    if errors:
        content = MessageToDict(said)
        content["partialSuccess"]["rejectedSpans"] = len(
            errors
        )  # A 64-bit number is text in protobuf's JSON.
    return HttpResponse(jsontext.serialise(content), content_type="application/json")


def ingest_spans(request: KeyRequest) -> Status[SpansOut] | Status[ErrorOut]:
    require_whole_workspace(request.auth)
    spans = read_ingested(jsontext.parse(request.read() or b"[]"))
    kept = keep_spans(request.auth, [(span, INGESTED) for span in spans])
    errors = [f"[{place}] {one.error}" for place, one in enumerate(kept) if one.error]
    if errors and len(errors) == len(kept):
        return Status(400, ErrorOut(detail=errors[0]))
    return Status(
        200,
        SpansOut(
            message=f"{len(kept) - len(errors)} spans are kept.",
            success_count=len(kept) - len(errors),
            error_count=len(errors),
            errors=errors,
        ),
    )


for _path, _mark in _at("/v1/traces", "/v2/traces"):
    router.post(
        _path,
        auth=WRITE,
        operation_id=f"export_traces{_mark}",
        response={200: ExportOut, FAILURES: ErrorOut},
    )(export_traces)

for _path, _mark in _at("/v1/traces/ingest", "/traces/ingest"):
    router.post(
        _path, auth=WRITE, operation_id=f"ingest_spans{_mark}", response={200: SpansOut, FAILURES: ErrorOut}
    )(ingest_spans)
