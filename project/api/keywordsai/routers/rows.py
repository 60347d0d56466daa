"""Logs inside a dataset."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Sum
from ninja import Query, Router, Status
from pydantic import ValidationError

from datasets.models import Dataset
from project.api.keys import KeyRequest, require_whole_workspace
from project.api.keywordsai.access import dataset_of, row_of
from project.api.keywordsai.auth import READ, WRITE, author
from project.api.keywordsai.errors import FAILURES, FieldInvalidError, NotBuiltError
from project.api.keywordsai.fields import ROW_NAMES, filters_data, log_field, row_field
from project.api.keywordsai.filters import current_filters, filter_group
from project.api.keywordsai.log_lists import SortError
from project.api.keywordsai.paging import Sizes, envelope
from project.api.keywordsai.sampling import sample_for
from project.api.keywordsai.schemas.errors import ErrorOut
from project.api.keywordsai.schemas.logs import BulkOut, FiltersIn, ItemErrorOut, SummaryOut
from project.api.keywordsai.schemas.rows import (
    CreatedRowOut,
    ImportIn,
    MessageOut,
    RemovalIn,
    RowIn,
    RowListIn,
    RowOut,
    RowPageOut,
    RowPatchIn,
    RowsIn,
    RowsQueryIn,
    row_id,
)
from project.api.sentences import sentence_of
from project.lib.filters import Group
from project.lib.timelimits import time_limit
from records.actions import (
    add_records,
    erase_records,
    rewrite_record,
    start_erasure,
    start_named_sample,
    start_sample,
)
from records.content import check_meta, content_of
from records.errors import RecordInvalidError
from records.logfields import COPY_FIELDS, detail_number
from records.models import Record
from records.pages import records_at
from records.types import RecordDraft
from threads.reading import READ_MS

router = Router(tags=["dataset logs"])

SIZES = Sizes(default=50, most=100)
MAX_ROWS = 500
_SORTS = frozenset({"", "id", "unique_id", "timestamp", "created_at"})
_MISSING = "Exports are made on the dataset's page; this call does not make them yet."
_SAID = ("form", "payload", "text", "meta", "source", "origin", "status", "dataset_id", "created_at")


@router.get(
    "/datasets/{dataset_id}/logs",
    auth=READ,
    operation_id="list_dataset_logs_at_root",
    response={200: RowPageOut, FAILURES: ErrorOut},
)
@router.get(
    "/datasets/{dataset_id}/logs/list",
    auth=READ,
    operation_id="list_dataset_logs",
    response={200: RowPageOut, FAILURES: ErrorOut},
)
def list_rows(request: KeyRequest, dataset_id: str, wanted: Query[RowsQueryIn]) -> RowPageOut:
    return _rows(request, dataset_of(request.auth, dataset_id), wanted, {})


@router.post(
    "/datasets/{dataset_id}/logs/list",
    auth=READ,
    operation_id="filter_dataset_logs",
    response={200: RowPageOut, FAILURES: ErrorOut},
)
def filter_rows(
    request: KeyRequest, dataset_id: str, wanted: Query[RowsQueryIn], sent: RowListIn
) -> RowPageOut:
    dataset = dataset_of(request.auth, dataset_id)
    if sent.is_exporting:
        raise NotBuiltError(_MISSING)
    given = {
        name: str(getattr(sent, name)) for name in ("page", "page_size") if getattr(sent, name) is not None
    }
    return _rows(request, dataset, wanted.model_copy(update=given), sent.filters, connector=sent.operator)


@router.post(
    "/datasets/{dataset_id}/logs/summary",
    auth=READ,
    operation_id="summarize_dataset_logs",
    response={200: SummaryOut, FAILURES: ErrorOut},
)
def summarize_rows(request: KeyRequest, dataset_id: str, sent: FiltersIn) -> SummaryOut:
    group = filter_group(sent.filters, row_field, connector=sent.operator)
    rows = Record.objects.in_dataset(dataset_of(request.auth, dataset_id)).matching_as_logs(group)
    with time_limit(READ_MS):
        sums = rows.aggregate(
            number=Count("pk"),
            cost=Sum(detail_number("cost")),
            total=Sum(detail_number("total_tokens")),
            prompt=Sum(detail_number("prompt_tokens")),
            completion=Sum(detail_number("completion_tokens")),
            latency=Avg(detail_number("latency")),
        )
    return SummaryOut(
        number_of_requests=sums["number"],
        total_cost=sums["cost"] or 0,
        total_tokens=int(sums["total"] or 0),
        total_prompt_tokens=int(sums["prompt"] or 0),
        total_completion_tokens=int(sums["completion"] or 0),
        avg_latency=sums["latency"] or 0,
        avg_tps=0,
        avg_ttft=0,
    )


@router.post(
    "/datasets/{dataset_id}/logs",
    auth=WRITE,
    operation_id="create_dataset_log",
    response={201: CreatedRowOut, FAILURES: ErrorOut},
)
def add_row(request: KeyRequest, dataset_id: str, sent: RowIn) -> Status[CreatedRowOut]:
    [record] = add_records(dataset_of(request.auth, dataset_id), [sent.to_draft()], author=author(request))
    return Status(201, CreatedRowOut(unique_id=row_id(record), log_data=_say(request, record)))


@router.post(
    "/datasets/{dataset_id}/logs/bulk",
    auth=WRITE,
    operation_id="create_dataset_logs_in_bulk",
    response={201: BulkOut, FAILURES: ErrorOut},
)
def add_rows(request: KeyRequest, dataset_id: str, sent: RowsIn) -> Status[BulkOut] | Status[ErrorOut]:
    dataset = dataset_of(request.auth, dataset_id)
    if sent.log_ids and not sent.logs:
        return _copy_logs(request, dataset, sent.log_ids)
    if not 1 <= len(sent.logs) <= MAX_ROWS:
        raise FieldInvalidError("logs", f"logs should have 1 to {MAX_ROWS} items.")
    read = [_read(fields) for fields in sent.logs]
    drafts = [draft for draft in read if isinstance(draft, RecordDraft)]
    errors = [ItemErrorOut(index=place, error=one) for place, one in enumerate(read) if isinstance(one, str)]
    said = BulkOut(success_count=len(drafts), error_count=len(errors), errors=errors)
    if not drafts:
        return Status(
            400, ErrorOut(detail="None of the rows could be kept; see errors.", **said.model_dump())
        )
    add_records(dataset, drafts, author=author(request))
    return Status(201, said)


@router.post(
    "/evaluations/datasets/{dataset_id}/logs",
    auth=WRITE,
    operation_id="import_logs_by_oldest_name",
    response={200: MessageOut, FAILURES: ErrorOut},
)
@router.post(
    "/datasets/{dataset_id}/logs/create",
    auth=WRITE,
    operation_id="import_logs_by_older_name",
    response={200: MessageOut, FAILURES: ErrorOut},
)
@router.post(
    "/datasets/{dataset_id}/logs/import",
    auth=WRITE,
    operation_id="import_logs",
    response={200: MessageOut, FAILURES: ErrorOut},
)
def import_logs(request: KeyRequest, dataset_id: str, sent: ImportIn) -> MessageOut:
    dataset = dataset_of(request.auth, dataset_id)
    group = filter_group(sent.filters, log_field, connector=sent.operator)
    sample = sample_for(request.auth, dataset, sent.window(), group, sent.sampling_percentage)
    start_sample(dataset, sample, author=author(request))
    return MessageOut(message="Logs are being added to dataset in the background")


@router.delete(
    "/datasets/{dataset_id}/logs/delete",
    auth=WRITE,
    operation_id="remove_logs_by_older_name",
    response={200: MessageOut, FAILURES: ErrorOut},
)
@router.delete(
    "/datasets/{dataset_id}/logs/import",
    auth=WRITE,
    operation_id="remove_logs",
    response={200: MessageOut, FAILURES: ErrorOut},
)
def remove_logs(request: KeyRequest, dataset_id: str, sent: RemovalIn) -> MessageOut:
    dataset = dataset_of(request.auth, dataset_id)
    if not sent.filters and not sent.is_deleting_all_logs:
        raise FieldInvalidError("filters", "filters is required, or is_deleting_all_logs.")
    group = filter_group(
        {} if sent.is_deleting_all_logs else sent.filters, row_field, connector=sent.operator
    )
    start_erasure(dataset, group, author=author(request))
    return MessageOut(message="Logs are being removed from dataset in the background")


@router.get(
    "/datasets/{dataset_id}/logs/{unique_id}",
    auth=READ,
    operation_id="retrieve_dataset_log",
    response={200: RowOut, FAILURES: ErrorOut},
)
def retrieve_row(request: KeyRequest, dataset_id: str, unique_id: str) -> RowOut:
    return _say(request, row_of(dataset_of(request.auth, dataset_id), unique_id))


@router.patch(
    "/datasets/{dataset_id}/logs/{unique_id}",
    auth=WRITE,
    operation_id="update_dataset_log",
    response={200: RowOut, FAILURES: ErrorOut},
)
def change_row(request: KeyRequest, dataset_id: str, unique_id: str, patch: RowPatchIn) -> RowOut:
    record = row_of(dataset_of(request.auth, dataset_id), unique_id)
    return _say(request, rewrite_record(record, patch.changed, author=author(request)))


@router.put(
    "/datasets/{dataset_id}/logs/{unique_id}",
    auth=WRITE,
    operation_id="replace_dataset_log",
    response={200: RowOut, FAILURES: ErrorOut},
)
def replace_row(request: KeyRequest, dataset_id: str, unique_id: str, patch: RowPatchIn) -> RowOut:
    record = row_of(dataset_of(request.auth, dataset_id), unique_id)
    return _say(request, rewrite_record(record, patch.replaced, author=author(request)))


@router.delete(
    "/datasets/{dataset_id}/logs/{unique_id}",
    auth=WRITE,
    operation_id="delete_dataset_log",
    response={204: None, FAILURES: ErrorOut},
)
def remove_row(request: KeyRequest, dataset_id: str, unique_id: str) -> Status[None]:
    record = row_of(dataset_of(request.auth, dataset_id), unique_id)
    erase_records(request.auth.workspace, [record.id], author=author(request))
    return Status(204, None)


def _rows(
    request: KeyRequest,
    dataset: Dataset,
    wanted: RowsQueryIn,
    filters: dict[str, Any],
    *,
    connector: str = "AND",
) -> RowPageOut:
    place = wanted.place(SIZES)
    sort = wanted.sort_by or wanted.order_by
    if sort.removeprefix("-") not in _SORTS:
        raise SortError(f"Logs of a dataset cannot be sorted by {sort[:40]!r}; they can by unique_id.")
    group = filter_group(filters, row_field, connector=connector)
    described = filters_data(ROW_NAMES, COPY_FIELDS)
    with time_limit(READ_MS):
        count = _count(dataset, group)
        rows = _page(dataset, group, sort, place.offset, place.size) if place.offset < count else []
    return envelope(
        RowPageOut,
        request,
        place,
        count=count,
        results=[_listed(record, request, wanted.include_fields) for record in rows],
        current_filters=current_filters(filters),
        filters_data=described,
        filter_options=described,
    )


def _copy_logs(request: KeyRequest, dataset: Dataset, names: list[str]) -> Status[BulkOut]:
    """In the early form logs are named, and added in the background."""
    key = request.auth
    require_whole_workspace(key)
    start_named_sample(
        dataset, names, workspace=key.workspace, environment=key.environment, author=author(request)
    )
    return Status(201, BulkOut(success_count=len(names), error_count=0, errors=[]))


def _count(dataset: Dataset, group: Group) -> int:
    if not group:
        return dataset.record_count
    return Record.objects.in_dataset(dataset).matching_as_logs(group).count()


def _page(dataset: Dataset, group: Group, sort: str, offset: int, limit: int) -> list[Record]:
    if not group and not sort.startswith("-"):
        return list(records_at(dataset, offset, limit).only(*_SAID))
    rows = Record.objects.in_dataset(dataset).matching_as_logs(group)
    ordered = rows.in_reverse_order() if sort.startswith("-") else rows.in_order()
    ids: list[UUID] = list(ordered.values_list("id", flat=True)[offset : offset + limit])
    found = Record.objects.only(*_SAID).in_bulk(ids)
    return [found[record_id] for record_id in ids if record_id in found]


def _read(fields: Any) -> RecordDraft | str:
    """The draft, or what is wrong with the row."""
    try:
        draft = RowIn.model_validate(fields).to_draft()
        content_of(draft)
        check_meta(draft.meta)
    except ValidationError as error:
        return sentence_of([{**one, "loc": ("body", "row", *one["loc"])} for one in error.errors()])
    except RecordInvalidError as error:
        return str(error)
    return draft


def _listed(record: Record, request: KeyRequest, include: str) -> dict[str, Any]:
    said = RowOut.listed(record, str(request.auth.workspace_id)).model_dump()
    wanted = {"id", "unique_id", *(name.strip() for name in include.split(","))}
    return {name: value for name, value in said.items() if name in wanted} if include.strip() else said


def _say(request: KeyRequest, record: Record) -> RowOut:
    return RowOut.single(record, str(request.auth.workspace_id))
