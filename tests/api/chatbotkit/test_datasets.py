from __future__ import annotations

import time
from typing import Any

import pytest

from datasets.models import Dataset
from files.models import Sharing
from tests.api.chatbotkit.calls import Caller, refusal, said

ALL = {
    "alias": "support-1",
    "name": "Support",
    "description": "Mails",
    "meta": {"category": "mail", "deep": {"a": [1, None, 2.5]}, "big": 12345678901234567890123},
    "blueprintId": "blu_1",
    "store": "fast",
    "reranker": "best",
    "recordMaxTokens": 500,
    "searchMinScore": 0.5,
    "searchMaxRecords": 5,
    "searchMaxTokens": 4000,
    "matchInstruction": "Use it.",
    "mismatchInstruction": "",
    "separators": "##,\n",
    "visibility": "public",
}


def test_a_dataset_comes_back_with_all_that_was_given(api: Caller) -> None:
    now = time.time() * 1000
    dataset = said(api.get(f"/dataset/{api.created('/dataset/create', ALL)}/fetch"))
    assert {name: dataset[name] for name in ALL} == ALL
    assert isinstance(dataset["createdAt"], int)
    assert isinstance(dataset["updatedAt"], int)
    assert abs(dataset["createdAt"] - now) < 60_000


def test_nothing_is_required(api: Caller) -> None:
    dataset = said(api.get(f"/dataset/{api.created('/dataset/create', {})}/fetch"))
    assert dataset["store"] == "default"
    assert dataset["visibility"] == "private"
    assert dataset["meta"] == {}
    assert dataset["alias"] is dataset["recordMaxTokens"] is dataset["matchInstruction"] is None


def test_nulls_are_taken_and_unknown_keys_ignored(api: Caller) -> None:
    names = [name for name in ALL if name != "visibility"]
    dataset_id = api.created("/dataset/create", {**dict.fromkeys(names), "future": [1]})
    assert said(api.get(f"/dataset/{dataset_id}/fetch"))["name"] == ""


def test_an_update_changes_what_is_given(api: Caller) -> None:
    dataset_id = api.created("/dataset/create", ALL)
    before = said(api.get(f"/dataset/{dataset_id}/fetch"))
    for number in range(3):
        assert said(api.post(f"/dataset/{dataset_id}/update", {"name": f"New {number}"})) == {
            "id": dataset_id
        }
        after = said(api.get(f"/dataset/{dataset_id}/fetch"))
        assert after["updatedAt"] > before["updatedAt"]
        assert after == {**before, "name": f"New {number}", "updatedAt": after["updatedAt"]}
        before = after


def test_null_takes_a_value_away(api: Caller) -> None:
    dataset_id = api.created("/dataset/create", ALL)
    names = ("alias", "meta", "recordMaxTokens", "matchInstruction", "separators", "description")
    said(api.post(f"/dataset/{dataset_id}/update", dict.fromkeys(names)))
    after = said(api.get(f"/dataset/{dataset_id}/fetch"))
    assert [after[name] for name in names] == [None, {}, None, None, None, ""]
    assert after["searchMaxRecords"] == 5


def test_meta_is_replaced_or_merged_and_reserved_keys_are_left_out(api: Caller) -> None:
    dataset_id = api.created("/dataset/create", {"meta": {"a": 1, "b": 2, "_own": 3, "$x": 4, "ключ": 5}})

    def meta() -> Any:
        return said(api.get(f"/dataset/{dataset_id}/fetch"))["meta"]

    assert meta() == {"a": 1, "b": 2, "ключ": 5}
    said(api.post(f"/dataset/{dataset_id}/update", {"meta": {"$update": {"b": 3, "c": 4}}}))
    assert meta() == {"a": 1, "b": 3, "c": 4, "ключ": 5}
    said(api.post(f"/dataset/{dataset_id}/update", {"meta": {"d": 5}}))
    assert meta() == {"d": 5}


def test_the_store_is_given_once(api: Caller) -> None:
    dataset_id = api.created("/dataset/create", {"store": "fast"})
    said(api.post(f"/dataset/{dataset_id}/update", {"store": "slow", "reranker": "best"}))
    dataset = said(api.get(f"/dataset/{dataset_id}/fetch"))
    assert (dataset["store"], dataset["reranker"]) == ("fast", "best")


def test_an_alias_stands_for_the_id(api: Caller, stranger_api: Caller) -> None:
    dataset_id = api.created("/dataset/create", {"alias": "support"})
    assert said(api.get("/dataset/@support/fetch"))["id"] == dataset_id
    said(api.post("/dataset/@support/record/create", {"text": "Hello"}))
    refusal(stranger_api.get("/dataset/@support/fetch"), 404, "NOT_FOUND")
    assert "support" in refusal(api.post("/dataset/create", {"alias": "support"}), 409, "CONFLICT")
    said(api.post("/dataset/@support/update", {"alias": ""}))
    for reference in ("@support", "@", "@a%00b", "@Ä"):
        refusal(api.get(f"/dataset/{reference}/fetch"), 404, "NOT_FOUND")


def test_a_deleted_dataset_is_gone(api: Caller, dataset: Dataset) -> None:
    assert said(api.post(f"/dataset/{dataset.id}/delete")) == {"id": str(dataset.id)}
    refusal(api.get(f"/dataset/{dataset.id}/fetch"), 404, "NOT_FOUND")
    refusal(api.post(f"/dataset/{dataset.id}/delete"), 404, "NOT_FOUND")
    assert api.items("/dataset/list") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 5},
        {"name": "x" * 256},
        {"name": "a\x00b"},
        {"meta": [1]},
        {"meta": "text"},
        {"meta": {"a": "\x00"}},
        {"alias": "Big"},
        {"alias": "a" * 129},
        {"recordMaxTokens": 0},
        {"recordMaxTokens": "5"},
        {"recordMaxTokens": 2**40},
        {"searchMinScore": -1},
        {"searchMaxRecords": True},
        {"visibility": "secret"},
        {"reranker": 5},
        [],
        b"{",
        b"null",
        b'{"meta": {"a": NaN}}',
        b'{"meta": {"a": "\\ud800"}}',
        b'{"name": "\\ud800"}',
        b'{"reranker": "a\\ud800b"}',
        b"[" * 100_000,
    ],
)
def test_a_wrong_value_is_a_bad_request_and_changes_nothing(api: Caller, wrong: Any, db: None) -> None:
    refusal(api.post("/dataset/create", wrong), 400, "BAD_REQUEST")
    assert not Dataset.objects.exists()


def test_datasets_are_listed_by_meta(api: Caller) -> None:
    api.created("/dataset/create", {"name": "A", "meta": {"kind": "mail", "deep": {"level": 2}}})
    api.created("/dataset/create", {"name": "B", "meta": {"kind": "chat", "live": True}})

    def names(**query: str) -> list[str]:
        return [item["name"] for item in api.items("/dataset/list", **query)]

    assert names() == ["B", "A"]
    assert names(order="asc") == ["A", "B"]
    assert names(**{"meta.kind": "mail"}) == names(**{"meta[kind]": "mail"}) == ["A"]
    assert names(**{"meta.deep.level": "2"}) == names(**{"meta[deep][level]": "2"}) == ["A"]
    assert names(**{"meta.live": "true"}) == ["B"]
    assert names(**{"meta.kind": "chat", "meta.live": "false"}) == []
    assert names(**{"meta.kind": ""}) == ["B", "A"]


def test_a_public_dataset_is_still_only_its_owners_to_read(stranger_api: Caller, dataset: Dataset) -> None:
    Dataset.objects.update(sharing=Sharing.PUBLIC)
    for path in ("fetch", "record/list", "record/export"):
        refusal(stranger_api.get(f"/dataset/{dataset.id}/{path}"), 403, "NOT_AUTHORIZED")


def test_a_bound_key_opens_its_dataset_alone(
    api: Caller, bound_api: Caller, dataset: Dataset, stranger_dataset: Dataset
) -> None:
    other = api.created("/dataset/create", {})
    assert [item["id"] for item in bound_api.items("/dataset/list")] == [str(dataset.id)]
    said(bound_api.get(f"/dataset/{dataset.id}/fetch"))
    refusal(bound_api.get(f"/dataset/{other}/fetch"), 403, "NOT_AUTHORIZED")
    refusal(bound_api.post("/dataset/create", {}), 403, "NOT_AUTHORIZED")
