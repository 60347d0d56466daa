"""One record as the panel and the full page show it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString

from datasets.models import Dataset
from files.models import File
from files.querysets import FileQuerySet
from project.lib import jsontext
from project.lib.errors import DomainError, InvalidError
from project.lib.timelimits import TimeLimitError, time_limit
from records.filterbar import ListFilter
from records.gridstate import Sort
from records.listing import matching_records
from records.markdown import SHOWN_CHARACTERS, draw_markdown, draw_plain, search_terms, term_pattern
from records.models import Decision, Record, RecordChange, SyncConflict
from records.pages import PAGE_MS, neighbors
from records.pastrecords import Past
from records.prettyjson import pretty
from records.rendering import Conversation, MetaRow, meta_rows, read_conversation
from records.sorting import order_of
from records.syncing.rows import LOCATION

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
    file: File | None  # That it came from; None when that is gone, or not for this reader.
    location: str  # Where in the file, in words.
    conflict: SyncConflict | None  # The open one, if a sync has found another text in the file.
    decisions: tuple[Decision, ...]  # Of people in queues, the newest first.
    is_awaiting_opinion: (
        bool  # Whether a second person is to decide, and must not be told what the first said.
    )


def read_record(
    dataset: Dataset,
    record: Record,
    list_filter: ListFilter,
    sort: Sort | None,
    *,
    files: FileQuerySet,
    view: str,
    first_turn: int,
) -> Reading:
    """`files` are those that the reader may know of."""
    previous_id, next_id = _neighbors(dataset, list_filter, sort, record)
    changes = RecordChange.objects.of_record(record)
    decisions = tuple(Decision.objects.of_record(record)[:HISTORY_SHOWN])
    is_awaiting_opinion = bool(decisions) and decisions[0].part == Decision.Part.FIRST
    return Reading(
        record=record,
        view=view,
        content=_content(record, list_filter, view, first_turn),
        meta=meta_rows(record.meta),
        previous_id=previous_id,
        next_id=next_id,
        history=tuple(changes.without_content()[:HISTORY_SHOWN]),
        file=files.filter(pk=record.file_id).first() if record.file_id else None,
        location=_location(record),
        conflict=SyncConflict.objects.over([record.id]).first(),
        decisions=decisions[is_awaiting_opinion:],
        is_awaiting_opinion=is_awaiting_opinion,
    )


def read_past_record(
    past: Past, record: Record, list_filter: ListFilter, *, view: str, first_turn: int
) -> Reading:
    """As it was, and between its neighbors of then; without what only the present knows of it."""
    previous_id, next_id = _past_neighbors(past, record)
    return Reading(
        record=record,
        view=view,
        content=_content(record, list_filter, view, first_turn),
        meta=meta_rows(record.meta),
        previous_id=previous_id,
        next_id=next_id,
        history=(),
        file=None,
        location=_location(record),
        conflict=None,
        decisions=(),
        is_awaiting_opinion=False,
    )


def raw_payload(record: Record) -> str:
    """As it is stored; of a text record the conversation that it stands for."""
    return jsontext.serialise(record.as_payload) if record.payload is None else record.payload.raw


def _location(record: Record) -> str:
    """As the reader of the document said it, else by number: a line of an import, or a part of a document."""
    said = record.meta.get(LOCATION)
    if isinstance(said, str) and said:
        return said
    if record.place is None:
        return ""
    return f"{'part' if record.source_fingerprint else 'line'} {record.place:,}"


def _neighbors(
    dataset: Dataset, list_filter: ListFilter, sort: Sort | None, record: Record
) -> tuple[UUID | None, UUID | None]:
    """Of a filter that cannot be there are none; the list beside the record says what is wrong with it."""
    try:
        with time_limit(PAGE_MS) if list_filter.condition else nullcontext():
            return neighbors(matching_records(dataset, list_filter), order_of(dataset, sort), record)
    except (InvalidError, TimeLimitError):
        return None, None


def _past_neighbors(past: Past, record: Record) -> tuple[UUID | None, UUID | None]:
    """None of a filter that cannot be, as with the present."""
    try:
        return past.neighbors(record.id)
    except DomainError:
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
