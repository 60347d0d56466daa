"""What happened to a record: each revision's old and new values, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from datasets.models import Revision
from project.lib.fieldtypes import JsonText
from records.changefields import CONTENT, in_words
from records.content import transcript
from records.diffs import Piece, shortened, word_diff
from records.models import Record, RecordChange

HIDDEN = {"source_fingerprint", "file_id", "place"}
SHOWN_CHANGES = 200


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after; content as one field of that name, as people read it."""

    name: str
    old: str
    new: str

    @property
    def label(self) -> str:
        return in_words([self.name])

    @property
    def excerpts(self) -> tuple[Piece, ...]:
        """The diff, without what lies far from any difference."""
        return shortened(self.diff)

    @property
    def diff(self) -> tuple[Piece, ...]:
        return word_diff(self.old, self.new)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    revision: Revision
    changes: tuple[FieldChange, ...]
    is_creation: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What one revision did to one record: it was added by it, or has a change."""

    record: Record
    change: RecordChange | None


def history_of(record: Record) -> list[HistoryEntry]:
    """What each revision did to the record, newest first: at most SHOWN_CHANGES of them, and its creation."""
    present = _values(record)
    entries = []
    for change in RecordChange.objects.of_record(record)[:SHOWN_CHANGES]:
        before = present | _values(change, change.fields)
        entries.append(HistoryEntry(change.revision, _compared(before, present, change.fields)))
        present = before
    if len(entries) < SHOWN_CHANGES:
        created = Revision.objects.select_related("user").get(pk=record.revision_id)
        entries.append(HistoryEntry(created, (), is_creation=True))
    return entries


def steps_of(revision: Revision, record_ids: list[UUID]) -> list[Step]:
    """What a revision did to these records, in few words, without reading content. In their order."""
    records = Record.objects.without_content().in_bulk(record_ids)
    found = RecordChange.objects.filter(revision=revision, record_id__in=record_ids).without_content()
    changes = {change.record_id: change for change in found}
    return [Step(records[one], changes.get(one)) for one in record_ids if one in records]


def differences(old: Record, new: Record) -> tuple[FieldChange, ...]:
    """Between one record at two moments, both with their content."""
    return _compared(_values(old), _values(new), RecordChange.FIELDS)


def changes_of_revision(revision: Revision, *, limit: int) -> list[tuple[UUID, tuple[FieldChange, ...]]]:
    """What a revision that nothing has followed yet did to its first records."""
    changes = list(RecordChange.objects.filter(revision=revision).order_by("record_id")[:limit])
    records = Record.objects.in_bulk([change.record_id for change in changes])
    return [
        (change.record_id, _compared(_values(change, change.fields), _values(record), change.fields))
        for change in changes
        if (record := records.get(change.record_id)) is not None
    ]


def _values(row: Record | RecordChange, names: Iterable[str] = RecordChange.FIELDS) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _compared(old: dict[str, Any], new: dict[str, Any], names: Iterable[str]) -> tuple[FieldChange, ...]:
    changes = [
        FieldChange(name, _told(old[name]), _told(new[name]))
        for name in names
        if name not in CONTENT and name not in HIDDEN
    ]
    if CONTENT[0] in names:
        changes.insert(0, FieldChange("content", _content(old), _content(new)))
    return tuple(change for change in changes if change.old != change.new)


def _content(values: dict[str, Any]) -> str:
    payload: JsonText | None = values["payload"]
    return str(values["text"]) if payload is None else transcript(payload.value)


def _told(value: Any) -> str:
    """A value as it is read: tags in a row, meta as JSON with one key a line."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return str(value)
