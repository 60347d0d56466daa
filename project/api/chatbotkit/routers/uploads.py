from __future__ import annotations

from typing import Any

from ninja import Router

from datasets.file_actions import fetch_content, put_content, receive_upload
from files.actions import announce_upload
from files.models import File
from project.api.chatbotkit.access import file_of
from project.api.chatbotkit.auth import WRITE, author
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.inline import MAX_INLINE_BYTES, Address, Inline, sent_content
from project.api.chatbotkit.schemas.base import IdOut
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.chatbotkit.schemas.uploads import AnnouncedIn, UploadOut, UploadRequestOut
from project.api.chatbotkit.uploadlinks import UPLOAD_LINK, UploadRequest, upload_address
from project.api.keys import KeyRequest
from project.lib.bodies import body_length

router = Router(tags=["files"], by_alias=True)

_BYTES = {"type": "string", "format": "binary"}
_TEXT_OR_ANNOUNCED = {"anyOf": [{"type": "string"}, AnnouncedIn.model_json_schema()]}


def _with_file(schema: dict[str, Any]) -> dict[str, Any]:
    return {"schema": {"type": "object", "required": ["file"], "properties": {"file": schema}}}


@router.post(
    "/file/{file_id}/upload",
    auth=WRITE,
    operation_id="upload_file",
    response={200: UploadOut, FAILURES: ErrorOut},
    exclude_none=True,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": _with_file(_TEXT_OR_ANNOUNCED),
                "multipart/form-data": _with_file(_BYTES),
                "*/*": {"schema": _BYTES},
            },
        }
    },
)
def upload_file(request: KeyRequest, file_id: str) -> UploadOut:
    sent = sent_content(request)
    file = file_of(request.auth, file_id)
    if isinstance(sent, AnnouncedIn):
        return _announce(request, file, sent)
    if isinstance(sent, Address):
        fetch_content(file, sent.url, author=author(request), limit_bytes=MAX_INLINE_BYTES)
    else:
        _put(request, file, sent)
    return UploadOut(id=file.id)


@router.put(
    "/upload",
    auth=UPLOAD_LINK,
    operation_id="receive_upload",
    url_name="receive_upload",
    response={200: IdOut, FAILURES: ErrorOut},
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": _BYTES}}}},
)
def take_upload(request: UploadRequest) -> IdOut:
    upload = request.auth
    receive_upload(upload, request, length_bytes=body_length(request) or 0)
    return IdOut(id=upload.file_id)


def _announce(request: KeyRequest, file: File, announced: AnnouncedIn) -> UploadOut:
    upload = announce_upload(
        file,
        size_bytes=announced.size,
        content_type=announced.type,
        name=announced.name or "",
        created_by_id=request.auth.user_id,
    )
    return UploadOut(id=file.id, upload_request=UploadRequestOut.to(upload_address(request, upload), upload))


def _put(request: KeyRequest, file: File, sent: Inline) -> None:
    put_content(
        file,
        sent.content,
        author=author(request),
        content_type=sent.content_type,
        name=sent.name,
        limit_bytes=MAX_INLINE_BYTES,
    )
