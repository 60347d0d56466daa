"""A page of a dataset's event log with what each event is about, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from datasets.event_words import sentence_of, tone_of
from datasets.models import Event, Revision
from files.models import File
from files.querysets import FileQuerySet


@dataclass(frozen=True, slots=True)
class Happening:
    """An event in words. A file that is gone, or not for this reader, is None though the event names it."""

    event: Event
    text: str
    tone: str
    detail: str
    file: File | None
    revision_number: int | None
    is_record_kept: bool

    @property
    def is_export(self) -> bool:
        """Whether its meta is the manifest of an export."""
        return self.event.type == "export.records"


def read_happenings(events: Sequence[Event], *, files: FileQuerySet) -> list[Happening]:
    """`files` are those that the reader may know of."""
    known_files = files.in_bulk(_ids(events, "file_id"))
    revisions = Revision.objects.published().filter(id__in=_ids(events, "revision_id"))
    numbers = dict(revisions.values_list("id", "number"))
    return [
        Happening(
            event=event,
            text=sentence_of(event.type, event.meta),
            tone=tone_of(event.type),
            detail=_detail(event, file),
            file=file,
            revision_number=numbers.get(event.revision_id) if event.revision_id else None,
            is_record_kept=event.record_id is not None and event.type != "record.delete",
        )
        for event in events
        for file in [known_files.get(event.file_id) if event.file_id else None]
    ]


def _ids(events: Sequence[Event], column: str) -> set[UUID]:
    return {value for event in events if (value := getattr(event, column))}


def _detail(event: Event, file: File | None) -> str:
    """What a job said at its end, or how the thing was called then if it is called otherwise now."""
    name = event.meta.get("name")
    return str(event.meta.get("message") or (name if file is None or name != file.name else "") or "")
