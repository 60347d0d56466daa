from __future__ import annotations

from collections.abc import Iterator

from ninja import Router

from datasets.models import Dataset
from project.api.chatbotkit.access import searchable_dataset
from project.api.chatbotkit.auth import READ
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.filters import filter_group
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.chatbotkit.schemas.search import HitOut, HitsOut, SearchIn
from project.api.keys import KeyRequest
from records.search import BOTH, MEANING, Hit, search_records

router = Router(tags=["search"], by_alias=True)

DEFAULT_RECORDS = 10
MOST_RECORDS = 1_000


@router.post(
    "/dataset/{dataset_id}/search",
    auth=READ,
    operation_id="search_dataset",
    response={200: HitsOut, FAILURES: ErrorOut},
)
def search_dataset(request: KeyRequest, dataset_id: str, wanted: SearchIn) -> HitsOut:
    condition = filter_group(wanted.filter or {})
    dataset = searchable_dataset(request.auth, dataset_id)
    # A least score is about similarity; the fused score of both ways says only which came first.
    has_bar = bool(dataset.search_min_score)
    found = search_records(
        dataset,
        wanted.search,
        mode=MEANING if has_bar else BOTH,
        condition=condition,
        limit=min(dataset.search_max_records or DEFAULT_RECORDS, MOST_RECORDS),
        min_score=dataset.search_min_score if has_bar else None,
    )
    return HitsOut(
        id=dataset.id, records=[HitOut.from_hit(hit) for hit in _within_tokens(dataset, found.hits)]
    )


def _within_tokens(dataset: Dataset, hits: list[Hit]) -> Iterator[Hit]:
    """The best ones that together have no more tokens than the dataset allows."""
    left = dataset.search_max_tokens
    for hit in hits:
        if left is not None:
            left -= hit.record.tokens
            if left < 0:
                return
        yield hit
