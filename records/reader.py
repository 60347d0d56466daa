"""One record as the panel and the full page show it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString

from datasets.models import Dataset
from files.querysets import FileQuerySet
from project.lib import jsontext
from project.lib.errors import InvalidError
from records.filterbar import ListFilter
from records.listing import matching_records
from records.markdown import SHOWN_CHARACTERS, draw_markdown, draw_plain, search_terms, term_pattern
from records.models import Record, RecordChange
from records.pages import neighbors
from records.prettyjson import pretty
from records.rendering import Conversation, MetaRow, meta_rows, read_conversation

TURNS_SHOWN = 200
HISTORY_SHOWN = 20
PLAIN, JSON = "plain", "json"
VIEWS = (("", "Formatted"), (PLAIN, "Plain"), (JSON, "JSON"))


@dataclass(frozen=True, slots=True)
class Content:
    """One of the three, as the view wants it."""

    conversation: Conversation | None = None
    text: SafeString | None = None
    json: str | None = None
    hidden_characters: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The record, its neighbors in the filter, and what was done to it lately."""

    record: Record
    view: str
    content: Content
    meta: tuple[MetaRow, ...]
    previous_id: UUID | None
    next_id: UUID | None
    history: tuple[RecordChange, ...]
    file_name: str  # Of the file that it came from; empty when that is gone, or not for this reader.


def read_record(
    dataset: Dataset,
    record: Record,
    list_filter: ListFilter,
    *,
    files: FileQuerySet,
    view: str,
    first_turn: int,
) -> Reading:
    """`files` are those that the reader may know of."""
    previous_id, next_id = _neighbors(dataset, list_filter, record)
    changes = RecordChange.objects.of_record(record).select_related("revision__user")
    return Reading(
        record=record,
        view=view,
        content=_content(record, list_filter, view, first_turn),
        meta=meta_rows(record.meta),
        previous_id=previous_id,
        next_id=next_id,
        history=tuple(changes.without_content()[:HISTORY_SHOWN]),
        file_name=_file_name(record, files),
    )


def raw_payload(record: Record) -> str:
    """As it is stored; of a text record the conversation that it stands for."""
    return jsontext.serialise(record.as_payload) if record.payload is None else record.payload.raw


def _file_name(record: Record, files: FileQuerySet) -> str:
    if record.file_id is None:
        return ""
    return files.filter(pk=record.file_id).values_list("name", flat=True).first() or ""


def _neighbors(dataset: Dataset, list_filter: ListFilter, record: Record) -> tuple[UUID | None, UUID | None]:
    """Of a filter that cannot be there are none; the list beside the record says what is wrong with it."""
    try:
        return neighbors(matching_records(dataset, list_filter), record.id)
    except InvalidError:
        return None, None


def _content(record: Record, list_filter: ListFilter, view: str, first_turn: int) -> Content:
    if view == JSON:
        text = pretty(raw_payload(record))
        return Content(json=text[:SHOWN_CHARACTERS], hidden_characters=max(0, len(text) - SHOWN_CHARACTERS))
    pattern = term_pattern(search_terms(list_filter.search))
    draw = draw_plain(pattern) if view == PLAIN else draw_markdown(pattern)
    if record.payload is None:
        return Content(text=draw(record.text))
    return Content(
        conversation=read_conversation(record.as_payload, draw=draw, first=first_turn, limit=TURNS_SHOWN)
    )
