"""From an id in a path, or an `@alias`, to what a key opens. This vendor tells apart what is nowhere (404) and what
belongs to another account (403)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone

from datasets.errors import AttachmentNotFoundError, DatasetNotFoundError
from datasets.file_actions import settle_uploads
from datasets.models import Dataset
from files.errors import FileNotFoundInWorkspaceError
from files.models import File, Sharing
from files.querysets import FileQuerySet
from project.accounts.models import ApiKey
from project.api.keys import dataset_for, file_for
from project.lib.errors import ForbiddenError
from project.lib.ids import parse_id
from records.errors import RecordNotFoundError
from records.models import Record

ALIAS_MARK = "@"


class NotYoursError(ForbiddenError):
    """It is there, and belongs to another account."""


def dataset_of(key: ApiKey, reference: str) -> Dataset:
    """Raises DatasetNotFoundError, NotYoursError, or KeyRefusedError for a key bound to another dataset."""
    dataset_id = _id_of(reference, Dataset.objects.visible_to(key.workspace))
    if dataset_id is None:
        raise DatasetNotFoundError(f"There is no dataset {reference}.")
    try:
        return dataset_for(key, dataset_id)
    except DatasetNotFoundError:
        if Dataset.objects.filter(pk=dataset_id, deleted_at=None).exists():
            raise NotYoursError(f"The dataset {reference} belongs to another account.") from None
        raise


def searchable_dataset(key: ApiKey, reference: str) -> Dataset:
    """As `dataset_of`; another account's dataset too, when it is public."""
    dataset_id = parse_id(reference)
    if key.dataset_id is None and dataset_id is not None:
        public = Dataset.objects.filter(pk=dataset_id, deleted_at=None, sharing=Sharing.PUBLIC).first()
        if public is not None:
            return public
    return dataset_of(key, reference)


def record_of(dataset: Dataset, reference: str) -> Record:
    """Raises RecordNotFoundError, also for a record of another dataset."""
    record_id = parse_id(reference)
    record = Record.objects.in_dataset(dataset).filter(pk=record_id).first() if record_id else None
    if record is None:
        raise RecordNotFoundError(f"There is no record {reference} in this dataset.")
    record.dataset = dataset
    return record


def file_of(key: ApiKey, reference: str) -> File:
    """Raises FileNotFoundInWorkspaceError, NotYoursError, or KeyRefusedError for a key bound to one dataset."""
    file_id = _id_of(reference, File.objects.visible_to(key.workspace))
    if file_id is None:
        raise FileNotFoundInWorkspaceError(f"There is no file {reference}.")
    try:
        return file_for(key, file_id)
    except FileNotFoundInWorkspaceError:
        others = File.objects.exclude(workspace=key.workspace).current(timezone.now())
        if others.filter(pk=file_id, deleted_at=None).exists():
            raise NotYoursError(f"The file {reference} belongs to another account.") from None
        raise


def attached_files(key: ApiKey, dataset: Dataset) -> FileQuerySet:
    """Also for a key that is bound to this dataset."""
    files = File.objects.visible_to(key.workspace).current(timezone.now()).open_to(key.user)
    return files.filter(attachments__dataset=dataset)


def attached_file_of(key: ApiKey, dataset: Dataset, reference: str) -> File:
    """Raises AttachmentNotFoundError for a file that is not attached, and otherwise what `file_of` raises."""
    file_id = _id_of(reference, File.objects.visible_to(key.workspace))
    attached = attached_files(key, dataset).filter(pk=file_id).first() if file_id else None
    if attached is None:
        file_of(key, reference)
        raise AttachmentNotFoundError(
            f"The file {reference} is not attached to this dataset; attach it first."
        )
    settle_uploads(attached)
    return attached


def public_file(reference: str) -> File | None:
    """A file that everybody may read who knows its id."""
    files = File.objects.current(timezone.now()).filter(deleted_at=None, sharing=Sharing.PUBLIC)
    file_id = parse_id(reference)
    file = files.filter(pk=file_id).first() if file_id else None
    if file is not None:
        settle_uploads(file)
    return file


def _id_of(reference: str, rows: QuerySet[Model]) -> UUID | None:
    """An alias that is no text for PostgreSQL is nobody's."""
    if not reference.startswith(ALIAS_MARK):
        return parse_id(reference)
    alias = reference.removeprefix(ALIAS_MARK)
    if not alias or "\x00" in alias:
        return None
    found: UUID | None = rows.filter(alias=alias).values_list("pk", flat=True).first()
    return found
