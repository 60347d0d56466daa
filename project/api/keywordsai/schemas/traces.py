from __future__ import annotations

from typing import Any

from project.api.keywordsai.errors import FieldInvalidError
from project.api.keywordsai.schemas.base import Out
from project.lib.errors import InvalidError


class SpansInvalidError(InvalidError):
    """The body is no list of spans."""


class PartialSuccessOut(Out):
    rejectedSpans: int  # noqa: N815  (OTLP's own name)
    errorMessage: str  # noqa: N815


class ExportOut(Out):
    """Said as protobuf to who sends protobuf."""

    partialSuccess: PartialSuccessOut  # noqa: N815


class SpansOut(Out):
    message: str
    success_count: int
    error_count: int
    errors: list[str]


def read_ingested(body: Any) -> list[Any]:
    """The spans of a list, or of an object with the list as `data`. Raises SpansInvalidError or FieldInvalidError."""
    spans = body.get("data") if isinstance(body, dict) else body
    if not isinstance(spans, list):
        raise SpansInvalidError('The body is a list of spans, or an object with such a list as "data".')
    for place, span in enumerate(spans):
        for name in ("trace_unique_id", "span_unique_id"):
            if not isinstance(span, dict) or not span.get(name):
                raise FieldInvalidError(name, f"{name} is required; the span at {place} has none.")
    return spans
