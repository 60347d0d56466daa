from __future__ import annotations

from uuid import UUID

from ninja import Query, Router, Status

from datasets.actions import create_dataset, delete_dataset, update_dataset
from project.api.keys import KeyRequest, dataset_for, datasets_of, require_whole_workspace
from project.api.mistral.auth import READ, WRITE, author
from project.api.mistral.errors import FAILURES
from project.api.mistral.paging import numbered_page
from project.api.mistral.schemas.datasets import (
    DatasetIn,
    DatasetOut,
    DatasetPageOut,
    DatasetPatchIn,
    DatasetsIn,
    DatasetsOut,
)
from project.api.mistral.schemas.errors import ErrorOut

router = Router(tags=["datasets"])


@router.get(
    "/datasets", auth=READ, operation_id="list_datasets", response={200: DatasetsOut, FAILURES: ErrorOut}
)
def list_datasets(request: KeyRequest, wanted: Query[DatasetsIn]) -> DatasetsOut:
    datasets = datasets_of(request.auth).named_like(wanted.q)
    page = numbered_page(
        DatasetPageOut,
        request,
        wanted,
        count=datasets.count(),
        rows=lambda offset, limit: [
            DatasetOut.from_dataset(dataset) for dataset in datasets.newest_first()[offset : offset + limit]
        ],
    )
    return DatasetsOut(datasets=page)


@router.post(
    "/datasets", auth=WRITE, operation_id="create_dataset", response={201: DatasetOut, FAILURES: ErrorOut}
)
def add_dataset(request: KeyRequest, draft: DatasetIn) -> Status[DatasetOut]:
    key = request.auth
    require_whole_workspace(key)
    dataset = create_dataset(
        key.workspace, name=draft.name, description=draft.description, owner=key.user, author=author(request)
    )
    return Status(201, DatasetOut.from_dataset(dataset))


@router.get(
    "/datasets/{dataset_id}",
    auth=READ,
    operation_id="fetch_dataset",
    response={200: DatasetOut, FAILURES: ErrorOut},
)
def fetch_dataset(request: KeyRequest, dataset_id: UUID) -> DatasetOut:
    return DatasetOut.from_dataset(dataset_for(request.auth, dataset_id))


@router.patch(
    "/datasets/{dataset_id}",
    auth=WRITE,
    operation_id="update_dataset",
    response={200: DatasetOut, FAILURES: ErrorOut},
)
def change_dataset(request: KeyRequest, dataset_id: UUID, patch: DatasetPatchIn) -> DatasetOut:
    dataset = dataset_for(request.auth, dataset_id)
    changed = update_dataset(dataset, name=patch.name, description=patch.description, author=author(request))
    return DatasetOut.from_dataset(changed)


@router.delete(
    "/datasets/{dataset_id}",
    auth=WRITE,
    operation_id="delete_dataset",
    response={204: None, FAILURES: ErrorOut},
)
def remove_dataset(request: KeyRequest, dataset_id: UUID) -> Status[None]:
    delete_dataset(dataset_for(request.auth, dataset_id), author=author(request))
    return Status(204, None)
