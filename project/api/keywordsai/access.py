"""From an id in a path to what a key opens. What is no id at all is not there either."""

from __future__ import annotations

from typing import TypeVar

from datasets.errors import DatasetNotFoundError
from datasets.models import Dataset
from project.accounts.models import ApiKey
from project.api.keys import dataset_for, logs_of, require_whole_workspace
from project.lib.ids import parse_id
from records.errors import RecordNotFoundError
from records.models import Record
from threads.errors import LogNotFoundError
from threads.models import Log, Thread
from threads.querysets import LogQuerySet, ThreadQuerySet

Rows = TypeVar("Rows", LogQuerySet, ThreadQuerySet)

_LATER_NAME = "production"


def dataset_of(key: ApiKey, reference: str) -> Dataset:
    """Raises DatasetNotFoundError, or KeyRefusedError for a key bound to another dataset."""
    dataset_id = parse_id(reference)
    if dataset_id is None:
        raise DatasetNotFoundError(f"There is no dataset {reference}.")
    return dataset_for(key, dataset_id)


def threads_of(key: ApiKey) -> ThreadQuerySet:
    """As `logs_of`."""
    require_whole_workspace(key)
    return Thread.objects.visible_to(key.workspace).in_environment(key.environment)


def log_of(key: ApiKey, reference: str) -> Log:
    """By the id that we or the sender gave it. Raises LogNotFoundError, and KeyRefusedError as `logs_of`."""
    log = logs_of(key).called([reference]).first()
    if log is None:
        raise LogNotFoundError("Log not found")
    return log


def row_of(dataset: Dataset, reference: str) -> Record:
    """By the id of the log that it copies, else its own. Raises RecordNotFoundError."""
    rows = Record.objects.in_dataset(dataset).in_order()
    own_id = parse_id(reference)
    row = rows.filter(pk=own_id).first() if own_id else None
    if row is None and "\x00" not in reference:
        row = rows.copied_from(reference).first()
    if row is None:
        raise RecordNotFoundError("Log not found")
    row.dataset = dataset
    return row


def in_environment(rows: Rows, key: ApiKey, asked: str) -> Rows:
    """A query may name the environment; another one than the key's has nothing to show."""
    own = {key.environment, _LATER_NAME} if key.environment == ApiKey.Environment.PROD else {key.environment}
    return rows if not asked or asked.lower() in own else rows.none()
