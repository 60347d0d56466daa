"""What the doors do with files: `files.actions`, told to the event log in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.base import File as Content
from django.db import transaction

from datasets.events import log_event
from datasets.models import Attachment
from files import actions
from files.fetching import fetch_url
from files.types import ByteStream, FileValues, StoreValues

if TYPE_CHECKING:
    from files.models import File, FileVersion, Upload
    from project.accounts.models import Workspace
    from project.accounts.types import Author


@transaction.atomic
def create_file(workspace: Workspace, *, author: Author, **values: Unpack[FileValues]) -> File:
    """A file without content. Raises what `files.actions.create_file` raises."""
    file = actions.create_file(workspace, created_by_id=author.user_id, **values)
    _log(file, "file.create", author.user_id)
    return file


@transaction.atomic
def store_file(
    workspace: Workspace, content: Content[bytes], *, name: str, author: Author, **values: Unpack[StoreValues]
) -> File:
    """A file with its content. Raises what `files.actions.store_file` raises."""
    file = actions.store_file(workspace, content, name=name, created_by_id=author.user_id, **values)
    _log(file, "file.create", author.user_id)
    _log_upload(file.versions.get(), author.user_id)
    return file


@transaction.atomic
def update_file(file: File, *, author: Author, **values: Unpack[FileValues]) -> File:
    """Raises what `files.actions.update_file` raises."""
    if actions.update_file(file, **values):
        _log(file, "file.update", author.user_id)
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
    _log_upload(version, author.user_id)
    return version


def fetch_content(file: File, url: str, *, author: Author, limit_bytes: int) -> FileVersion:
    """What the address gives, as a new version. Raises what `files.fetching.fetch_url` raises."""
    fetched = fetch_url(url, limit_bytes=limit_bytes)
    return put_content(
        file,
        ContentFile(fetched.content),
        author=author,
        content_type=fetched.content_type,
        name=fetched.name,
        limit_bytes=limit_bytes,
    )


@transaction.atomic
def receive_upload(upload: Upload, stream: ByteStream, *, length_bytes: int) -> None:
    """Raises what `files.actions.receive_upload` raises."""
    version = actions.receive_upload(upload, stream, length_bytes=length_bytes)
    if version is not None:
        _log_upload(version, upload.created_by_id)


def settle_uploads(file: File) -> None:
    """Looks whether direct uploads have arrived in storage past this server, and makes versions of them. The row that
    is given learns of them too."""
    for upload in actions.open_uploads().filter(file=file):
        if _settle(upload):
            file.refresh_from_db()


def tidy_uploads(now: datetime) -> None:
    """What nobody comes for: settles uploads, forgets those whose time is over, removes bytes that nothing names."""
    for upload in actions.open_uploads():
        _settle(upload)
    actions.forget_uploads(now)
    actions.erase_deleted_files()
    actions.remove_broken_uploads(now)


@transaction.atomic
def delete_file(file: File, *, author: Author) -> None:
    """With its attachments; the records that came from it stay. Raises what `files.actions.delete_file` raises."""
    actions.delete_file(file)
    attachments = Attachment.objects.filter(file=file)
    dataset_ids = list(attachments.values_list("dataset_id", flat=True))
    attachments.delete()
    for dataset_id in dataset_ids:
        _log(file, "dataset.file.detach", author.user_id, dataset_id=dataset_id)
    _log(file, "file.delete", author.user_id)


@transaction.atomic
def _settle(upload: Upload) -> bool:
    """Whether there is a new version."""
    version = actions.settle_upload(upload)
    if version is not None:
        _log_upload(version, upload.created_by_id)
    return version is not None


def _log_upload(version: FileVersion, user_id: UUID | None) -> None:
    said = {"version": version.number, "size": version.size_bytes, "type": version.content_type}
    _log(version.file, "file.upload", user_id, meta=said)


def _log(
    file: File,
    type_: str,
    user_id: UUID | None,
    *,
    dataset_id: UUID | None = None,
    meta: dict[str, Any] | None = None,
) -> None:
    log_event(
        file.workspace_id,
        type_,
        dataset_id=dataset_id,
        file_id=file.id,
        user_id=user_id,
        meta={"name": file.name, **(meta or {})},
    )
