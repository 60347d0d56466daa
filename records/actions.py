from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from datasets.events import log_event
from datasets.jobs import create_job
from datasets.models import Dataset, Job, Revision
from datasets.revisions import lock_dataset, open_revision
from files.models import File
from project.accounts.actions import record_audit
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.edits import MetaEdit, edited_meta, moment_after
from project.lib.ids import new_id
from records import content, words
from records.changesets import ChangeSet, revise
from records.embeddings import embed_records
from records.errors import RecordInvalidError, RecordNotFoundError
from records.fieldtypes import JsonText
from records.models import Record, RecordChange, RecordEmbedding, RecordWords
from records.types import RecordDraft


def add_records(dataset: Dataset, drafts: Sequence[RecordDraft], *, author: Author) -> list[Record]:
    """All of the drafts as one revision, with their words and vectors, so that they are found when this returns.

    Raises RecordInvalidError, and then adds none.
    """
    records = [_record_of(dataset, draft) for draft in drafts]
    with revise(dataset, kind=Revision.Kind.CREATE, author=author) as changes:
        for record in records:
            record.revision = changes.revision
        Record.objects.bulk_create(records)
        words.index_records(records)
        embed_records(records)
        changes.added = [record.id for record in records]
        _log(changes, "record.create", author)
    return records


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
            Record.objects.filter(id__in=ids).update(status=status, updated_at=timezone.now())
            changes.changed = ids
            _log(changes, "record.update", author)
    return len(ids)


def erase_records(workspace: Workspace, record_ids: Iterable[UUID], *, author: Author) -> int:
    """Deletes for good: content, words and every old value, also from snapshots. Records of several datasets make
    one revision each. Raises RecordNotFoundError when one is not there, and then deletes none."""
    wanted = set(record_ids)
    with transaction.atomic():
        locked = Record.objects.visible_to(workspace).filter(id__in=wanted).order_by("id")
        by_dataset: dict[UUID, list[UUID]] = defaultdict(list)
        for record_id, dataset_id in locked.select_for_update(of=("self",)).values_list("id", "dataset_id"):
            by_dataset[dataset_id].append(record_id)
        missing = wanted.difference(*by_dataset.values()) if by_dataset else wanted
        if missing:
            raise RecordNotFoundError(f"There is no record {min(missing)}; nothing was deleted.")
        for dataset in Dataset.objects.filter(id__in=by_dataset).order_by("id"):
            _erase_from(dataset, by_dataset[dataset.id], author=author)
    return len(wanted)


@transaction.atomic
def start_import(dataset: Dataset, file: File, *, author: Author, is_strict: bool) -> Job:
    """A job that adds the file's lines as one revision, seen all at once when the last line is in.

    Strict: one bad line fails the whole. Else bad lines are left out and listed in the job's errors.
    """
    lock_dataset(dataset)
    revision = open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note=file.name)
    options = {"strict": is_strict, "file_name": file.name}
    return _start(dataset, Job.Kind.IMPORT_FILE, author, options=options, file=file, revision=revision)


@transaction.atomic
def start_copy(dataset: Dataset, record_ids: Sequence[UUID], *, workspace: Workspace, author: Author) -> Job:
    """A job that copies records, also of other datasets, into this one. Raises RecordNotFoundError at once when one
    of them is not there."""
    lock_dataset(dataset)
    found = set(Record.objects.visible_to(workspace).filter(id__in=record_ids).values_list("id", flat=True))
    missing = [record_id for record_id in record_ids if record_id not in found]
    if missing:
        raise RecordNotFoundError(f"There is no record {missing[0]}; nothing was imported.")
    revision = open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note="from other records")
    options = {"record_ids": [str(record_id) for record_id in record_ids]}
    return _start(dataset, Job.Kind.IMPORT_RECORDS, author, options=options, revision=revision)


def record_from_draft(dataset_id: UUID, draft: RecordDraft) -> Record:
    """An unsaved record with all that is computed from its content. Raises RecordInvalidError."""
    record = Record(id=new_id(), dataset_id=dataset_id)
    _fill(record, draft)
    content.check_meta(draft.meta)
    record.meta = draft.meta
    record.source, record.origin = content.check_source(draft.source), draft.origin
    record.tags, record.status = list(draft.tags), draft.status
    record.split, record.key = draft.split, draft.key
    return record


def _record_of(dataset: Dataset, draft: RecordDraft) -> Record:
    record = record_from_draft(dataset.id, draft)
    record.dataset = dataset
    return record


def _fill(record: Record, draft: RecordDraft) -> None:
    stored = content.content_of(draft)
    record.form, record.text = stored.form, stored.text
    record.payload = None if stored.raw_payload is None else JsonText(stored.raw_payload)
    signals = stored.signals
    record.fingerprint, record.preview = signals.fingerprint, signals.preview
    record.characters, record.tokens, record.turns = signals.characters, signals.tokens, signals.turns


_CONTENT_FIELDS = (
    "form",
    "payload",
    "text",
    "fingerprint",
    "preview",
    "characters",
    "tokens",
    "turns",
)


def _update(
    record: Record,
    author: Author,
    *,
    draft: RecordDraft | None = None,
    source: str | None = None,
    meta: dict[str, Any] | MetaEdit | None = None,
) -> Record:
    fields = [name for name, given in (("meta", meta), ("source", source)) if given is not None]
    kept = fields if draft is None else ["form", "payload", "text", *fields]
    with _editing(record, kept, author=author) as fresh:
        if draft is not None:
            _fill(fresh, draft)
        if meta is not None:
            fresh.meta = edited_meta(fresh.meta, meta)
            content.check_meta(fresh.meta)
        if source is not None:
            fresh.source = content.check_source(source)
        fresh.updated_at = moment_after(fresh.updated_at, timezone.now())
        fresh.save(update_fields=[*(() if draft is None else _CONTENT_FIELDS), *fields, "updated_at"])
        if draft is not None:
            words.index_records([fresh])
            embed_records([fresh])
    return fresh


@contextmanager
def _editing(record: Record, fields: list[str], *, author: Author) -> Iterator[Record]:
    """The record as it is now, under its lock, with the old values of `fields` kept, as one revision.
    The body changes and saves it. Raises RecordNotFoundError when it has gone meanwhile."""
    with revise(record.dataset, kind=Revision.Kind.UPDATE, author=author) as changes:
        fresh = Record.objects.live().select_for_update(of=("self",)).filter(pk=record.pk).first()
        if fresh is None:
            raise RecordNotFoundError(f"There is no record {record.pk}; it was deleted meanwhile.")
        RecordChange.objects.capture(changes.revision, [fresh.pk], fields)
        fresh.dataset = record.dataset
        yield fresh
        changes.changed = [fresh.pk]
        _log(changes, "record.update", author)


def _locked_ids(dataset: Dataset, record_ids: Sequence[UUID], status: str) -> list[UUID]:
    """The live records among these that have another status, locked in their order."""
    records = Record.objects.in_dataset(dataset).filter(id__in=record_ids).exclude(status=status).in_order()
    return list(records.select_for_update(of=("self",)).values_list("id", flat=True))


def _erase_from(dataset: Dataset, ids: list[UUID], *, author: Author) -> None:
    with revise(dataset, kind=Revision.Kind.ERASE, author=author) as changes:
        erase_rows(ids)
        changes.removed = ids
        _log(changes, "record.delete", author)
        user = User.objects.filter(pk=author.user_id).first()
        record_audit(
            dataset.workspace,
            user=user,
            action="record.erase",
            subject_id=dataset.id,
            details={"records": len(ids)},
        )


def erase_rows(ids: Sequence[UUID]) -> None:
    """Removes records with their words, vectors and all old values. The caller keeps the counters."""
    RecordChange.objects.filter(record_id__in=ids).delete()
    RecordWords.objects.filter(record_id__in=ids).delete()
    RecordEmbedding.objects.filter(record_id__in=ids).delete()
    Record.objects.filter(id__in=ids).delete()


def _start(dataset: Dataset, kind: str, author: Author, **details: Any) -> Job:
    job = create_job(dataset.workspace, kind=kind, author=author, dataset=dataset, **details)
    log_event(
        dataset.workspace_id,
        f"{kind.replace('_', '.')}.accepted",
        dataset_id=dataset.id,
        file_id=job.file_id,
        job_id=job.id,
        user_id=author.user_id,
    )
    return job


def _log(changes: ChangeSet, type_: str, author: Author) -> None:
    dataset = changes.revision.dataset
    touched = changes.added or changes.changed or changes.removed
    log_event(
        dataset.workspace_id,
        type_,
        dataset_id=dataset.id,
        record_id=touched[0] if len(touched) == 1 else None,
        revision_id=changes.revision.id,
        user_id=author.user_id,
        meta={"records": len(touched)},
    )
