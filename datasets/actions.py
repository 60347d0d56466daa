from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from datasets import jobs
from datasets.errors import DatasetAliasTakenError, DatasetInvalidError, DatasetNotFoundError
from datasets.events import log_event
from datasets.models import Dataset, Job
from datasets.types import DatasetValues
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.edits import edited_meta, moment_after

MAX_NAME = 255
MAX_DESCRIPTION = 10_000
MAX_ALIAS = 128
ALIAS = re.compile(rf"[a-z0-9_-]{{0,{MAX_ALIAS}}}")


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
    _assign(dataset, {**values, "name": name, "description": description})
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
    changed = _assign(fresh, given)
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


def _assign(dataset: Dataset, given: Mapping[str, Any]) -> list[str]:
    """Puts checked values on the row, unsaved; answers the fields that changed."""
    changed = []
    for field, value in given.items():
        if field == "meta":
            value = edited_meta(dataset.meta, value)
        elif field == "extras":
            value = {**dataset.extras, **value}
        elif field in _CHECKS:
            value = _CHECKS[field](value)
        if value != getattr(dataset, field):
            setattr(dataset, field, value)
            changed.append(field)
    return changed


@contextmanager
def _alias_once(alias: str) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "dataset_alias_once" not in str(error):
            raise
        raise DatasetAliasTakenError(f"Another dataset has the alias {alias}; choose another one.") from None


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


def _checked_alias(alias: str) -> str:
    if not ALIAS.fullmatch(alias):
        raise DatasetInvalidError(
            f"An alias has at most {MAX_ALIAS} characters: small letters a to z, digits, “_” and “-”."
        )
    return alias


def _checked_separators(separators: str) -> str:
    if len(separators) > MAX_DESCRIPTION or "\x00" in separators:
        raise DatasetInvalidError(
            f"Separators have at most {MAX_DESCRIPTION:,} characters and no NUL character."
        )
    return separators


_CHECKS: dict[str, Callable[[str], str]] = {
    "name": _checked_name,
    "description": _checked_description,
    "alias": _checked_alias,
    "separators": _checked_separators,
}


def _log(dataset: Dataset, type_: str, author: Author) -> UUID:
    return log_event(
        dataset.workspace_id,
        type_,
        dataset_id=dataset.id,
        user_id=author.user_id,
        meta={"name": dataset.name},
    ).id
