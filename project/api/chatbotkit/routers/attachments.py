"""Files as sources of a dataset's records."""

from __future__ import annotations

from ninja import Router

from project.api.chatbotkit.access import attached_file_of, dataset_of, file_of
from project.api.chatbotkit.auth import WRITE, author
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.schemas.attachments import AttachIn, DetachIn
from project.api.chatbotkit.schemas.base import IdOut, In
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.keys import KeyRequest
from records.syncing import actions

router = Router(tags=["attachments"], by_alias=True)


@router.post(
    "/dataset/{dataset_id}/file/{file_id}/attach",
    auth=WRITE,
    operation_id="attach_file",
    response={200: IdOut, FAILURES: ErrorOut},
)
def attach_file(request: KeyRequest, dataset_id: str, file_id: str, wanted: AttachIn) -> IdOut:
    dataset, file = dataset_of(request.auth, dataset_id), file_of(request.auth, file_id)
    actions.attach_file(dataset, file, author=author(request))
    return IdOut(id=file.id)


@router.post(
    "/dataset/{dataset_id}/file/{file_id}/detach",
    auth=WRITE,
    operation_id="detach_file",
    response={200: IdOut, FAILURES: ErrorOut},
)
def detach_file(request: KeyRequest, dataset_id: str, file_id: str, wanted: DetachIn) -> IdOut:
    """With `deleteRecords` the file's records are gone for good when this answers."""
    dataset = dataset_of(request.auth, dataset_id)
    file = attached_file_of(request.auth, dataset, file_id)
    detach = actions.detach_file_and_erase_records if wanted.delete_records else actions.detach_file
    detach(dataset, file, author=author(request))
    return IdOut(id=file.id)


@router.post(
    "/dataset/{dataset_id}/file/{file_id}/sync",
    auth=WRITE,
    operation_id="sync_dataset_file",
    response={200: IdOut, FAILURES: ErrorOut},
)
def sync_dataset_file(request: KeyRequest, dataset_id: str, file_id: str, wanted: In) -> IdOut:
    """Answers at once; the event log tells when the sync has ended."""
    dataset = dataset_of(request.auth, dataset_id)
    file = attached_file_of(request.auth, dataset, file_id)
    actions.start_sync(dataset, file, author=author(request))
    return IdOut(id=file.id)


@router.post(
    "/file/{file_id}/sync", auth=WRITE, operation_id="sync_file", response={200: IdOut, FAILURES: ErrorOut}
)
def sync_file(request: KeyRequest, file_id: str, wanted: In) -> IdOut:
    """For every dataset that the file is attached to."""
    file = file_of(request.auth, file_id)
    actions.start_syncs(file, author=author(request))
    return IdOut(id=file.id)
