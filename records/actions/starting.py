from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from datasets.events import log_event
from datasets.jobs import create_job
from datasets.models import Dataset, Job, Revision
from datasets.revisions import lock_dataset, open_revision
from files.models import File
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib import filterwords
from project.lib.filters import Group
from records.errors import RecordNotFoundError
from records.logfields import COPY_FIELDS
from records.models import Record


@transaction.atomic
def start_import(dataset: Dataset, file: File, *, author: Author, is_strict: bool) -> Job:
    """A job that adds the lines of the file's present version as one revision, seen all at once when the last is in.

    Strict: one bad line fails the whole. Else bad lines are left out and listed in the job's errors.
    """
    lock_dataset(dataset)
    revision = open_revision(dataset, kind=Revision.Kind.IMPORT, author=author, note=file.label)
    options = {"strict": is_strict, "file_name": file.label, "version": file.version}
    return start_job(dataset, Job.Kind.IMPORT_FILE, author, options=options, file=file, revision=revision)


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
    return start_job(dataset, Job.Kind.IMPORT_RECORDS, author, options=options, revision=revision)


@transaction.atomic
def start_erasure(dataset: Dataset, condition: Group, *, author: Author) -> Job:
    """A job that deletes for good the records that match a filter over the fields of logs. Raises FilterError."""
    COPY_FIELDS.compile(condition)
    lock_dataset(dataset)
    options = {"filter": filterwords.as_json(condition)}
    return start_job(dataset, Job.Kind.ERASE_RECORDS, author, options=options)


def start_job(dataset: Dataset, kind: str, author: Author, **details: Any) -> Job:
    """A job of the dataset, in the caller's transaction, with its line in the event log."""
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
