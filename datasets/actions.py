from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Unpack
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from datasets import jobs
from datasets.errors import DatasetAliasTakenError, DatasetInvalidError, DatasetNotFoundError
from datasets.events import log_event
from datasets.models import Dataset, Job
from datasets.types import DatasetValues
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.constraints import once
from project.lib.edits import assign, checked_alias, checked_text, moment_after

MAX_NAME = 255
MAX_DESCRIPTION = 10_000


@transaction.atomic
def create_dataset(
    workspace: Workspace,
    *,
    name: str,
    owner: User,
    author: Author,
    description: str = "",
    **values: Unpack[DatasetValues],
) -> Dataset:
    """Raises DatasetInvalidError for a value that cannot be kept, DatasetAliasTakenError for an alias in use."""
    dataset = Dataset(workspace=workspace, owner=owner)
    assign(dataset, {**values, "name": name, "description": description}, _CHECKS)
    with _alias_once(dataset.alias):
        dataset.save(force_insert=True)
    _log(dataset, "dataset.create", author)
    return dataset


@transaction.atomic
def update_dataset(
    dataset: Dataset,
    *,
    author: Author,
    name: str | None = None,
    description: str | None = None,
    **values: Unpack[DatasetValues],
) -> Dataset:
    """What is not given stays, and a name or description of None; `updated_at` moves only on a change. Raises what
    `create_dataset` raises, and DatasetNotFoundError when it was deleted meanwhile."""
    fresh = Dataset.objects.select_for_update(no_key=True).filter(pk=dataset.pk, deleted_at=None).first()
    if fresh is None:
        raise DatasetNotFoundError("The dataset was deleted.")
    texts = {"name": name, "description": description}
    given = {**values, **{field: text for field, text in texts.items() if text is not None}}
    changed = assign(fresh, given, _CHECKS)
    if changed:
        fresh.updated_at = moment_after(fresh.updated_at, timezone.now())
        moved = {field: getattr(fresh, field) for field in (*changed, "updated_at")}
        with _alias_once(fresh.alias):
            Dataset.objects.filter(pk=fresh.pk).update(**moved)  # Not `save`: that would set another time.
        for field, value in moved.items():
            setattr(dataset, field, value)
        _log(fresh, "dataset.update", author)
    return dataset


@transaction.atomic
def delete_dataset(dataset: Dataset, *, author: Author) -> None:
    """Gone for every door at once; a job erases its records. Raises DatasetNotFoundError on a second call."""
    gone = Dataset.objects.filter(pk=dataset.pk, deleted_at=None).update(deleted_at=timezone.now())
    if not gone:
        raise DatasetNotFoundError("The dataset was deleted already.")
    for job in Job.objects.active().filter(dataset=dataset):
        jobs.cancel_job(job)
    jobs.create_job(dataset.workspace, kind=Job.Kind.PURGE_DATASET, author=author, dataset=dataset)
    _log(dataset, "dataset.delete", author)


def _checked_name(name: str) -> str:
    return _checked(name.strip(), limit=MAX_NAME, subject="A dataset name has")


_checked = partial(checked_text, error=DatasetInvalidError)
_CHECKS: dict[str, Callable[[str], str]] = {
    "name": _checked_name,
    "description": partial(_checked, limit=MAX_DESCRIPTION, subject="A description has"),
    "alias": partial(checked_alias, error=DatasetInvalidError),
    "separators": partial(_checked, limit=MAX_DESCRIPTION, subject="Separators have"),
}


def _alias_once(alias: str) -> AbstractContextManager[None]:
    taken = DatasetAliasTakenError(f"Another dataset has the alias {alias}; choose another one.")
    return once("dataset_alias_once", taken)


def _log(dataset: Dataset, type_: str, author: Author) -> UUID:
    return log_event(
        dataset.workspace_id,
        type_,
        dataset_id=dataset.id,
        user_id=author.user_id,
        meta={"name": dataset.name},
    ).id
