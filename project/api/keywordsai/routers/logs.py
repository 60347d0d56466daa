from __future__ import annotations

from typing import Any

from ninja import Query, Router, Status

from project.api.keys import KeyRequest, logs_of
from project.api.keywordsai.access import log_of
from project.api.keywordsai.auth import READ, WRITE
from project.api.keywordsai.errors import FAILURES, FieldInvalidError
from project.api.keywordsai.fields import LOG_NAMES, filters_data, log_field
from project.api.keywordsai.filters import current_filters, filter_group
from project.api.keywordsai.ingestion import keep_all, keep_one
from project.api.keywordsai.log_lists import SIZES, logs_in, page_of, query_filters
from project.api.keywordsai.paging import envelope
from project.api.keywordsai.schemas.errors import ErrorOut
from project.api.keywordsai.schemas.logs import (
    BatchIn,
    BatchOut,
    BatchPatchIn,
    BulkOut,
    FiltersIn,
    ItemErrorOut,
    ItemOut,
    LogIn,
    LogPatchIn,
    LogsIn,
    SummaryOut,
)
from project.api.keywordsai.schemas.stored_logs import CreatedLogOut, LogOut, LogPageOut, key_names, say_logs
from threads.actions import delete_logs, update_logs
from threads.errors import LogNotFoundError
from threads.fields import LOG_FIELDS
from threads.reading import summary_of

router = Router(tags=["request logs"])

MAX_BULK = 500


@router.post(
    "/request-logs/create",
    auth=WRITE,
    operation_id="create_log_by_older_name",
    response={201: CreatedLogOut, FAILURES: ErrorOut},
)
@router.post(
    "/request-logs", auth=WRITE, operation_id="create_log", response={201: CreatedLogOut, FAILURES: ErrorOut}
)
def add_log(request: KeyRequest, sent: LogIn) -> Status[CreatedLogOut]:
    log = keep_one(request.auth, sent.to_draft())
    return Status(201, CreatedLogOut.from_log(log, key_names([log])))


@router.post(
    "/request-logs/batch/create",
    auth=WRITE,
    operation_id="create_logs_in_batch",
    response={201: BatchOut, FAILURES: ErrorOut},
)
def add_batch(request: KeyRequest, sent: BatchIn) -> Status[BatchOut]:
    kept = keep_all(request.auth, sent.logs)
    items = [
        ItemOut(id=one.public_id, status="error" if one.error else "success", error=one.error or None)
        for one in kept
    ]
    return Status(201, BatchOut(results=items))


@router.post(
    "/request-logs/bulk",
    auth=WRITE,
    operation_id="create_logs_in_bulk",
    response={201: BulkOut, FAILURES: ErrorOut},
)
def add_bulk(request: KeyRequest, sent: BatchIn) -> Status[BulkOut] | Status[ErrorOut]:
    if not 1 <= len(sent.logs) <= MAX_BULK:
        raise FieldInvalidError("logs", f"logs should have 1 to {MAX_BULK} items.")
    kept = keep_all(request.auth, sent.logs)
    errors = [ItemErrorOut(index=place, error=one.error) for place, one in enumerate(kept) if one.error]
    said = BulkOut(success_count=len(kept) - len(errors), error_count=len(errors), errors=errors)
    if said.success_count:
        return Status(201, said)
    return Status(400, ErrorOut(detail="None of the logs could be kept; see errors.", **said.model_dump()))


@router.get(
    "/request-logs",
    auth=READ,
    operation_id="list_logs_at_root",
    response={200: LogPageOut, FAILURES: ErrorOut},
)
@router.get(
    "/request-logs/list",
    auth=READ,
    operation_id="list_logs",
    response={200: LogPageOut, FAILURES: ErrorOut},
)
def list_logs(request: KeyRequest, wanted: Query[LogsIn]) -> LogPageOut:
    return _logs(request, wanted, query_filters(request))


@router.post(
    "/request-logs/list",
    auth=READ,
    operation_id="filter_logs",
    response={200: LogPageOut, FAILURES: ErrorOut},
)
def filter_logs(request: KeyRequest, wanted: Query[LogsIn], sent: FiltersIn) -> LogPageOut:
    return _logs(request, wanted, {**query_filters(request), **sent.filters}, connector=sent.operator)


@router.post(
    "/request-logs/summary",
    auth=READ,
    operation_id="summarize_logs",
    response={200: SummaryOut, FAILURES: ErrorOut},
)
def summarize_logs(request: KeyRequest, wanted: Query[LogsIn], sent: FiltersIn) -> SummaryOut:
    group = filter_group({**query_filters(request), **sent.filters}, log_field, connector=sent.operator)
    return SummaryOut.from_summary(summary_of(logs_in(request.auth, wanted).matching(group)))


@router.patch(
    "/request-logs/batch-update",
    auth=WRITE,
    operation_id="update_logs_in_batch",
    response={200: BatchOut, FAILURES: ErrorOut},
)
def change_batch(request: KeyRequest, sent: BatchPatchIn) -> BatchOut:
    """All or none."""
    found = {log.public_id: log for log in logs_of(request.auth).called([one.unique_id for one in sent.logs])}
    if any(one.unique_id not in found for one in sent.logs):
        raise LogNotFoundError("Log not found")
    update_logs([(log, one.to_edit(log)) for one in sent.logs for log in [found[one.unique_id]]])
    return BatchOut(results=[ItemOut(id=one.unique_id, status="success") for one in sent.logs])


@router.get(
    "/request-logs/{unique_id}",
    auth=READ,
    operation_id="retrieve_log",
    response={200: LogOut, FAILURES: ErrorOut},
)
def retrieve_log(request: KeyRequest, unique_id: str) -> LogOut:
    log = log_of(request.auth, unique_id)
    return LogOut.from_log(log, key_names([log]))


@router.patch(
    "/request-logs/{unique_id}",
    auth=WRITE,
    operation_id="update_log",
    response={200: LogOut, FAILURES: ErrorOut},
)
def change_log(request: KeyRequest, unique_id: str, patch: LogPatchIn) -> LogOut:
    stored = log_of(request.auth, unique_id)
    [log] = update_logs([(stored, patch.to_edit(stored))])
    return LogOut.from_log(log, key_names([log]))


@router.delete(
    "/request-logs/{unique_id}",
    auth=WRITE,
    operation_id="delete_log",
    response={204: None, FAILURES: ErrorOut},
)
def remove_log(request: KeyRequest, unique_id: str) -> Status[None]:
    if not delete_logs([log_of(request.auth, unique_id)]):
        raise LogNotFoundError("Log not found")
    return Status(204, None)


def _logs(
    request: KeyRequest, wanted: LogsIn, filters: dict[str, Any], *, connector: str = "AND"
) -> LogPageOut:
    place = wanted.place(SIZES)
    group = filter_group(filters, log_field, connector=connector)
    page = page_of(logs_in(request.auth, wanted).matching(group), wanted, place)
    return envelope(
        LogPageOut,
        request,
        place,
        count=page.count,
        results=say_logs(page.rows, wanted.include_fields),
        current_filters=current_filters(filters),
        filters_data=filters_data(LOG_NAMES, LOG_FIELDS) if wanted.fetch_filters else {},
    )
