"""The rows of a file's records: read, locked and moved many at once, the old values kept. Callers keep the counters."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from datasets.models import Dataset, Revision
from files.models import File
from records.models import Record, RecordChange

_TIES: tuple[str, ...] = ()


def tied_ids(dataset: Dataset, file: File) -> tuple[list[UUID], list[UUID]]:
    """The file's live and its trashed records, locked in the order in which other writers lock them."""
    rows = Record.objects.published().filter(dataset=dataset).synced_from(file).order_by("id")
    locked = list(rows.select_for_update(of=("self",)).values_list("id", "trashed_at"))
    live = [record_id for record_id, trashed_at in locked if trashed_at is None]
    return live, [record_id for record_id, trashed_at in locked if trashed_at is not None]


def trash_rows(revision: Revision, ids: Sequence[UUID]) -> None:
    """They are freed as well: the next sync makes a new record if the file has their text again."""
    RecordChange.objects.capture(revision, list(ids), ["trashed_at", *_TIES])
    _rows(ids).update(trashed_at=timezone.now(), file_id=None, place=None, source_fingerprint=None)


def restore_rows(revision: Revision, ids: Sequence[UUID]) -> None:
    RecordChange.objects.capture(revision, list(ids), ["trashed_at"])
    _rows(ids).update(trashed_at=None, updated_at=timezone.now())


def free_rows(revision: Revision, ids: Sequence[UUID]) -> None:
    """No sync looks at them any more."""
    if _TIES:
        RecordChange.objects.capture(revision, list(ids), [*_TIES])
    _rows(ids).update(file_id=None, place=None, source_fingerprint=None)


def _rows(ids: Sequence[UUID]) -> QuerySet[Record]:
    return Record.objects.filter(id__in=ids)
