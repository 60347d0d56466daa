from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Unpack
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from files.errors import FileAliasTakenError, FileInvalidError, FileNotFoundInWorkspaceError
from files.models import File, FileVersion
from files.names import MAX_NAME
from files.types import FileValues
from project.accounts.models import Workspace
from project.lib.constraints import once
from project.lib.edits import assign, checked_alias, checked_text, moment_after

MAX_DESCRIPTION = 10_000
BATCH = 1000


@transaction.atomic
def create_file(workspace: Workspace, *, created_by_id: UUID | None, **values: Unpack[FileValues]) -> File:
    """A file without content. Raises FileInvalidError for a value that cannot be kept, FileAliasTakenError for an
    alias in use."""
    file = File(workspace=workspace, created_by_id=created_by_id)
    assign(file, values, _CHECKS)
    with _alias_once(file.alias):
        file.save(force_insert=True)
    return file


@transaction.atomic
def update_file(file: File, **values: Unpack[FileValues]) -> list[str]:
    """What is not given stays; `updated_at` moves only on a change. Answers the fields that changed. Raises what
    `create_file` raises, and FileNotFoundInWorkspaceError when it was deleted meanwhile."""
    fresh = locked_file(file.pk)
    changed = assign(fresh, values, _CHECKS)
    if changed:
        fresh.updated_at = moment_after(fresh.updated_at, timezone.now())
        moved = {field: getattr(fresh, field) for field in (*changed, "updated_at")}
        with _alias_once(fresh.alias):
            File.objects.filter(pk=fresh.pk).update(**moved)  # Not `save`: that would set another time.
        for field, value in moved.items():
            setattr(file, field, value)
    return changed


@transaction.atomic
def delete_file(file: File) -> None:
    """Gone for every door at once; the bytes of all versions follow when that is committed. Raises
    FileNotFoundInWorkspaceError on a second call."""
    file.deleted_at = timezone.now()
    if not File.objects.filter(pk=file.pk, deleted_at=None).update(deleted_at=file.deleted_at):
        raise FileNotFoundInWorkspaceError("This file was deleted already.")
    transaction.on_commit(partial(erase_contents, file.pk), robust=True)


def erase_contents(file_id: UUID) -> None:
    """Removes the bytes of a deleted file, then the rows that name them. Safe to repeat."""
    versions = FileVersion.objects.filter(file_id=file_id, file__deleted_at__isnull=False)
    for version in versions:
        default_storage.delete(version.storage_name)
    versions.delete()


def erase_deleted_files() -> None:
    """The contents that were to follow their files and did not: the process died between. Safe to repeat."""
    left = FileVersion.objects.filter(file__deleted_at__isnull=False)
    for file_id in left.order_by().values_list("file_id", flat=True).distinct()[:BATCH]:
        erase_contents(file_id)


def locked_file(file_id: UUID) -> File:
    """Until the end of the transaction. Raises FileNotFoundInWorkspaceError when it was deleted."""
    file = File.objects.select_for_update(no_key=True).filter(pk=file_id, deleted_at=None).first()
    if file is None:
        raise FileNotFoundInWorkspaceError("This file was deleted.")
    return file


_checked = partial(checked_text, error=FileInvalidError)
_CHECKS: dict[str, Callable[[str], str]] = {
    "name": partial(_checked, limit=MAX_NAME, subject="A file name has"),
    "description": partial(_checked, limit=MAX_DESCRIPTION, subject="A description has"),
    "alias": partial(checked_alias, error=FileInvalidError),
}


def _alias_once(alias: str) -> AbstractContextManager[None]:
    taken = FileAliasTakenError(f"Another file has the alias {alias}; choose another one.")
    return once("file_alias_once", taken)
