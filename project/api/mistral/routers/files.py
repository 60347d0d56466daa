from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import FileResponse
from django.utils import timezone
from ninja import File, Form, Query, Router, UploadedFile

from datasets.file_actions import delete_file, store_file
from files.downloads import file_path, file_response
from project.api.addresses import absolute_url
from project.api.keys import KeyRequest, file_for, files_of, require_whole_workspace
from project.api.mistral.auth import READ, WRITE, author
from project.api.mistral.errors import FAILURES
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.files import (
    FileDeletedOut,
    FileDetailOut,
    FileIn,
    FileOut,
    FilesIn,
    FilesOut,
    LinkIn,
    LinkOut,
)

router = Router(tags=["files"])

MAX_FILE_BYTES = 512 << 20
_BYTES = {"type": "string", "format": "binary"}


@router.post("", auth=WRITE, operation_id="upload_file", response={200: FileOut, FAILURES: ErrorOut})
def upload_file(request: KeyRequest, file: File[UploadedFile], details: Form[FileIn]) -> FileOut:
    key = request.auth
    require_whole_workspace(key)
    stored = store_file(
        key.workspace,
        file,
        name=file.name or "",
        author=author(request),
        purpose=details.purpose,
        content_type=file.content_type or "",
        visibility=details.visibility,
        expires_at=details.expires_at(timezone.now()),
        limit_bytes=MAX_FILE_BYTES,
    )
    return FileOut.from_file(stored)


@router.get("", auth=READ, operation_id="list_files", response={200: FilesOut, FAILURES: ErrorOut})
def list_files(request: KeyRequest, wanted: Query[FilesIn]) -> FilesOut:
    files = wanted.narrow(files_of(request.auth))
    offset = wanted.page * wanted.page_size
    rows = files.newest_first()[offset : offset + wanted.page_size]
    total = files.count() if wanted.include_total else None
    return FilesOut(data=[FileOut.from_file(file) for file in rows], total=total)


@router.get(
    "/{file_id}", auth=READ, operation_id="retrieve_file", response={200: FileDetailOut, FAILURES: ErrorOut}
)
def retrieve_file(request: KeyRequest, file_id: UUID) -> FileDetailOut:
    return FileDetailOut.from_file(file_for(request.auth, file_id))


@router.delete(
    "/{file_id}", auth=WRITE, operation_id="delete_file", response={200: FileDeletedOut, FAILURES: ErrorOut}
)
def remove_file(request: KeyRequest, file_id: UUID) -> FileDeletedOut:
    delete_file(file_for(request.auth, file_id), author=author(request))
    return FileDeletedOut(id=file_id)


@router.get(
    "/{file_id}/content",
    auth=READ,
    operation_id="download_file",
    response={200: None, FAILURES: ErrorOut},
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {"schema": _BYTES}}}}},
)
def download_file(request: KeyRequest, file_id: UUID) -> FileResponse:
    return file_response(file_for(request.auth, file_id))


@router.get(
    "/{file_id}/url", auth=READ, operation_id="get_file_url", response={200: LinkOut, FAILURES: ErrorOut}
)
def link_to_file(request: KeyRequest, file_id: UUID, wanted: Query[LinkIn]) -> LinkOut:
    expires_at = timezone.now() + timedelta(hours=wanted.expiry)
    return LinkOut(
        url=absolute_url(request, file_path(file_for(request.auth, file_id), expires_at=expires_at))
    )
