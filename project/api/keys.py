"""From the key in a request to what it opens; the dialects' own auth modules say where the key is carried."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from datasets.errors import DatasetNotFoundError
from datasets.file_actions import settle_uploads
from datasets.models import Dataset
from datasets.querysets import DatasetQuerySet
from files.errors import FileNotFoundInWorkspaceError
from files.models import File
from files.querysets import FileQuerySet
from project.accounts.actions import key_for_secret
from project.accounts.errors import KeyRefusedError
from project.accounts.models import ApiKey
from project.accounts.types import Author
from records.errors import RecordNotFoundError
from records.models import Record
from threads.errors import LogNotFoundError
from threads.models import Log
from threads.querysets import LogQuerySet


class KeyRequest(HttpRequest):
    """A request after its key was accepted."""

    auth: ApiKey


class BearerKey(HttpBearer):
    """`Authorization: Bearer <key>`, for a key that has the scope."""

    def __init__(self, scope: ApiKey.Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """Raises KeyUnknownError or KeyRefusedError."""
        key = key_for_secret(token.strip())
        if not key.allows(self.scope):
            raise KeyRefusedError(f"This API key may not {self.scope}; use one with the {self.scope} scope.")
        return key


def author_of(key: ApiKey, door: str) -> Author:
    return Author(user_id=key.user_id, door=door, api_key_id=key.id)


def datasets_of(key: ApiKey) -> DatasetQuerySet:
    """The datasets that the key opens."""
    datasets = Dataset.objects.visible_to(key.workspace)
    return datasets if key.dataset_id is None else datasets.filter(pk=key.dataset_id)


def dataset_for(key: ApiKey, dataset_id: UUID) -> Dataset:
    """Raises DatasetNotFoundError, or KeyRefusedError for a key that is bound to another dataset."""
    dataset = Dataset.objects.visible_to(key.workspace).filter(pk=dataset_id).first()
    if dataset is None:
        raise DatasetNotFoundError(f"There is no dataset {dataset_id}.")
    _check_binding(key, [dataset_id])
    dataset.workspace = key.workspace
    return dataset


def record_for(key: ApiKey, record_id: UUID) -> Record:
    """With its dataset. Raises RecordNotFoundError, or KeyRefusedError for a key bound to another dataset."""
    records = Record.objects.visible_to(key.workspace).select_related("dataset")
    record = records.filter(pk=record_id).first()
    if record is None:
        raise RecordNotFoundError(f"There is no record {record_id}.")
    _check_binding(key, [record.dataset_id])
    record.dataset.workspace = key.workspace
    return record


def require_records(key: ApiKey, record_ids: Iterable[UUID]) -> None:
    """Raises KeyRefusedError when a record lies outside the dataset that the key is bound to. Unknown ones pass."""
    if key.dataset_id is not None:
        records = Record.objects.visible_to(key.workspace).filter(id__in=record_ids)
        _check_binding(key, records.order_by().values_list("dataset_id", flat=True).distinct())


def files_of(key: ApiKey) -> FileQuerySet:
    """The files that the key opens. Raises KeyRefusedError for a key that is bound to one dataset."""
    require_whole_workspace(key)
    return File.objects.visible_to(key.workspace).current(timezone.now()).open_to(key.user)


def file_for(key: ApiKey, file_id: UUID) -> File:
    """With what has arrived for it meanwhile. Raises FileNotFoundInWorkspaceError, or KeyRefusedError as `files_of`."""
    file = files_of(key).filter(pk=file_id).first()
    if file is None:
        raise FileNotFoundInWorkspaceError(f"There is no file {file_id}; upload it first.")
    settle_uploads(file)
    return file


def logs_of(key: ApiKey) -> LogQuerySet:
    """The logs of the key's environment. Raises KeyRefusedError for a key that is bound to one dataset."""
    require_whole_workspace(key)
    return Log.objects.visible_to(key.workspace).in_environment(key.environment)


def log_for(key: ApiKey, log_id: UUID) -> Log:
    """Raises LogNotFoundError, or KeyRefusedError as `logs_of`."""
    log = logs_of(key).filter(pk=log_id).first()
    if log is None:
        raise LogNotFoundError(f"There is no log {log_id}.")
    return log


def require_whole_workspace(key: ApiKey) -> None:
    """Raises KeyRefusedError for a key that is bound to one dataset."""
    if key.dataset_id is not None:
        raise KeyRefusedError(
            "This API key opens one dataset only; use a key for the whole workspace for new datasets, for files"
            " and for logs."
        )


def _check_binding(key: ApiKey, dataset_ids: Iterable[UUID]) -> None:
    if key.dataset_id is not None and any(dataset_id != key.dataset_id for dataset_id in dataset_ids):
        raise KeyRefusedError("This API key opens another dataset only; use a key for this one.")
