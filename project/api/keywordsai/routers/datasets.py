from __future__ import annotations

from django.db import transaction
from ninja import Query, Router, Status

from datasets.actions import create_dataset, delete_dataset, update_dataset
from datasets.models import Dataset, Job
from project.api.keys import KeyRequest, datasets_of, require_whole_workspace
from project.api.keywordsai.access import dataset_of
from project.api.keywordsai.auth import READ, WRITE, author
from project.api.keywordsai.dataset_fields import dataset_filter, matching
from project.api.keywordsai.errors import FAILURES, FieldInvalidError
from project.api.keywordsai.fields import log_field
from project.api.keywordsai.filters import current_filters, filter_group
from project.api.keywordsai.paging import Sizes, envelope
from project.api.keywordsai.sampling import sample_for
from project.api.keywordsai.schemas.datasets import (
    DatasetIn,
    DatasetOut,
    DatasetPageOut,
    DatasetPatchIn,
    DatasetsIn,
)
from project.api.keywordsai.schemas.errors import ErrorOut
from project.api.keywordsai.schemas.logs import FiltersIn
from project.lib.filters import Group
from project.lib.timelimits import time_limit
from records.actions import copy_records, start_sample
from records.selections import Selection
from threads.reading import READ_MS

router = Router(tags=["datasets"])

SIZES = Sizes(default=50, most=100)


@router.post(
    "/datasets/create",
    auth=WRITE,
    operation_id="create_dataset_by_older_name",
    response={201: DatasetOut, FAILURES: ErrorOut},
)
@router.post(
    "/datasets", auth=WRITE, operation_id="create_dataset", response={201: DatasetOut, FAILURES: ErrorOut}
)
def add_dataset(request: KeyRequest, draft: DatasetIn) -> Status[DatasetOut]:
    key = request.auth
    require_whole_workspace(key)
    source = dataset_of(key, draft.source_dataset_id) if draft.source_dataset_id else None
    name = draft.name or (source.name if source else "")
    if not name:
        raise FieldInvalidError("name", "name is required.")
    group = filter_group(draft.initial_log_filters, log_field)
    window = None if draft.is_empty or source else draft.window()
    with transaction.atomic():
        dataset = create_dataset(
            key.workspace,
            name=name,
            description=draft.description,
            owner=key.user,
            author=author(request),
            **draft.to_values(),
        )
        if window is not None:
            sample = sample_for(key, dataset, window, group, draft.sampling)
            start_sample(dataset, sample, author=author(request))
        if source is not None and source.record_count:
            everything = Selection(Group(), source.revision_number)
            copy_records(source, everything, target=dataset, author=author(request))
            dataset.refresh_from_db()
    return Status(201, _say(request, dataset))


@router.get(
    "/datasets",
    auth=READ,
    operation_id="list_datasets_at_root",
    response={200: DatasetPageOut, FAILURES: ErrorOut},
)
@router.get(
    "/datasets/list",
    auth=READ,
    operation_id="list_datasets",
    response={200: DatasetPageOut, FAILURES: ErrorOut},
)
def list_datasets(request: KeyRequest, wanted: Query[DatasetsIn]) -> DatasetPageOut:
    return _datasets(request, wanted, FiltersIn())


@router.post(
    "/datasets/list",
    auth=READ,
    operation_id="filter_datasets",
    response={200: DatasetPageOut, FAILURES: ErrorOut},
)
def filter_datasets(request: KeyRequest, wanted: Query[DatasetsIn], sent: FiltersIn) -> DatasetPageOut:
    return _datasets(request, wanted, sent)


@router.get(
    "/datasets/{dataset_id}",
    auth=READ,
    operation_id="retrieve_dataset",
    response={200: DatasetOut, FAILURES: ErrorOut},
)
def retrieve_dataset(request: KeyRequest, dataset_id: str) -> DatasetOut:
    return _say(request, dataset_of(request.auth, dataset_id))


@router.patch(
    "/datasets/{dataset_id}",
    auth=WRITE,
    operation_id="update_dataset",
    response={200: DatasetOut, FAILURES: ErrorOut},
)
def change_dataset(request: KeyRequest, dataset_id: str, patch: DatasetPatchIn) -> DatasetOut:
    dataset = update_dataset(
        dataset_of(request.auth, dataset_id),
        name=patch.name,
        description=patch.description,
        author=author(request),
        **patch.to_values(),
    )
    return _say(request, dataset)


@router.delete(
    "/datasets/{dataset_id}",
    auth=WRITE,
    operation_id="delete_dataset",
    response={204: None, FAILURES: ErrorOut},
)
def remove_dataset(request: KeyRequest, dataset_id: str) -> Status[None]:
    delete_dataset(dataset_of(request.auth, dataset_id), author=author(request))
    return Status(204, None)


def _datasets(request: KeyRequest, wanted: DatasetsIn, sent: FiltersIn) -> DatasetPageOut:
    place = wanted.place(SIZES)
    datasets = matching(datasets_of(request.auth), dataset_filter(wanted, sent))
    with time_limit(READ_MS):
        count = datasets.count()
        page = list(
            datasets.newest_first()[place.offset : place.offset + place.size] if place.offset < count else ()
        )
    statuses = Job.objects.last_samplings(dataset.id for dataset in page)
    results = [
        DatasetOut.from_dataset(dataset, request.auth.workspace, statuses.get(dataset.id)) for dataset in page
    ]
    return envelope(
        DatasetPageOut,
        request,
        place,
        count=count,
        results=results,
        current_filters=current_filters(sent.filters),
    )


def _say(request: KeyRequest, dataset: Dataset) -> DatasetOut:
    status = Job.objects.last_samplings([dataset.id]).get(dataset.id)
    return DatasetOut.from_dataset(dataset, request.auth.workspace, status)
