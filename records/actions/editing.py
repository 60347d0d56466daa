from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from project.lib.edits import MetaEdit, edited_meta, moment_after
from records import content, words
from records.changefields import CONTENT, CURATED, columns_of
from records.changesets import log_changes, revise
from records.embeddings import embed_records
from records.errors import RecordInvalidError, RecordNotFoundError
from records.filling import fill
from records.models import Curation, Record, RecordChange
from records.types import RecordDraft


def replace_payload(record: Record, payload: dict[str, Any], *, author: Author) -> Record:
    """The record becomes this conversation, whatever form it had. Raises RecordInvalidError."""
    return _update(record, author, draft=RecordDraft(payload=payload))


def replace_text(record: Record, text: str, *, author: Author) -> Record:
    """The record becomes this text, whatever form it had; a conversation is kept as the old value. Raises
    RecordInvalidError."""
    return update_record(record, author=author, text=text)


def replace_source(record: Record, source: str, *, author: Author) -> Record:
    """Raises RecordInvalidError."""
    return update_record(record, author=author, source=source)


def replace_meta(record: Record, meta: dict[str, Any], *, author: Author) -> Record:
    """All of the meta is replaced; nothing is merged. Raises RecordInvalidError."""
    return update_record(record, author=author, meta=meta)


def update_record(
    record: Record,
    *,
    author: Author,
    text: str | None = None,
    source: str | None = None,
    meta: dict[str, Any] | MetaEdit | None = None,
) -> Record:
    """What is given, as one revision; the rest stays. With a text the record becomes a text. Raises
    RecordInvalidError, and then changes nothing; without anything given there is no revision."""
    if text is None and source is None and meta is None:
        return record
    draft = None if text is None else RecordDraft(text=text)
    return _update(record, author, draft=draft, source=source, meta=meta)


def rewrite_record(record: Record, change: Callable[[Record], RecordDraft], *, author: Author) -> Record:
    """Content and meta become those of the draft that `change` makes of the record as it is now, under its lock.
    Raises RecordInvalidError, and then changes nothing."""
    fields = [*CONTENT, "meta"]
    with editing(record, fields, author=author) as (fresh, _):
        draft = change(fresh)
        content.check_meta(draft.meta)
        fill(fresh, draft)
        fresh.meta = draft.meta
        save_fields(fresh, fields)
        words.index_records([fresh])
        embed_records([fresh])
    return fresh


def set_status(dataset: Dataset, record_ids: Sequence[UUID], status: str, *, author: Author) -> int:
    """The number of records that had another status before."""
    if status not in Record.Status.values:
        raise RecordInvalidError(f"A status is one of {', '.join(Record.Status.values)}, not {status!r}.")
    with transaction.atomic():
        ids = _locked_ids(dataset, record_ids, status)
        if not ids:
            return 0
        with revise(dataset, kind=Revision.Kind.UPDATE, author=author, note=f"status {status}") as changes:
            RecordChange.objects.capture(changes.revision, ids, ["status"])
            Curation.objects.filter(pk__in=ids).update(status=status, updated_at=timezone.now())
            changes.changed = ids
            log_changes(changes, "record.update", author)
    return len(ids)


def _update(
    record: Record,
    author: Author,
    *,
    draft: RecordDraft | None = None,
    source: str | None = None,
    meta: dict[str, Any] | MetaEdit | None = None,
) -> Record:
    fields = [name for name, given in (("meta", meta), ("source", source)) if given is not None]
    kept = fields if draft is None else [*CONTENT, *fields]
    with editing(record, kept, author=author) as (fresh, _):
        if draft is not None:
            fill(fresh, draft)
        if meta is not None:
            fresh.meta = edited_meta(fresh.meta, meta)
            content.check_meta(fresh.meta)
        if source is not None:
            fresh.source = content.check_source(source)
        save_fields(fresh, kept)
        if draft is not None:
            words.index_records([fresh])
            embed_records([fresh])
    return fresh


@contextmanager
def editing(record: Record, fields: Sequence[str], *, author: Author) -> Iterator[tuple[Record, Revision]]:
    """The record as it is now, under its lock, with the old values of `fields` kept, and the revision that this is.
    The body changes and saves it. Raises RecordNotFoundError when it has gone meanwhile."""
    with revise(record.dataset, kind=Revision.Kind.UPDATE, author=author) as changes:
        fresh = Record.objects.live().get_locked(record.pk)
        if fresh is None:
            raise RecordNotFoundError(f"There is no record {record.pk}; it was deleted meanwhile.")
        RecordChange.objects.capture(changes.revision, [fresh.pk], fields)
        fresh.dataset = record.dataset
        yield fresh, changes.revision
        changes.changed = [fresh.pk]
        log_changes(changes, "record.update", author)


def save_fields(fresh: Record, fields: Sequence[str]) -> None:
    """Writes these fields of a locked record, with what is computed from them and the time."""
    columns = columns_of(fields)
    if own := [name for name in columns if name not in CURATED]:
        fresh.save(update_fields=own)
    curation = fresh.curation
    curation.updated_at = moment_after(curation.updated_at, timezone.now())
    curation.save(update_fields=[*(name for name in columns if name in CURATED), "updated_at"])


def _locked_ids(dataset: Dataset, record_ids: Sequence[UUID], status: str) -> list[UUID]:
    """The live records among these that have another status, locked in their order."""
    return Record.objects.in_dataset(dataset).exclude(curation__status=status).locked(record_ids)
