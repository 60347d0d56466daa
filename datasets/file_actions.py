"""What the doors do with files: `files.actions`, told to the event log in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from django.core.files.base import File as Content
from django.db import transaction

from datasets.events import log_event
from datasets.models import Attachment
from files import actions
from files.types import FileValues, StoreValues

if TYPE_CHECKING:
    from files.models import File, FileVersion
    from project.accounts.models import Workspace
    from project.accounts.types import Author


@transaction.atomic
def create_file(workspace: Workspace, *, author: Author, **values: Unpack[FileValues]) -> File:
    """A file without content. Raises what `files.actions.create_file` raises."""
    file = actions.create_file(workspace, created_by_id=author.user_id, **values)
    _log(file, "file.create", author)
    return file


@transaction.atomic
def store_file(
    workspace: Workspace, content: Content[bytes], *, name: str, author: Author, **values: Unpack[StoreValues]
) -> File:
    """A file with its content. Raises what `files.actions.store_file` raises."""
    file = actions.store_file(workspace, content, name=name, created_by_id=author.user_id, **values)
    _log(file, "file.create", author)
    _log(file, "file.upload", author, **_said_of_content(file))
    return file


@transaction.atomic
def update_file(file: File, *, author: Author, **values: Unpack[FileValues]) -> File:
    """Raises what `files.actions.update_file` raises."""
    if actions.update_file(file, **values):
        _log(file, "file.update", author)
    return file


@transaction.atomic
def put_content(
    file: File,
    content: Content[bytes],
    *,
    author: Author,
    content_type: str = "",
    name: str = "",
    limit_bytes: int | None = None,
) -> FileVersion:
    """Raises what `files.actions.put_content` raises."""
    version = actions.put_content(
        file,
        content,
        created_by_id=author.user_id,
        content_type=content_type,
        name=name,
        limit_bytes=limit_bytes,
    )
    _log(file, "file.upload", author, **_said_of_content(file))
    return version


@transaction.atomic
def delete_file(file: File, *, author: Author) -> None:
    """With its attachments; the records that came from it stay. Raises what `files.actions.delete_file` raises."""
    actions.delete_file(file)
    attachments = Attachment.objects.filter(file=file)
    dataset_ids = list(attachments.values_list("dataset_id", flat=True))
    attachments.delete()
    for dataset_id in dataset_ids:
        log_event(
            file.workspace_id,
            "dataset.file.detach",
            dataset_id=dataset_id,
            file_id=file.id,
            user_id=author.user_id,
            meta={"name": file.name},
        )
    _log(file, "file.delete", author)


def _said_of_content(file: File) -> dict[str, Any]:
    return {"version": file.version, "size": file.size_bytes, "type": file.content_type}


def _log(file: File, type_: str, author: Author, **meta: Any) -> None:
    log_event(
        file.workspace_id,
        type_,
        file_id=file.id,
        user_id=author.user_id,
        meta={"name": file.name, **meta},
    )
