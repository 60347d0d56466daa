"""What an editor in a page shows: the texts to be edited, and after a clash those of the other person beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from records.metatable import MetaField, fields_of
from records.models import Record
from records.turns import (
    as_lines,
    has_other_parts,
    mark_of,
    messages_of,
    next_role,
    place_of,
    texts_of,
)
from records.versions import content_version, details_version
from records.worddiff import Sides, compare_words

GONE = (
    "Somebody else changed this conversation since you opened it, and the turn is not there as it was. "
    "Your text can be kept as a turn of its own."
)
CLASH = "Somebody else changed this record since you opened it. Nothing is lost: both are here."
ELSEWHERE = (
    "Somebody else changed another part of this conversation since you opened it. "
    "This turn is as you found it; save again to keep your text."
)


@dataclass(frozen=True, slots=True)
class TextEditor:
    """Of a turn, of a new turn, or of a text record."""

    version: str
    texts: tuple[str, ...]
    number: int = 0
    role: str = ""
    mark: str = ""
    is_new: bool = False
    is_last: bool = False
    has_other_parts: bool = False
    notice: str = ""
    error: str = ""
    their_role: str = ""
    clashes: tuple[Sides, ...] = ()
    """What is different between this person's texts, left, and those that are there now."""

    @property
    def is_there_already(self) -> bool:
        """After a clash: what was sent is what is there, as when an answer to a save got lost on its way."""
        return self.notice == CLASH and not self.clashes and not self.their_role


@dataclass(frozen=True, slots=True)
class DetailsEditor:
    version: str
    fields: tuple[MetaField, ...]
    source: str
    hidden: int = 0
    notice: str = ""
    error: str = ""
    clashes: tuple[tuple[str, Sides], ...] = ()

    @property
    def is_there_already(self) -> bool:
        return self.notice == CLASH and not self.clashes


def turn_editor(record: Record, number: int) -> TextEditor | None:
    """None when there is no such turn."""
    messages = messages_of(record.as_payload)
    if not 0 < number <= len(messages):
        return None
    message = messages[number - 1]
    role = message.get("role")
    return TextEditor(
        content_version(record),
        texts_of(message),
        number=number,
        role=as_lines(role) if isinstance(role, str) else "",
        mark=mark_of(message),
        is_last=number == len(messages),
        has_other_parts=has_other_parts(message),
    )


def new_turn_editor(record: Record, after: int) -> TextEditor:
    payload = record.as_payload
    after = min(max(0, after), len(messages_of(payload)))
    return TextEditor(
        content_version(record), ("",), number=after, role=next_role(payload, after), is_new=True
    )


def text_editor(record: Record) -> TextEditor:
    return TextEditor(content_version(record), (as_lines(record.text),))


def details_editor(record: Record) -> DetailsEditor:
    fields = fields_of(record.meta)
    return DetailsEditor(
        details_version(record), fields, as_lines(record.source), hidden=len(record.meta) - len(fields)
    )


def clashing_turn(record: Record, mine: TextEditor) -> TextEditor:
    """This person's text in an editor of what is there now."""
    place = place_of(record.as_payload, mine.number, mine.mark)
    theirs = turn_editor(record, place) if place else None
    if theirs is None or len(theirs.texts) != len(mine.texts):
        gone = new_turn_editor(record, mine.number - 1)
        return replace(gone, texts=("\n\n".join(mine.texts),), role=mine.role, notice=GONE)
    is_same = theirs.mark == mine.mark
    return replace(
        theirs,
        texts=mine.texts,
        role=mine.role,
        notice=ELSEWHERE if is_same else CLASH,
        their_role=theirs.role if theirs.role != mine.role else "",
        clashes=() if is_same else _compared(mine.texts, theirs.texts),
    )


def clashing_new_turn(record: Record, mine: TextEditor) -> TextEditor:
    return replace(
        new_turn_editor(record, mine.number),
        texts=mine.texts,
        role=mine.role,
        notice="Somebody else changed this conversation since you opened it. Look whether the turn still fits "
        "here, then save again.",
    )


def clashing_text(record: Record, mine: Sequence[str]) -> TextEditor:
    theirs = text_editor(record)
    return replace(theirs, texts=tuple(mine), notice=CLASH, clashes=_compared(mine, theirs.texts))


def clashing_details(record: Record, mine: Sequence[MetaField], source: str) -> DetailsEditor:
    theirs = details_editor(record)
    own = {field.key: field.value for field in mine if field.key} | {"Source": source}
    now = {field.key: field.value for field in theirs.fields} | {"Source": theirs.source}
    clashes = tuple(
        (key, compare_words(own.get(key, ""), now.get(key, "")))
        for key in dict.fromkeys([*now, *own])
        if own.get(key) != now.get(key)
    )
    known = {field.was for field in theirs.fields}
    fields = tuple(field if field.was in known else field._replace(was="") for field in mine)
    return DetailsEditor(theirs.version, fields, source, theirs.hidden, notice=CLASH, clashes=clashes)


def _compared(mine: Sequence[str], theirs: Sequence[str]) -> tuple[Sides, ...]:
    pairs = zip_longest((as_lines(text) for text in mine), theirs, fillvalue="")
    return tuple(compare_words(own, other) for own, other in pairs if own != other)
