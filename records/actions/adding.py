from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from project.lib.ids import new_id
from records import content, words
from records.changesets import log_changes, revise
from records.embeddings import embed_records
from records.filling import fill
from records.models import Curation, Record
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
        Curation.objects.bulk_create([record.curation for record in records])
        words.index_records(records)
        embed_records(records)
        changes.added = [record.id for record in records]
        log_changes(changes, "record.create", author)
    return records


def record_from_draft(dataset_id: UUID, draft: RecordDraft) -> Record:
    """An unsaved record with all that is computed from its content, and its curation. Raises RecordInvalidError."""
    record = Record(id=new_id(), dataset_id=dataset_id)
    fill(record, draft)
    content.check_meta(draft.meta)
    record.meta = draft.meta
    record.source, record.origin = content.check_source(draft.source), draft.origin
    record.key = draft.key
    record.log_ids = list(draft.log_ids) or None
    record.curation = Curation(
        dataset_id=dataset_id, status=draft.status, split=draft.split, tags=list(draft.tags)
    )
    return record


def _record_of(dataset: Dataset, draft: RecordDraft) -> Record:
    record = record_from_draft(dataset.id, draft)
    record.dataset = dataset
    return record
