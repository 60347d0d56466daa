from __future__ import annotations

from django.http import HttpResponseBase
from ninja import Query, Router

from datasets.actions import create_dataset, delete_dataset, update_dataset
from project.api.chatbotkit.access import dataset_of
from project.api.chatbotkit.auth import READ, WRITE, author
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.filters import meta_query
from project.api.chatbotkit.paging import Keyset, ListIn, answer
from project.api.chatbotkit.schemas.base import IdOut
from project.api.chatbotkit.schemas.datasets import DatasetIn, DatasetOut, DatasetPageOut, DatasetPatchIn
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.keys import KeyRequest, datasets_of, require_whole_workspace

router = Router(tags=["datasets"], by_alias=True)


@router.post(
    "/dataset/create", auth=WRITE, operation_id="create_dataset", response={200: IdOut, FAILURES: ErrorOut}
)
def add_dataset(request: KeyRequest, draft: DatasetIn) -> IdOut:
    key = request.auth
    require_whole_workspace(key)
    dataset = create_dataset(
        key.workspace,
        name=draft.name or "",
        description=draft.description or "",
        owner=key.user,
        author=author(request),
        **draft.to_values(),
    )
    return IdOut(id=dataset.id)


@router.get(
    "/dataset/list",
    auth=READ,
    operation_id="list_datasets",
    response={200: DatasetPageOut, FAILURES: ErrorOut},
)
def list_datasets(request: KeyRequest, wanted: Query[ListIn]) -> DatasetPageOut | HttpResponseBase:
    datasets = datasets_of(request.auth).filter(meta_query(request))
    rows = Keyset(datasets, is_ascending=wanted.is_ascending)
    return answer(DatasetPageOut, request, wanted, rows, DatasetOut.from_dataset, DatasetOut)


@router.get(
    "/dataset/{dataset_id}/fetch",
    auth=READ,
    operation_id="fetch_dataset",
    response={200: DatasetOut, FAILURES: ErrorOut},
)
def fetch_dataset(request: KeyRequest, dataset_id: str) -> DatasetOut:
    return DatasetOut.from_dataset(dataset_of(request.auth, dataset_id))


@router.post(
    "/dataset/{dataset_id}/update",
    auth=WRITE,
    operation_id="update_dataset",
    response={200: IdOut, FAILURES: ErrorOut},
)
def change_dataset(request: KeyRequest, dataset_id: str, patch: DatasetPatchIn) -> IdOut:
    dataset = update_dataset(
        dataset_of(request.auth, dataset_id),
        author=author(request),
        name=patch.text_of("name"),
        description=patch.text_of("description"),
        **patch.to_values(),
    )
    return IdOut(id=dataset.id)


@router.post(
    "/dataset/{dataset_id}/delete",
    auth=WRITE,
    operation_id="delete_dataset",
    response={200: IdOut, FAILURES: ErrorOut},
)
def remove_dataset(request: KeyRequest, dataset_id: str) -> IdOut:
    dataset = dataset_of(request.auth, dataset_id)
    delete_dataset(dataset, author=author(request))
    return IdOut(id=dataset.id)
