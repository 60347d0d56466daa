from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from datasets import jobs
from datasets.errors import DatasetInvalidError, DatasetNotFoundError
from datasets.events import log_event
from datasets.models import Dataset, Job
from project.accounts.models import User, Workspace
from project.accounts.types import Author

MAX_NAME = 255
MAX_DESCRIPTION = 10_000


@transaction.atomic
def create_dataset(
    workspace: Workspace, *, name: str, owner: User, author: Author, description: str = ""
) -> Dataset:
    """Raises DatasetInvalidError for a name or description that is too long or has NUL characters."""
    dataset = Dataset.objects.create(
        workspace=workspace,
        owner=owner,
        name=_checked_name(name),
        description=_checked_description(description),
    )
    _log(dataset, "dataset.create", author)
    return dataset


@transaction.atomic
def update_dataset(
    dataset: Dataset, *, author: Author, name: str | None = None, description: str | None = None
) -> Dataset:
    """None leaves a value as it is; `updated_at` moves only on a change."""
    changed = []
    if name is not None and _checked_name(name) != dataset.name:
        dataset.name = _checked_name(name)
        changed.append("name")
    if description is not None and description != dataset.description:
        dataset.description = _checked_description(description)
        changed.append("description")
    if changed:
        dataset.save(update_fields=[*changed, "updated_at"])
        _log(dataset, "dataset.update", author)
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
    name = name.strip()
    if len(name) > MAX_NAME or "\x00" in name:
        raise DatasetInvalidError(f"A dataset name has at most {MAX_NAME} characters and no NUL character.")
    return name


def _checked_description(description: str) -> str:
    if len(description) > MAX_DESCRIPTION or "\x00" in description:
        raise DatasetInvalidError(
            f"A description has at most {MAX_DESCRIPTION:,} characters and no NUL character."
        )
    return description


def _log(dataset: Dataset, type_: str, author: Author) -> UUID:
    return log_event(
        dataset.workspace_id,
        type_,
        dataset_id=dataset.id,
        user_id=author.user_id,
        meta={"name": dataset.name},
    ).id
