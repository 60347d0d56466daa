"""Direct uploads: announced first, then sent by a PUT whose address is the right to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.utils import timezone

from files.actions.contents import READ_BYTES, Stored, add_version, check_size, storage_name_in, stored
from files.contenttypes import clean_type, type_of
from files.errors import UploadIncompleteError, UploadTooLongError
from files.models import File, FileVersion, Upload
from files.querysets import UploadQuerySet
from files.types import ByteStream
from project.lib.storage import direct_storage

LIFETIME = timedelta(hours=1)  # In which a PUT must begin.
GRACE = timedelta(hours=2)  # In which one that has begun in time may end.
TEMPORARY = ".upload"  # In the names that Django gives to uploads on disk.


def announce_upload(
    file: File, *, size_bytes: int, content_type: str, name: str, created_by_id: UUID | None
) -> Upload:
    """Without a type the name says it. Raises FileTooLargeError above MAX_UPLOAD_BYTES."""
    check_size(size_bytes)
    return Upload.objects.create(
        workspace_id=file.workspace_id,
        file=file,
        name=name[:255],
        content_type=clean_type(content_type or type_of(name)),
        size_bytes=size_bytes,
        storage_name=storage_name_in(file.workspace_id) if direct_storage() else "",
        created_by_id=created_by_id,
        expires_at=timezone.now() + LIFETIME,
    )


def upload_url(upload: Upload) -> str:
    """The address in storage, or empty when the bytes come through this server."""
    storage = direct_storage()
    if storage is None or not upload.storage_name:
        return ""
    return storage.upload_url(upload.storage_name, size_bytes=upload.size_bytes, lifetime=LIFETIME)


def receive_upload(upload: Upload, stream: ByteStream, *, length_bytes: int) -> FileVersion | None:
    """The announced bytes, read in pieces, as a new version; None when the same bytes have arrived before. Raises
    UploadTooLongError or UploadIncompleteError for another number of bytes, FileNotFoundInWorkspaceError when the file
    was deleted. Whatever fails leaves the version before."""
    _check_length(upload, length_bytes)
    with _received(upload, stream) as (content, sha256):
        keep = stored(upload.workspace_id, content, sha256=sha256, content_type=upload.content_type)
        with keep as bytes_, transaction.atomic():
            fresh = _locked(upload)
            if fresh.version is not None and fresh.version.sha256 == sha256:
                default_storage.delete(bytes_.storage_name)
                return None
            return _arrive(fresh, bytes_)


def settle_upload(upload: Upload) -> FileVersion | None:
    """What has arrived in storage by itself as a new version; None when there is nothing new. Bytes that were sent
    again took the place of those before, whose version is forgotten."""
    storage = direct_storage()
    arrival = storage.arrival(upload.storage_name) if storage else None
    if arrival is None or arrival.etag == upload.etag or arrival.size_bytes != upload.size_bytes:
        return None
    with transaction.atomic():
        fresh = _locked(upload)
        if fresh.etag == arrival.etag:
            return None
        overwritten = fresh.version_id
        fresh.etag = arrival.etag
        bytes_ = Stored(upload.storage_name, arrival.size_bytes, "", upload.content_type)
        version = _arrive(fresh, bytes_)
        if overwritten is not None:
            FileVersion.objects.filter(pk=overwritten).delete()
        return version


def open_uploads() -> UploadQuerySet:
    """Those that may arrive in storage by themselves; none, without a query, where that cannot be."""
    if direct_storage() is None:
        return Upload.objects.none()
    return Upload.objects.within_storage().of_files_in_use()


def forget_uploads(now: datetime) -> int:
    """Removes those that can no longer arrive, with what lies in storage and became no version. Safe to repeat."""
    over = Upload.objects.over(now - GRACE)
    for upload in over.within_storage().filter(version=None):
        default_storage.delete(upload.storage_name)
    return over.delete()[0]


def remove_broken_uploads(now: datetime) -> None:
    """Removes what a process left on disk that was killed while it received an upload. Safe to repeat."""
    if settings.FILE_UPLOAD_TEMP_DIR is None:
        return
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob(f"*{TEMPORARY}*"):
        with suppress(FileNotFoundError):
            if now.timestamp() - path.stat().st_mtime > GRACE.total_seconds():
                path.unlink()


def _check_length(upload: Upload, length_bytes: int) -> None:
    sentence = f"The upload was announced with {upload.size_bytes:,} bytes; {length_bytes:,} were sent."
    if length_bytes > upload.size_bytes:
        raise UploadTooLongError(sentence)
    if length_bytes < upload.size_bytes:
        raise UploadIncompleteError(sentence)


@contextmanager
def _received(upload: Upload, stream: ByteStream) -> Iterator[tuple[TemporaryUploadedFile, str]]:
    """On disk, beside the storage, with its SHA-256; gone after the block unless storage has taken it."""
    sha256 = hashlib.sha256()
    with TemporaryUploadedFile("upload", upload.content_type, upload.size_bytes, None) as content:
        left = upload.size_bytes
        while left and (piece := stream.read(min(left, READ_BYTES))):
            content.write(piece)
            sha256.update(piece)
            left -= len(piece)
        _check_length(upload, upload.size_bytes - left)
        content.flush()
        yield content, sha256.hexdigest()


def _locked(upload: Upload) -> Upload:
    uploads = Upload.objects.select_for_update(no_key=True, of=("self",))
    return uploads.select_related("version", "file").get(pk=upload.pk)


def _arrive(upload: Upload, bytes_: Stored) -> FileVersion:
    version = add_version(upload.file, bytes_, created_by_id=upload.created_by_id, name=upload.name)
    upload.version = version
    upload.save(update_fields=["version", "etag"])
    return version
