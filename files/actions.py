from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.core.files.base import File as Content
from django.core.files.storage import default_storage
from django.db import transaction

from files.errors import FileInvalidError, FileTooLargeError
from files.models import File
from project.accounts.models import User, Workspace
from project.lib.ids import new_id

READ_BYTES = 1 << 20


def store_file(
    workspace: Workspace,
    content: Content[bytes],
    *,
    name: str,
    created_by: User | None,
    purpose: str = "",
    content_type: str = "application/octet-stream",
    visibility: str = File.Visibility.WORKSPACE,
    expires_at: datetime | None = None,
    limit_bytes: int | None = None,
) -> File:
    """Puts the bytes into storage, then the row into the database: a row never names bytes that are not there.

    Raises FileTooLargeError above `limit_bytes` (default: MAX_UPLOAD_BYTES), FileInvalidError for an empty name.
    """
    name = clean_name(name)
    size_bytes = content.size or 0
    limit_bytes = limit_bytes or settings.MAX_UPLOAD_BYTES
    if size_bytes > limit_bytes:
        raise FileTooLargeError(f"The file has {size_bytes:,} bytes; the limit is {limit_bytes:,}.")
    file = File(id=new_id(), workspace=workspace, created_by=created_by, name=name, size_bytes=size_bytes)
    file.sha256 = digest(content)
    content.seek(0)
    file.storage_name = default_storage.save(f"{workspace.id}/{file.id}", content)
    file.purpose = purpose[:40]
    file.content_type = content_type[:127] or "application/octet-stream"
    file.visibility = visibility
    file.expires_at = expires_at
    with transaction.atomic():
        file.save(force_insert=True)
    return file


def delete_file(file: File) -> None:
    """Gone for every door at once; the bytes follow when the row is committed."""
    storage_name = file.storage_name
    with transaction.atomic():
        file.discard()
        transaction.on_commit(lambda: default_storage.delete(storage_name))


def digest(content: Content[bytes]) -> str:
    """SHA-256 of the content in hex, read in pieces."""
    sha256 = hashlib.sha256()
    for piece in content.chunks(READ_BYTES):
        sha256.update(piece)
    return sha256.hexdigest()


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 255 characters."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = "".join(character for character in base if character.isprintable()).strip()
    if not cleaned:
        raise FileInvalidError("The file needs a name.")
    return cleaned[:255]
