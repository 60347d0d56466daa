"""Many edits by hand that are saved together. Each is applied to the record as it is by then, if what it was made of is
there still; else it clashes, and both texts are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from project.lib import jsontext
from records import content
from records.changefields import CONTENT
from records.changes import SetMeta
from records.errors import EditInvalidError
from records.filling import fill
from records.metatable import MetaField, edited_by_table, fields_of
from records.models import Record
from records.turns import (
    InOrder,
    InsertTurn,
    RewriteTurn,
    TurnEdit,
    as_lines,
    kept_text,
    mark_of,
    messages_of,
    texts_of,
)
from records.types import RecordDraft
from records.versions import content_version, details_version
from records.worddiff import Sides, compare_words

MAX_EDITS = 1_000


@dataclass(frozen=True, slots=True)
class Clash:
    """One edit that does not fit any more: what it is of, and this person's text beside the present one."""

    what: str
    sides: tuple[Sides, ...]


class HandEdit(Protocol):
    @property
    def fields(self) -> tuple[str, ...]:
        """Of the record, those that it may change."""

    def clash_with(self, record: Record) -> Clash | None:
        """None where it still fits."""

    def apply_to(self, record: Record) -> None:
        """On the unsaved record. Raises EditInvalidError, RecordInvalidError."""


@dataclass(frozen=True, slots=True)
class TextEdit:
    version: str
    text: str

    @property
    def fields(self) -> tuple[str, ...]:
        return CONTENT

    def clash_with(self, record: Record) -> Clash | None:
        if record.payload is None and content_version(record) == self.version:
            return None
        return Clash("Text", (compare_words(as_lines(self.text), as_lines(record.as_text)),))

    def apply_to(self, record: Record) -> None:
        fill(record, RecordDraft(text=kept_text(record.text, self.text)))


@dataclass(frozen=True, slots=True)
class TurnText:
    """Role and texts of a turn, which is known again by its mark wherever it stands now."""

    number: int
    mark: str
    role: str
    texts: tuple[str, ...]

    def place_in(self, marks: Sequence[str]) -> int | None:
        if 0 < self.number <= len(marks) and marks[self.number - 1] == self.mark:
            return self.number
        return marks.index(self.mark) + 1 if marks.count(self.mark) == 1 else None


@dataclass(frozen=True, slots=True)
class NewTurn:
    after: int
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnsEdit:
    """All the edits of one conversation, which was seen as one version."""

    version: str
    turns: tuple[TurnText, ...] = ()
    added: tuple[NewTurn, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return CONTENT

    def clash_with(self, record: Record) -> Clash | None:
        messages = messages_of(record.as_payload)
        marks = [mark_of(message) for message in messages]
        for turn in self.turns:
            if turn.place_in(marks) is None:
                there = messages[turn.number - 1] if 0 < turn.number <= len(messages) else {}
                sides = compare_words("\n\n".join(turn.texts), "\n\n".join(texts_of(there)))
                return Clash(f"Turn {turn.number}", (sides,))
        if self.added and content_version(record) != self.version:
            sides = compare_words("\n\n".join(turn.text for turn in self.added), "")
            return Clash("Added turns: the conversation around them is another now", (sides,))
        return None

    def apply_to(self, record: Record) -> None:
        payload = record.as_payload
        marks = [mark_of(message) for message in messages_of(payload)]
        rewrites: list[TurnEdit] = [
            RewriteTurn(place, turn.role, turn.texts)
            for turn in self.turns
            if (place := turn.place_in(marks)) is not None
        ]
        last_first = sorted(self.added, key=lambda turn: turn.after, reverse=True)
        inserts: list[TurnEdit] = [InsertTurn(turn.after, turn.role, turn.text) for turn in last_first]
        edited = InOrder((*rewrites, *inserts)).applied_to(payload)
        if edited != payload:
            fill(record, RecordDraft(payload=edited))


@dataclass(frozen=True, slots=True)
class DetailsEdit:
    version: str
    table: tuple[MetaField, ...]
    source: str

    @property
    def fields(self) -> tuple[str, ...]:
        return ("meta", "source")

    def clash_with(self, record: Record) -> Clash | None:
        if details_version(record) == self.version:
            return None
        own = {field.key: field.value for field in self.table if field.key} | {"Source": self.source}
        now = {field.key: field.value for field in fields_of(record.meta)} | {
            "Source": as_lines(record.source)
        }
        names = [name for name in dict.fromkeys([*now, *own]) if own.get(name) != now.get(name)]
        mine, theirs = (_told(values, names) for values in (own, now))
        return Clash("Meta and source", (compare_words(mine, theirs),))

    def apply_to(self, record: Record) -> None:
        meta = edited_by_table(record.meta, self.table)
        for key in meta.keys() - record.meta.keys():
            SetMeta(key, meta[key]).check()
        content.check_meta(meta)
        record.meta, record.source = meta, content.check_source(self.source)


@dataclass(frozen=True, slots=True)
class RecordEdits:
    """What one person would make of one record; `paths` are the editors in which it was written."""

    record_id: UUID
    edits: tuple[HandEdit, ...]
    paths: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for edit in self.edits for name in edit.fields))


def check_size(session: Sequence[RecordEdits]) -> None:
    """Raises EditInvalidError."""
    if not session:
        raise EditInvalidError("There is nothing to save: no edit was collected.")
    if sum(len(record.paths) for record in session) > MAX_EDITS:
        raise EditInvalidError(f"At most {MAX_EDITS:,} edits are saved together; save these in two parts.")


def is_as_before(before: Record, after: Record, fields: Sequence[str]) -> bool:
    """Whether nothing of what an edit may change has changed."""
    return all(_raw(getattr(before, name)) == _raw(getattr(after, name)) for name in fields)


def _raw(value: object) -> object:
    """Dictionaries in their order, and 1 apart from 1.0 and true."""
    return jsontext.serialise(value) if isinstance(value, dict) else value


def _told(values: dict[str, str], names: Sequence[str]) -> str:
    return "\n".join(f"{name}: {values[name]}" for name in names if name in values)
