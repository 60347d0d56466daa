"""How the columns of the list of logs are drawn: what people look at first in its own way, the rest by its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from datasets.templatetags.layout import when
from project.lib.filters import FieldKind
from project.lib.listvalues import cut_text
from records.cells import CellReader, Drawing
from records.gridstate import Column
from records.logpages.figures import NONE, count, dollars, seconds
from threads.fields import LOG_FIELDS
from threads.models import Log

BADGES = {
    Log.Status.SUCCESS: "good",
    Log.Status.WARNING: "warn",
    Log.Status.FAILED: "failed",
    Log.Status.PENDING: "queued",
    Log.Status.RUNNING: "running",
}
YES_NO = {True: "yes", False: "no"}


def log_cells(columns: Sequence[Column]) -> CellReader[Log]:
    return CellReader(columns, _DRAWINGS, _draw_of)


def badge_of(log: Log) -> str:
    return BADGES.get(Log.Status(log.status), "new")


def _status(log: Log) -> SafeString:
    return format_html('<span class="badge badge--{}">{}</span>', badge_of(log), log.get_status_display())


def _number(value: Any) -> str:
    return NONE if value is None else f"{float(value):,.6g}"


_DRAWINGS: dict[str, Drawing[Log]] = {
    "status": Drawing("status", _status),
    "model": Drawing("model", lambda log: log.model, is_told=True),
    "latency": Drawing("latency", lambda log: seconds(log.latency)),
    "total_tokens": Drawing("total_tokens", lambda log: count(log.total_tokens)),
    "cost": Drawing("cost", lambda log: dollars(log.cost) if log.cost else NONE),
    "logged_at": Drawing("logged_at", lambda log: when(log.logged_at)),
}
_KINDS: dict[FieldKind, Callable[[Any], str]] = {
    FieldKind.NUMBER: _number,
    FieldKind.BOOLEAN: lambda value: YES_NO.get(value, ""),
    FieldKind.TIME: lambda value: when(value) if value else "",
    FieldKind.LIST: lambda value: ", ".join(value or ()),
}


def _draw_of(name: str) -> Callable[[Any], str]:
    """Keys of metadata and of scores are read as texts."""
    field = LOG_FIELDS.fields.get(name)
    return _KINDS.get(field.kind, cut_text) if field else cut_text
