from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router

from datasets.models import Dataset
from project.api.chatbotkit.access import dataset_of, record_of
from project.api.chatbotkit.auth import EXPORT, READ, WRITE, author
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.filters import meta_query
from project.api.chatbotkit.listing import RecordKeyset
from project.api.chatbotkit.paging import ListIn, answer
from project.api.chatbotkit.schemas.base import IdOut, meta_edit
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.chatbotkit.schemas.records import RecordIn, RecordOut, RecordPageOut, RecordPatchIn
from project.api.keys import KeyRequest
from records.actions import add_records, erase_records, update_record

router = Router(tags=["records"], by_alias=True)


@router.post(
    "/dataset/{dataset_id}/record/create",
    auth=WRITE,
    operation_id="create_record",
    response={200: IdOut, FAILURES: ErrorOut},
)
def add_record(request: KeyRequest, dataset_id: str, draft: RecordIn) -> IdOut:
    dataset = dataset_of(request.auth, dataset_id)
    [record] = add_records(dataset, [draft.to_draft()], author=author(request))
    return IdOut(id=record.id)


@router.get(
    "/dataset/{dataset_id}/record/list",
    auth=READ,
    operation_id="list_records",
    response={200: RecordPageOut, FAILURES: ErrorOut},
)
def list_records(
    request: KeyRequest, dataset_id: str, wanted: Query[ListIn]
) -> RecordPageOut | HttpResponseBase:
    return _records(request, dataset_of(request.auth, dataset_id), wanted)


@router.get(
    "/dataset/{dataset_id}/record/export",
    auth=EXPORT,
    operation_id="export_records",
    response={200: RecordPageOut, FAILURES: ErrorOut},
)
def export_records(
    request: KeyRequest, dataset_id: str, wanted: Query[ListIn]
) -> RecordPageOut | HttpResponseBase:
    return _records(request, dataset_of(request.auth, dataset_id), wanted)


@router.get(
    "/dataset/{dataset_id}/record/{record_id}/fetch",
    auth=READ,
    operation_id="fetch_record",
    response={200: RecordOut, FAILURES: ErrorOut},
)
def fetch_record(request: KeyRequest, dataset_id: str, record_id: str) -> RecordOut:
    return RecordOut.from_record(record_of(dataset_of(request.auth, dataset_id), record_id))


@router.post(
    "/dataset/{dataset_id}/record/{record_id}/update",
    auth=WRITE,
    operation_id="update_record",
    response={200: IdOut, FAILURES: ErrorOut},
)
def change_record(request: KeyRequest, dataset_id: str, record_id: str, patch: RecordPatchIn) -> IdOut:
    record = record_of(dataset_of(request.auth, dataset_id), record_id)
    given = patch.model_fields_set
    update_record(
        record,
        author=author(request),
        text=patch.text,
        source=(patch.source or "") if "source" in given else None,
        meta=meta_edit(patch.meta) if "meta" in given else None,
    )
    return IdOut(id=record.id)


@router.post(
    "/dataset/{dataset_id}/record/{record_id}/delete",
    auth=WRITE,
    operation_id="delete_record",
    response={200: IdOut, FAILURES: ErrorOut},
)
def remove_record(request: KeyRequest, dataset_id: str, record_id: str) -> IdOut:
    record = record_of(dataset_of(request.auth, dataset_id), record_id)
    erase_records(request.auth.workspace, [record.id], author=author(request))
    return IdOut(id=record.id)


def _records(request: HttpRequest, dataset: Dataset, wanted: ListIn) -> RecordPageOut | HttpResponseBase:
    rows = RecordKeyset(dataset, meta_query(request), is_ascending=wanted.is_ascending)
    return answer(RecordPageOut, request, wanted, rows, RecordOut.from_record, RecordOut)
