"""What the columns of a list read of a row, and how they show it: a hundred rows are drawn a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.utils.html import format_html
from django.utils.safestring import SafeString

from datasets.templatetags.layout import when
from project.lib import jsontext
from project.lib.listvalues import CUT, computed_field, cut_text
from records.gridstate import Column
from records.models import Record

Shown = TypeVar("Shown")


class Drawing(NamedTuple, Generic[Shown]):
    """The field that a column reads, how it is drawn, and whether what does not fit is said on hover."""

    field: str
    draw: Callable[[Shown], str]
    is_told: bool = False


class Cell(NamedTuple):
    """`html` is escaped where it is drawn, unless it is safe."""

    css: str
    html: str
    title: str = ""


class CellReader(Generic[Shown]):
    """The columns of one list: the fields of a row that they read, and the cells that they make of it. What no field
    holds is read with the row as `cell_0` and so on, in the order of `computed`."""

    def __init__(
        self,
        columns: Sequence[Column],
        drawings: Mapping[str, Drawing[Shown]],
        draw_computed: Callable[[str], Callable[[Any], str]],
    ) -> None:
        self.fields = tuple(drawings[column.name].field for column in columns if column.name in drawings)
        self.computed = tuple(column.name for column in columns if column.name not in drawings)
        others = {
            name: _computed_drawing(computed_field(number), draw_computed(name))
            for number, name in enumerate(self.computed)
        }
        self._drawings = [(column.css, {**drawings, **others}[column.name]) for column in columns]

    def cells(self, row: Shown) -> list[Cell]:
        return [
            Cell(css, html := drawing.draw(row), html if drawing.is_told else "")
            for css, drawing in self._drawings
        ]


def _computed_drawing(field: str, draw: Callable[[Any], str]) -> Drawing[Any]:
    return Drawing(field, lambda row: draw(getattr(row, field)), is_told=True)


def record_cells(columns: Sequence[Column]) -> CellReader[Record]:
    return CellReader(columns, RECORD_DRAWINGS, lambda _: _meta)


def _meta(value: str | None) -> str:
    """A list without its brackets, if all of it was read."""
    if value is None or not value.startswith("[") or len(value) == CUT:
        return cut_text(value)
    try:
        items = jsontext.parse(value.encode())
    except jsontext.JsonTextError:
        return value
    return ", ".join(item if isinstance(item, str) else jsontext.serialise(item) for item in items)


def _status(record: Record) -> SafeString:
    """Its id is where a changed status is put."""
    label = _STATUSES.get(record.status, record.status)
    return format_html(
        '<span class="badge badge--{0}" id="status-{1}">{2}</span>', record.status, record.id, label
    )


def _tags(record: Record) -> str:
    if not record.tags:
        return ""
    first, *others = record.tags
    more = format_html('<span class="muted small num">+{}</span>', len(others)) if others else ""
    return format_html(
        '<span class="tags" title="{}"><span class="tag">{}</span>{}</span>',
        ", ".join(record.tags),
        first,
        more,
    )


_STATUSES = dict(Record.Status.choices)
_ORIGINS = dict(Record.Origin.choices)
_FORMS = dict(Record.Form.choices)
RECORD_DRAWINGS: dict[str, Drawing[Record]] = {
    "status": Drawing("status", _status),
    "tags": Drawing("tags", _tags),
    "turns": Drawing("turns", lambda record: f"{record.turns:,}"),
    "tokens": Drawing("tokens", lambda record: f"{record.tokens:,}"),
    "characters": Drawing("characters", lambda record: f"{record.characters:,}"),
    "origin": Drawing("origin", lambda record: _ORIGINS.get(record.origin, record.origin)),
    "source": Drawing("source", lambda record: record.source, is_told=True),
    "split": Drawing("split", lambda record: record.split, is_told=True),
    "form": Drawing("form", lambda record: _FORMS.get(record.form, record.form)),
    "key": Drawing("key", lambda record: record.key, is_told=True),
    "created": Drawing("created_at", lambda record: when(record.created_at)),
    "updated": Drawing("updated_at", lambda record: when(record.updated_at)),
    "id": Drawing("id", lambda record: str(record.id)),
}
