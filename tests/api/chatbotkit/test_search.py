from __future__ import annotations

from typing import Any

import pytest

from datasets.models import Dataset
from files.models import Sharing
from tests.api.chatbotkit.calls import Caller, refusal, said

METAS: tuple[dict[str, Any], ...] = (
    {"kind": "a", "price": 5},
    {"kind": "b", "price": 10.5, "ok": True},
    {"deep": {"n": 7}, "price": "20"},
    {},
)


@pytest.fixture
def shop(api: Caller, dataset: Dataset) -> str:
    """A dataset with four records about shipping, numbered."""
    for number, meta in enumerate(METAS):
        api.created(
            f"/dataset/{dataset.id}/record/create", {"text": f"Shipping takes days {number}", "meta": meta}
        )
    return f"/dataset/{dataset.id}"


def found(api: Caller, path: str, text: str = "shipping", **body: Any) -> list[str]:
    return sorted(
        hit["text"][-1] for hit in said(api.post(f"{path}/search", {"search": text, **body}))["records"]
    )


def test_a_record_is_found_when_its_create_has_returned_and_gone_when_deleted(
    api: Caller, dataset: Dataset
) -> None:
    path = f"/dataset/{dataset.id}"
    body = {"text": "Parcels come on Mondays", "source": "faq", "meta": {"a": 1}}
    record_id = api.created(f"{path}/record/create", body)
    answer = said(api.post(f"{path}/search", {"search": "Mondays"}))
    assert answer["id"] == str(dataset.id)
    [hit] = answer["records"]
    assert 0 < hit.pop("score") <= 1
    assert hit == {"id": record_id, **body}
    said(api.post(f"{path}/record/{record_id}/update", {"text": "Letters come on Tuesdays"}))
    assert said(api.post(f"{path}/search", {"search": "Tuesdays"}))["records"][0]["id"] == record_id
    said(api.post(f"{path}/record/{record_id}/delete"))
    assert said(api.post(f"{path}/search", {"search": "Tuesdays"}))["records"] == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, "0123"),
        ({}, "0123"),
        ({"kind": "a"}, "0"),
        ({"meta.kind": "a"}, "0"),
        ({"kind": {"$eq": "b"}, "ok": True}, "1"),
        ({"kind": {"$ne": "a"}}, "123"),
        ({"price": 5}, "0"),
        ({"price": {"$gt": 5}}, "1"),
        ({"price": {"$gte": 5}}, "01"),
        ({"price": {"$lt": 10.5}}, "0"),
        ({"meta.price": {"$lte": 10.5}}, "01"),
        ({"deep.n": {"$gt": 6}}, "2"),
        ({"deep.n": 7, "kind": "a"}, ""),
        ({"$.price ? (@ > 0)": {"$gt": 1}}, ""),
    ],
)
def test_a_filter_narrows_by_meta(api: Caller, shop: str, condition: Any, expected: str) -> None:
    assert "".join(found(api, shop, filter=condition)) == expected


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"search": ""},
        {"search": " \n"},
        {"search": 5},
        {"search": "a", "filter": []},
        {"search": "a", "filter": {"a": {"$gt": 1, "$lt": 2}}},
        {"search": "a", "filter": {"a": {}}},
        {"search": "a", "filter": {"a": {"$in": [1]}}},
        {"search": "a", "filter": {"a": {"$gt": "1"}}},
        {"search": "a", "filter": {"a": {"$gt": True}}},
        {"search": "a", "filter": {"a": None}},
        {"search": "a", "filter": {"a": [1]}},
        {"search": "a", "filter": {"a\x00": {"$gt": 1}}},
        {"search": "a", "filter": {"a": "\x00"}},
        b'{"search": "a", "filter": {"a": "\\ud800"}}',
    ],
)
def test_a_wrong_search_is_a_bad_request(api: Caller, shop: str, body: Any) -> None:
    refusal(api.post(f"{shop}/search", body), 400, "BAD_REQUEST")


def test_the_limits_of_the_dataset_hold(api: Caller, shop: str) -> None:
    said(api.post(f"{shop}/update", {"searchMaxRecords": 2}))
    assert len(found(api, shop)) == 2
    said(api.post(f"{shop}/update", {"searchMaxTokens": 6}))
    assert len(found(api, shop)) == 1
    said(api.post(f"{shop}/update", {"searchMaxTokens": None, "searchMinScore": 1.1}))
    assert found(api, shop) == []
    said(api.post(f"{shop}/update", {"searchMinScore": 0.2}))
    hits = said(api.post(f"{shop}/search", {"search": "How long does shipping take?"}))["records"]
    assert len(hits) == 2
    assert all(hit["score"] >= 0.2 for hit in hits)


def test_ten_are_found_unless_told(api: Caller, dataset: Dataset) -> None:
    for number in range(12):
        api.created(f"/dataset/{dataset.id}/record/create", {"text": f"shipping {number}"})
    assert len(found(api, f"/dataset/{dataset.id}")) == 10


def test_anothers_dataset_can_be_searched_when_it_is_public(stranger_api: Caller, shop: str) -> None:
    refusal(stranger_api.post(f"{shop}/search", {"search": "shipping"}), 403, "NOT_AUTHORIZED")
    Dataset.objects.update(sharing=Sharing.PROTECTED)
    refusal(stranger_api.post(f"{shop}/search", {"search": "shipping"}), 403, "NOT_AUTHORIZED")
    Dataset.objects.update(sharing=Sharing.PUBLIC)
    assert found(stranger_api, shop) == ["0", "1", "2", "3"]
