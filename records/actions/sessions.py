"""Many edits by hand, saved as one revision."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from datasets.models import Dataset, Revision
from datasets.revisions import open_revision
from project.accounts.types import Author
from project.lib.errors import DomainError
from records.actions.editing import save_fields
from records.changesets import log_revision, publish_changes
from records.history import FieldChange, changes_of_revision
from records.models import Record, RecordChange
from records.rewriting import renew_search
from records.sessions import MAX_EDITS, Clash, RecordEdits, check_size, is_as_before

MAX_MESSAGE = 255
GONE = "The record is not here any more: somebody moved it to the trash or deleted it."
AS_IT_IS = "The record is like this already."


@dataclass(frozen=True, slots=True)
class Refused:
    """A record of which nothing was saved: its edits clash, or cannot be made, and `sentence` says why."""

    edits: RecordEdits
    record: Record | None
    clashes: tuple[Clash, ...] = ()
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class SessionOutcome:
    """`revision` is None when nothing could be saved. Of a record all edits are saved, or none."""

    revision: Revision | None
    saved: tuple[RecordEdits, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class SessionPreview:
    """What would become of each record, and which edits do not fit any more."""

    changes: tuple[tuple[Record, tuple[FieldChange, ...]], ...]
    refused: tuple[Refused, ...]


@transaction.atomic
def save_session(
    dataset: Dataset, session: Sequence[RecordEdits], *, message: str, author: Author
) -> SessionOutcome:
    """The edits of all records that they still fit, as one revision with the message. Raises EditInvalidError for an
    empty or too large session."""
    ready, refused = _sorted_out(dataset, session)
    if not ready:
        return SessionOutcome(None, (), refused)
    revision = _write(dataset, ready, message, author)
    renew_search(revision)
    publish_changes(revision)
    log_revision(revision, "record.update", author)
    return SessionOutcome(revision, tuple(edits for edits, _ in ready), refused)


def preview_session(dataset: Dataset, session: Sequence[RecordEdits], *, author: Author) -> SessionPreview:
    """Saves in a transaction that is rolled back, so that what is shown is what would be written."""
    with transaction.atomic():
        ready, refused = _sorted_out(dataset, session)
        revision = _write(dataset, ready, "", author)
        changed = changes_of_revision(revision, limit=MAX_EDITS)
        records = {record.pk: record for _, record in ready}
        transaction.set_rollback(True)
    changes = tuple((records[record_id], fields) for record_id, fields in changed)
    return SessionPreview(changes, refused)


Ready = list[tuple[RecordEdits, Record]]


def _sorted_out(dataset: Dataset, session: Sequence[RecordEdits]) -> tuple[Ready, tuple[Refused, ...]]:
    """The records under their locks, edited and unsaved; and those that stay as they are."""
    check_size(session)
    ids = [edits.record_id for edits in session]
    locked = Record.objects.in_dataset(dataset).locked(ids)
    records: dict[UUID, Record] = Record.objects.in_bulk(locked)
    ready: Ready = []
    refused: list[Refused] = []
    for edits in session:
        outcome = _edited(edits, records.get(edits.record_id))
        if isinstance(outcome, Refused):
            refused.append(outcome)
        else:
            ready.append((edits, outcome))
    return ready, tuple(refused)


def _edited(edits: RecordEdits, record: Record | None) -> Record | Refused:
    if record is None:
        return Refused(edits, None, sentence=GONE)
    clashes = tuple(clash for edit in edits.edits if (clash := edit.clash_with(record)) is not None)
    if clashes:
        return Refused(edits, record, clashes)
    edited = copy.copy(record)
    try:
        for edit in edits.edits:
            edit.apply_to(edited)
    except DomainError as error:
        return Refused(edits, record, sentence=str(error))
    if is_as_before(record, edited, edits.fields):
        return Refused(edits, record, sentence=AS_IT_IS)
    return edited


def _write(dataset: Dataset, ready: Ready, message: str, author: Author) -> Revision:
    revision = open_revision(dataset, kind=Revision.Kind.UPDATE, author=author, note=message[:MAX_MESSAGE])
    revision.details = {"session": sum(len(edits.paths) for edits, _ in ready)}
    revision.save(update_fields=["details"])
    for edits, record in ready:
        RecordChange.objects.capture(revision, [record.pk], edits.fields)
        save_fields(record, edits.fields)
    return revision
