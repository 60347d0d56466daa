from __future__ import annotations

from datetime import timedelta

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from ninja import Query, Router
from ninja.errors import AuthenticationError

from datasets.file_actions import create_file, delete_file, update_file
from files.downloads import file_path, file_response
from files.errors import FileNotFoundInWorkspaceError
from files.models import File
from project.accounts.models import ApiKey
from project.api.addresses import absolute_url
from project.api.chatbotkit.access import attached_files, dataset_of, file_of, public_file
from project.api.chatbotkit.auth import READ, READ_OR_NOBODY, WRITE, MaybeKeyRequest, author
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.filters import meta_query
from project.api.chatbotkit.paging import JSON, Keyset, ListIn, answer
from project.api.chatbotkit.schemas.base import IdOut
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.chatbotkit.schemas.files import FileIn, FileOut, FilePageOut, LinkOut
from project.api.keys import KeyRequest, files_of, require_whole_workspace

router = Router(tags=["files"], by_alias=True)

LINK_LIFETIME = timedelta(hours=1)
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/dataset/file/create",
    auth=WRITE,
    operation_id="create_dataset_file",
    response={200: IdOut, FAILURES: ErrorOut},
)
@router.post(
    "/file/create", auth=WRITE, operation_id="create_file", response={200: IdOut, FAILURES: ErrorOut}
)
def add_file(request: KeyRequest, draft: FileIn) -> IdOut:
    require_whole_workspace(request.auth)
    file = create_file(request.auth.workspace, author=author(request), **draft.to_values())
    return IdOut(id=file.id)


@router.get(
    "/file/list", auth=READ, operation_id="list_files", response={200: FilePageOut, FAILURES: ErrorOut}
)
def list_files(request: KeyRequest, wanted: Query[ListIn]) -> FilePageOut | HttpResponseBase:
    rows = Keyset(files_of(request.auth).filter(meta_query(request)), is_ascending=wanted.is_ascending)
    return answer(FilePageOut, request, wanted, rows, FileOut.from_file, FileOut)


@router.get(
    "/dataset/{dataset_id}/file/list",
    auth=READ,
    operation_id="list_dataset_files",
    response={200: FilePageOut, FAILURES: ErrorOut},
)
def list_dataset_files(
    request: KeyRequest, dataset_id: str, wanted: Query[ListIn]
) -> FilePageOut | HttpResponseBase:
    files = attached_files(request.auth, dataset_of(request.auth, dataset_id)).filter(meta_query(request))
    rows = Keyset(files, is_ascending=wanted.is_ascending)
    return answer(FilePageOut, request, wanted, rows, FileOut.from_file, FileOut)


@router.get(
    "/file/{file_id}/fetch", auth=READ, operation_id="fetch_file", response={200: FileOut, FAILURES: ErrorOut}
)
def fetch_file(request: KeyRequest, file_id: str) -> FileOut:
    return FileOut.from_file(file_of(request.auth, file_id))


@router.post(
    "/file/{file_id}/update",
    auth=WRITE,
    operation_id="update_file",
    response={200: IdOut, FAILURES: ErrorOut},
)
def change_file(request: KeyRequest, file_id: str, patch: FileIn) -> IdOut:
    file = update_file(file_of(request.auth, file_id), author=author(request), **patch.to_values())
    return IdOut(id=file.id)


@router.post(
    "/file/{file_id}/delete",
    auth=WRITE,
    operation_id="delete_file",
    response={200: IdOut, FAILURES: ErrorOut},
)
def remove_file(request: KeyRequest, file_id: str) -> IdOut:
    file = file_of(request.auth, file_id)
    delete_file(file, author=author(request))
    return IdOut(id=file.id)


@router.get(
    "/file/{file_id}/download",
    auth=READ_OR_NOBODY,
    operation_id="download_file",
    response={200: LinkOut, 204: None, FAILURES: ErrorOut},
    openapi_extra={"responses": {200: {"content": _BYTES}}},
)
def download_file(request: MaybeKeyRequest, file_id: str) -> LinkOut | HttpResponseBase:
    file = public_file(file_id) or _own_file(request, file_id)
    if _wants_a_link(request):
        if not file.storage_name:
            raise FileNotFoundInWorkspaceError("This file has no content yet; upload it first.")
        path = file_path(file, expires_at=timezone.now() + LINK_LIFETIME)
        return LinkOut(url=absolute_url(request, path))
    return _content(file) if file.storage_name else HttpResponse(status=204)


def _own_file(request: MaybeKeyRequest, file_id: str) -> File:
    if not isinstance(request.auth, ApiKey):
        raise AuthenticationError
    return file_of(request.auth, file_id)


def _wants_a_link(request: HttpRequest) -> bool:
    """Only who names JSON: a client that takes anything wants the bytes."""
    accepted = request.accepted_types
    return bool(accepted) and f"{accepted[0].main_type}/{accepted[0].sub_type}" == JSON


def _content(file: File) -> FileResponse:
    """With the type that it was stored with; it is only ever saved, so that nothing in it is run."""
    response = file_response(file)
    if file.content_type.isascii() and file.content_type.isprintable():
        response["Content-Type"] = file.content_type
    return response
