from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Unpack
from uuid import UUID

from django.conf import settings
from django.core.files.base import File as Content
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from files.actions.rows import locked_file
from files.contenttypes import clean_type
from files.errors import FileTooLargeError
from files.models import File, FileVersion
from files.names import clean_name
from files.types import StoreValues
from project.accounts.models import Workspace
from project.lib.edits import moment_after
from project.lib.errors import DomainError
from project.lib.ids import new_id

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that lie in storage and belong to no version yet."""

    storage_name: str
    size_bytes: int
    sha256: str
    content_type: str


def store_file(
    workspace: Workspace,
    content: Content[bytes],
    *,
    name: str,
    created_by_id: UUID | None,
    **values: Unpack[StoreValues],
) -> File:
    """A file with its first version. The bytes go into storage first: a row never names bytes that are not there.

    Raises FileTooLargeError above `limit_bytes` (default: MAX_UPLOAD_BYTES), FileInvalidError for an empty name.
    """
    file = File(workspace=workspace, created_by_id=created_by_id, name=clean_name(name))
    file.purpose = values.get("purpose", "")[:40]
    file.visibility = values.get("visibility", File.Visibility.WORKSPACE)
    file.expires_at = values.get("expires_at")
    check_size(content.size or 0, values.get("limit_bytes"))
    kept = stored(workspace.pk, content, sha256=digest(content), content_type=values.get("content_type", ""))
    with kept as bytes_, transaction.atomic():
        file.save(force_insert=True)
        add_version(file, bytes_, created_by_id=created_by_id)
    return file


def put_content(
    file: File,
    content: Content[bytes],
    *,
    created_by_id: UUID | None,
    content_type: str = "",
    name: str = "",
    limit_bytes: int | None = None,
) -> FileVersion:
    """A new version of the file. A file without a name takes this one. Whatever fails leaves the version before.

    Raises FileTooLargeError, and FileNotFoundInWorkspaceError when the file was deleted meanwhile.
    """
    check_size(content.size or 0, limit_bytes)
    with stored(file.workspace_id, content, sha256=digest(content), content_type=content_type) as bytes_:
        return add_version(file, bytes_, created_by_id=created_by_id, name=name)


@transaction.atomic
def add_version(file: File, bytes_: Stored, *, created_by_id: UUID | None, name: str = "") -> FileVersion:
    """Stored bytes as the newest version, told to the file too."""
    fresh = locked_file(file.pk)
    said = {
        "storage_name": bytes_.storage_name,
        "size_bytes": bytes_.size_bytes,
        "sha256": bytes_.sha256,
        "content_type": bytes_.content_type,
    }
    version = FileVersion.objects.create(
        file=file, number=fresh.version + 1, created_by_id=created_by_id, **said
    )
    moved = {
        **said,
        "version": version.number,
        "name": fresh.name or (clean_name(name) if name.strip() else ""),
        "updated_at": moment_after(fresh.updated_at, timezone.now()),
    }
    File.objects.filter(pk=file.pk).update(**moved)
    for field, value in moved.items():
        setattr(file, field, value)
    return version


def digest(content: Content[bytes]) -> str:
    """SHA-256 of the content in hex, read in pieces."""
    sha256 = hashlib.sha256()
    for piece in content.chunks(READ_BYTES):
        sha256.update(piece)
    return sha256.hexdigest()


def storage_name_in(workspace_id: UUID) -> str:
    """A name that no other content has."""
    return f"{workspace_id}/{new_id()}"


def check_size(size_bytes: int, limit_bytes: int | None = None) -> None:
    """Raises FileTooLargeError above the limit (default: MAX_UPLOAD_BYTES)."""
    limit_bytes = limit_bytes or settings.MAX_UPLOAD_BYTES
    if size_bytes > limit_bytes:
        raise FileTooLargeError(f"The file has {size_bytes:,} bytes; the limit is {limit_bytes:,}.")


@contextmanager
def stored(
    workspace_id: UUID, content: Content[bytes], *, sha256: str, content_type: str
) -> Iterator[Stored]:
    """The bytes in storage, for the block to make a version of them. They are taken away again when the domain refuses
    that. Not when the database fails: whether it has committed is unknown then."""
    size_bytes = content.size or 0
    content.seek(0)
    storage_name = default_storage.save(storage_name_in(workspace_id), content)
    try:
        yield Stored(storage_name, size_bytes, sha256, clean_type(content_type))
    except DomainError:
        default_storage.delete(storage_name)
        raise
