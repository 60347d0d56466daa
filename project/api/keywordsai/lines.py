"""A line of a file of logs: the fields of one log as the batch call takes them, or an OTLP export, one span a log."""

from __future__ import annotations

from typing import Any

from project.api.keywordsai.ingestion import BATCH, read_log
from project.api.keywordsai.otlp import spans_of
from threads.types import LogDraft

_EXPORT_KEYS = ("resourceSpans", "resource_spans")


def logs_of_line(value: Any) -> list[LogDraft | str]:
    """Each log, or in its place what is wrong with it. Raises OtlpError."""
    if isinstance(value, dict) and any(key in value for key in _EXPORT_KEYS):
        return [read_log(fields, method) for fields, method in spans_of(value)]
    return [read_log(value, BATCH)]
