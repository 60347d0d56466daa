"""A plan becomes rows: new records come in beforehand under the pending revision, all else in the transaction that
publishes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from datasets.models import Job, Revision
from files.models import File
from files.parsing import Chunk
from records.inserting import COLUMNS, Row, copy_rows, fingerprint_of, row_of
from records.models import Record, SyncConflict
from records.syncing import rows
from records.syncing.planning import Change, Kind, Plan
from records.syncing.rows import LockedRow, NewTie
from records.types import RecordDraft


class PlanStaleError(Exception):
    """Somebody changed a record after the plan was made."""


@dataclass(slots=True)
class Outcome:
    """The records that a plan touched, for the counters of its revision."""

    changed: list[UUID] = field(default_factory=list)
    removed: list[UUID] = field(default_factory=list)


def insert_chunks(revision: Revision, file: File, chunks: Sequence[Chunk]) -> None:
    """New records, seen when the revision is published."""
    now = timezone.now()

    def made() -> Iterator[Row]:
        for chunk in chunks:
            row = row_of(
                RecordDraft(text=chunk.text, meta=_meta_of(chunk), source=source_of(file)),
                dataset_id=revision.dataset_id,
                revision_id=revision.pk,
                origin=Record.Origin.UPLOADED_FILE.value,
                now=now,
                file_id=file.pk,
                place=chunk.place,
            )
            yield (*row, fingerprint_of(row))

    copy_rows({**COLUMNS, "source_fingerprint": "bytea"}, made())


def source_of(file: File) -> str:
    return f"file:///{file.pk}"


def _meta_of(chunk: Chunk) -> dict[str, str]:
    return {rows.LOCATION: chunk.label} if chunk.label else {}


def apply_to_known(revision: Revision, plan: Plan, chunks: Mapping[int, Chunk], *, job: Job) -> Outcome:
    """Changes, moves and removes the records that were there, in the caller's transaction; `chunks` by their places.
    Raises PlanStaleError."""
    written = [change for change in plan.written() if change.tied is not None]
    locked = _locked(written)
    outcome = Outcome()
    _tie(revision, written, locked, chunks)
    removed = _ids(change for change in written if change.kind is Kind.REMOVED)
    rows.trash_rows(revision, removed)
    lost = [change for change in written if change.piece is None]
    rows.free_rows(revision, _ids(change for change in lost if change.kind is Kind.EDITED))
    flagged = _ids(change for change in lost if change.kind is Kind.CONFLICT)
    rows.free_and_flag_rows(revision, [locked[record_id] for record_id in flagged])
    _tell_conflicts(written, chunks, job)
    outcome.removed = removed
    outcome.changed = _ids(change for change in written if change.kind is not Kind.REMOVED)
    return outcome


def _locked(written: Sequence[Change]) -> dict[UUID, LockedRow]:
    locked = rows.lock_rows(_ids(written))
    for change in written:
        tied = change.tied
        if tied is not None and (tied.id not in locked or locked[tied.id].tied != tied):
            raise PlanStaleError
    return locked


def _tie(
    revision: Revision,
    written: Sequence[Change],
    locked: Mapping[UUID, LockedRow],
    chunks: Mapping[int, Chunk],
) -> None:
    """What is still in the file, with its text where that has changed."""
    ties, fields_of, texts = [], {}, []
    for change in written:
        if change.tied is None or change.piece is None:
            continue
        tie = _new_tie(change, locked[change.tied.id], chunks[change.piece.place])
        ties.append(tie)
        fields_of[tie.record_id] = _fields(change, tie)
        if change.kind is Kind.CHANGED:
            texts.append(tie)
    rows.keep_old_values(revision, fields_of)
    rows.replace_texts(texts)
    rows.tie_rows(ties)


def _new_tie(change: Change, row: LockedRow, chunk: Chunk) -> NewTie:
    assert change.piece is not None
    follows = row.location is not None and chunk.label not in ("", row.location)
    return NewTie(row.tied.id, chunk, change.piece.fingerprint, chunk.label if follows else None)


def _fields(change: Change, tie: NewTie) -> list[str]:
    """What changes in the record, by name."""
    assert change.tied is not None
    changes = {
        "text": change.kind is Kind.CHANGED,
        "meta": tie.label is not None,
        "place": change.tied.place != tie.chunk.place,
        "source_fingerprint": change.tied.source != tie.fingerprint,
    }
    return [name for name, is_changed in changes.items() if is_changed]


def _tell_conflicts(written: Sequence[Change], chunks: Mapping[int, Chunk], job: Job) -> None:
    """What the file says now takes the place of what it said before, whether that is a conflict or not."""
    said_anew = _ids(change for change in written if change.piece is None or _says_other(change))
    SyncConflict.objects.over(said_anew).update(resolved_at=timezone.now())
    assert job.dataset_id is not None
    assert job.file_id is not None
    SyncConflict.objects.bulk_create(
        [
            SyncConflict(
                dataset_id=job.dataset_id,
                file_id=job.file_id,
                record_id=change.tied.id,
                job_id=job.pk,
                file_text=chunks[change.piece.place].text if change.piece else "",
            )
            for change in written
            if change.kind is Kind.CONFLICT and change.tied is not None
        ],
        batch_size=rows.BATCH_RECORDS,
    )


def _says_other(change: Change) -> bool:
    return (
        change.tied is not None
        and change.piece is not None
        and change.piece.fingerprint != change.tied.source
    )


def _ids(changes: Sequence[Change] | Iterator[Change]) -> list[UUID]:
    return [change.tied.id for change in changes if change.tied is not None]
