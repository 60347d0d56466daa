from __future__ import annotations

from uuid import UUID

from ninja import Query, Router, Status

from project.api.keys import KeyRequest, dataset_for, record_for, require_records
from project.api.mistral.auth import READ, WRITE, author
from project.api.mistral.errors import FAILURES
from project.api.mistral.paging import PageIn, numbered_page
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.records import (
    PayloadIn,
    PropertiesIn,
    RecordIdsIn,
    RecordIn,
    RecordOut,
    RecordPageOut,
    RecordsOut,
)
from records.actions import add_records, erase_records, replace_meta, replace_payload
from records.pages import records_at

router = Router(tags=["records"])

SAID = ("dataset_id", "payload", "text", "meta", "origin", "created_at", "updated_at")


@router.get(
    "/datasets/{dataset_id}/records",
    auth=READ,
    operation_id="list_records",
    response={200: RecordsOut, FAILURES: ErrorOut},
)
def list_records(request: KeyRequest, dataset_id: UUID, wanted: Query[PageIn]) -> RecordsOut:
    dataset = dataset_for(request.auth, dataset_id)
    page = numbered_page(
        RecordPageOut,
        request,
        wanted,
        count=dataset.record_count,
        rows=lambda offset, limit: [
            RecordOut.from_record(record) for record in records_at(dataset, offset, limit).only(*SAID)
        ],
    )
    return RecordsOut(records=page)


@router.post(
    "/datasets/{dataset_id}/records",
    auth=WRITE,
    operation_id="create_record",
    response={201: RecordOut, FAILURES: ErrorOut},
)
def add_record(request: KeyRequest, dataset_id: UUID, draft: RecordIn) -> Status[RecordOut]:
    dataset = dataset_for(request.auth, dataset_id)
    [record] = add_records(dataset, [draft.to_draft()], author=author(request))
    return Status(201, RecordOut.from_record(record))


@router.post(
    "/dataset-records/bulk-delete",
    auth=WRITE,
    operation_id="bulk_delete_records",
    response={204: None, FAILURES: ErrorOut},
)
def remove_records(request: KeyRequest, wanted: RecordIdsIn) -> Status[None]:
    require_records(request.auth, wanted.dataset_record_ids)
    erase_records(request.auth.workspace, wanted.dataset_record_ids, author=author(request))
    return Status(204, None)


@router.get(
    "/dataset-records/{dataset_record_id}",
    auth=READ,
    operation_id="fetch_record",
    response={200: RecordOut, FAILURES: ErrorOut},
)
def fetch_record(request: KeyRequest, dataset_record_id: UUID) -> RecordOut:
    return RecordOut.from_record(record_for(request.auth, dataset_record_id))


@router.delete(
    "/dataset-records/{dataset_record_id}",
    auth=WRITE,
    operation_id="delete_record",
    response={204: None, FAILURES: ErrorOut},
)
def remove_record(request: KeyRequest, dataset_record_id: UUID) -> Status[None]:
    record = record_for(request.auth, dataset_record_id)
    erase_records(request.auth.workspace, [record.id], author=author(request))
    return Status(204, None)


@router.put(
    "/dataset-records/{dataset_record_id}/payload",
    auth=WRITE,
    operation_id="update_record_payload",
    response={204: None, FAILURES: ErrorOut},
)
def change_payload(request: KeyRequest, dataset_record_id: UUID, change: PayloadIn) -> Status[None]:
    record = record_for(request.auth, dataset_record_id)
    replace_payload(record, change.payload, author=author(request))
    return Status(204, None)


@router.put(
    "/dataset-records/{dataset_record_id}/properties",
    auth=WRITE,
    operation_id="update_record_properties",
    response={204: None, FAILURES: ErrorOut},
)
def change_properties(request: KeyRequest, dataset_record_id: UUID, change: PropertiesIn) -> Status[None]:
    record = record_for(request.auth, dataset_record_id)
    replace_meta(record, change.properties, author=author(request))
    return Status(204, None)
