from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records.actions import add_records
from records.models import Record, RecordChange
from records.types import RecordDraft
from tests.api.chatbotkit.calls import Caller, refusal, said
from tests.factories.records import conversation

TEXT = "  Lines\nand “quotes”, tabs\t, שלום, 日本, 😀 =1+1 \r\n"
META = {"a": [1, {"b": None}], "price": 1.5, "big": 12345678901234567890123}


@pytest.fixture
def path(dataset: Dataset) -> str:
    return f"/dataset/{dataset.id}/record"


@pytest.fixture
def talk(dataset: Dataset, author: Author) -> Record:
    payload = {**conversation("apples?", "pears!"), "tools": [{"x": "\x00"}], "seed": 2**70}
    [record] = add_records(dataset, [RecordDraft(payload=payload, meta={"a": 1})], author=author)
    return record


def test_a_record_comes_back_verbatim(api: Caller, path: str) -> None:
    record_id = api.created(f"{path}/create", {"text": TEXT, "source": "file:///x", "meta": META})
    record = said(api.get(f"{path}/{record_id}/fetch"))
    assert record == {
        "id": record_id,
        "text": TEXT,
        "source": "file:///x",
        "meta": META,
        "createdAt": record["createdAt"],
        "updatedAt": record["createdAt"],
    }
    assert isinstance(record["createdAt"], int)


def test_only_a_text_is_required(api: Caller, path: str) -> None:
    record_id = api.created(f"{path}/create", {"text": "Hello", "meta": None, "source": None, "more": 1})
    record = said(api.get(f"{path}/{record_id}/fetch"))
    assert (record["meta"], record["source"]) == ({}, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": None},
        {"text": ""},
        {"text": " \n\t"},
        {"text": 5},
        {"text": "a\x00b"},
        {"text": "a", "meta": [1]},
        {"text": "a", "meta": {"b": "\x00"}},
        {"text": "a", "source": 5},
        {"text": "a", "source": "x" * 1025},
        b'{"text": "\\ud800"}',
        b"",
    ],
)
def test_a_wrong_record_is_a_bad_request(api: Caller, path: str, wrong: Any) -> None:
    refusal(api.post(f"{path}/create", wrong), 400, "BAD_REQUEST")
    assert not Record.objects.exists()


def test_an_update_changes_what_is_given(api: Caller, path: str) -> None:
    record_id = api.created(f"{path}/create", {"text": "one", "source": "web", "meta": {"a": 1}})
    before = said(api.get(f"{path}/{record_id}/fetch"))
    for change, result in (
        ({"text": "two"}, {"text": "two"}),
        ({"meta": {"b": 2}}, {"meta": {"b": 2}}),
        ({"meta": {"$update": {"c": 3}}}, {"meta": {"b": 2, "c": 3}}),
        ({"source": None}, {"source": None}),
        ({"text": "three", "source": "desk", "meta": {}}, {"text": "three", "source": "desk", "meta": {}}),
    ):
        assert said(api.post(f"{path}/{record_id}/update", change)) == {"id": record_id}
        after = said(api.get(f"{path}/{record_id}/fetch"))
        assert after["updatedAt"] > before["updatedAt"]
        assert after == {**before, **result, "updatedAt": after["updatedAt"]}
        before = after
    assert Revision.objects.filter(kind="update").count() == 5


@pytest.mark.parametrize(
    "wrong", [{"text": " "}, {"text": 5}, {"meta": []}, {"meta": 0}, {"source": "a\x00"}]
)
def test_a_wrong_update_changes_nothing(api: Caller, path: str, wrong: Any) -> None:
    record_id = api.created(f"{path}/create", {"text": "one"})
    before = said(api.get(f"{path}/{record_id}/fetch"))
    refusal(api.post(f"{path}/{record_id}/update", {"source": "desk", **wrong}), 400, "BAD_REQUEST")
    assert said(api.get(f"{path}/{record_id}/fetch")) == before


def test_a_conversation_is_read_as_its_transcript_and_kept(api: Caller, path: str, talk: Record) -> None:
    assert said(api.get(f"{path}/{talk.id}/fetch"))["text"] == "user: apples?\nassistant: pears!"
    said(api.post(f"{path}/{talk.id}/update", {"meta": {"b": 2}, "source": "desk"}))
    kept = Record.objects.get(pk=talk.pk)
    assert kept.payload == talk.payload
    assert (kept.form, kept.meta, kept.source) == ("conversation", {"b": 2}, "desk")


def test_a_text_written_onto_a_conversation_is_one_revision(api: Caller, path: str, talk: Record) -> None:
    said(api.post(f"{path}/{talk.id}/update", {"text": "plums", "meta": {"b": 2}}))
    assert said(api.get(f"{path}/{talk.id}/fetch"))["text"] == "plums"
    [change] = RecordChange.objects.all()
    assert (change.payload, change.meta) == (talk.payload, {"a": 1})
    dataset = talk.dataset
    assert (
        Record.objects.in_dataset(dataset)
        .matching(Condition("q", Operator.SEARCH, "plums"), dataset)
        .exists()
    )
    assert (
        not Record.objects.in_dataset(dataset)
        .matching(Condition("q", Operator.SEARCH, "pears"), dataset)
        .exists()
    )


def test_what_the_text_of_a_conversation_cannot_say_is_replaced(
    api: Caller, path: str, dataset: Dataset, author: Author
) -> None:
    add_records(dataset, [RecordDraft(payload=conversation("a\x00b\ud800c"))], author=author)
    assert api.items(f"{path}/list")[0]["text"] == "user: a\ufffdb\ufffdc"
    assert api.streamed(f"{path}/export")[0]["text"] == "user: a\ufffdb\ufffdc"


def test_a_deleted_record_is_gone(api: Caller, path: str) -> None:
    record_id = api.created(f"{path}/create", {"text": "one"})
    assert said(api.call("POST", f"{path}/{record_id}/delete")) == {"id": record_id}
    for response in (
        api.post(f"{path}/{record_id}/delete"),
        api.get(f"{path}/{record_id}/fetch"),
        api.post(f"{path}/{record_id}/update", {"text": "two"}),
    ):
        refusal(response, 404, "NOT_FOUND")
    assert api.items(f"{path}/list") == []
    assert not RecordChange.objects.exists()


def test_a_record_under_another_dataset_is_not_found(
    api: Caller, stranger_api: Caller, talk: Record, stranger_dataset: Dataset
) -> None:
    other = api.created("/dataset/create", {})
    for caller, dataset_id in ((api, other), (stranger_api, stranger_dataset.id)):
        for verb in ("update", "delete"):
            refusal(
                caller.post(f"/dataset/{dataset_id}/record/{talk.id}/{verb}", {"text": "x"}), 404, "NOT_FOUND"
            )
        refusal(caller.get(f"/dataset/{dataset_id}/record/{talk.id}/fetch"), 404, "NOT_FOUND")
        refusal(caller.get(f"/dataset/{dataset_id}/record/abc/fetch"), 404, "NOT_FOUND")
    assert Record.objects.filter(pk=talk.pk).exists()


@pytest.mark.parametrize("end", ["list", "export"])
def test_records_are_found_by_meta(api: Caller, path: str, end: str) -> None:
    for number, meta in enumerate(
        [{"kind": "a", "n": 5}, {"kind": "b", "ok": True}, {"deep": {"x": {"y": "z"}}}]
    ):
        api.created(f"{path}/create", {"text": f"record {number}", "meta": meta})

    def texts(**query: str) -> list[str]:
        rows = api.items(f"{path}/{end}", order="asc", **query)
        assert rows == api.streamed(f"{path}/{end}", order="asc", **query)
        return [row["text"][-1] for row in rows]

    assert texts() == ["0", "1", "2"]
    assert texts(**{"meta.kind": "a"}) == texts(**{"meta[kind]": "a"}) == texts(**{"meta.n": "5"}) == ["0"]
    assert texts(**{"meta.ok": "true"}) == ["1"]
    assert texts(**{"meta.deep.x.y": "z"}) == texts(**{"meta[deep.x.y]": "z"}) == ["2"]
    assert texts(**{"meta.kind": "b", "meta.ok": "true"}) == ["1"]
    assert texts(**{"meta.kind": "c"}) == []
    assert texts(datasetId="other", meta="x", unknown="y", **{"meta.": "x", "meta[]": "y"}) == ["0", "1", "2"]


def test_a_filter_that_cannot_be_looked_up_is_refused(api: Caller, path: str) -> None:
    for accept in ("application/json", "application/jsonl", "text/csv"):
        for query in ({"meta.a": "\x00"}, {"meta.a\x00": "x"}):
            response = api.call("GET", f"{path}/export", query=query, accept=accept)
            refusal(response, 400, "BAD_REQUEST")


def test_trashed_and_pending_records_are_not_shown(
    api: Caller, path: str, records: Sequence[Record], dataset: Dataset
) -> None:
    pending = Revision.objects.create(dataset=dataset, kind="import", door="page")
    Record.objects.filter(pk=records[0].pk).update(revision=pending)
    assert {row["id"] for row in api.items(f"{path}/list")} == {str(row.id) for row in records[1:]}
    assert len(api.streamed(f"{path}/export")) == 2
    refusal(api.get(f"{path}/{records[0].id}/fetch"), 404, "NOT_FOUND")
