from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from datasets.models import Dataset, Door, Revision
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib import jsontext
from records.actions import add_records
from records.models import Record, RecordChange
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.datasets import DatasetFactory
from tests.factories.records import RecordDraftFactory, TextDraftFactory

UNKNOWN = "00000000-0000-7000-8000-000000000000"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small",
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "hologram", "x": None}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"arguments": {}}}]},
        {"role": "oracle", "content": "Grüße, 世界", "weight": 0.5},
    ],
    "tools": [],
    "nothing": None,
}


def test_a_record_is_created_and_said_back_as_it_was_sent(api: Caller, dataset: Dataset) -> None:
    sent = {"payload": PAYLOAD, "properties": {"category": "a", "deep": {"list": [1, None, {}]}}}
    body = said(api.post(f"/datasets/{dataset.id}/records", sent), 201)
    record = Record.objects.get()
    assert body == {
        "id": str(record.id),
        "created_at": record.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": record.updated_at.isoformat().replace("+00:00", "Z"),
        "deleted_at": None,
        "dataset_id": str(dataset.id),
        **sent,
        "source": "DIRECT_INPUT",
    }
    assert said(api.get(f"/dataset-records/{record.id}")) == body


def test_the_keys_of_a_payload_keep_their_order(api: Caller, dataset: Dataset) -> None:
    raw = b'{"payload":{"z":1,"messages":[],"a":2}}'
    response = api.post(f"/datasets/{dataset.id}/records", raw)
    assert b'"payload":{"z":1,"messages":[],"a":2}' in response.content


def test_a_created_record_is_one_revision_by_the_key_through_this_door(
    api: Caller, dataset: Dataset, alice: User
) -> None:
    said(api.post(f"/datasets/{dataset.id}/records", {"payload": PAYLOAD}), 201)
    revision = Revision.objects.get()
    assert (revision.number, revision.added, revision.door) == (1, 1, Door.MISTRAL)
    assert revision.user == alice
    assert revision.api_key_id is not None


@pytest.mark.parametrize("body", [{}, {"properties": None}, {"source": "TELEMETRY_SPAN"}])
def test_missing_properties_are_empty_and_a_source_is_ignored(
    api: Caller, dataset: Dataset, body: dict[str, Any]
) -> None:
    created = said(api.post(f"/datasets/{dataset.id}/records", {"payload": PAYLOAD, **body}), 201)
    assert created["properties"] == {}
    assert created["source"] == "DIRECT_INPUT"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"{}", "VALIDATION_ERROR", "payload is required."),
        (b'{"payload": []}', "VALIDATION_ERROR", "payload should be a JSON object."),
        (b'{"payload": null}', "VALIDATION_ERROR", "payload should be a JSON object."),
        (b'{"payload": {"messages": []}, "properties": [1]}', "VALIDATION_ERROR", "properties should be"),
        (b'{"payload": {}}', "DATASET_RECORD_FORMAT_ERROR", "payload.messages must be a list"),
        (b'{"payload": {"messages": {}}}', "DATASET_RECORD_FORMAT_ERROR", "payload.messages must be a list"),
        (b'{"payload": {"messages": [1]}}', "DATASET_RECORD_FORMAT_ERROR", "payload.messages[0] must be"),
        (b'{"payload": {"messages": []}, "properties": {"a": "\\u0000"}}', None, "NUL"),
        (b'{"payload": {"messages": []}, "properties": {"\\ud800": 1}}', None, "surrogate"),
        (b"[]", "VALIDATION_ERROR", "the body"),
        (b'"text"', "VALIDATION_ERROR", "the body"),
        (b"null", "VALIDATION_ERROR", "the body"),
        (b"", "VALIDATION_ERROR", "the body is required."),
        (b"{", "VALIDATION_ERROR", "The body cannot be read: not valid JSON"),
        (b'{"payload": NaN}', "VALIDATION_ERROR", "NaN is not JSON"),
        (b'{"payload": 1e999}', "VALIDATION_ERROR", "out of range"),
        (b"\xff{}", "VALIDATION_ERROR", "invalid UTF-8 at byte 1"),
        (b'{"payload": {"messages": [], "n": 1' + b"0" * 5000 + b"}}", "VALIDATION_ERROR", "4,300 digits"),
        (b'{"payload": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "VALIDATION_ERROR", "deep"),
    ],
)
def test_what_is_no_record_is_refused_in_one_sentence(
    api: Caller, dataset: Dataset, body: bytes, code: str | None, words: str
) -> None:
    response = api.post(f"/datasets/{dataset.id}/records", body)
    assert words in refusal(response, 422, code or "DATASET_RECORD_FORMAT_ERROR")
    assert not Record.objects.exists()


@pytest.mark.parametrize("depth", [200, 400, 800, 950, 1020])
def test_deep_nesting_is_kept_or_refused_but_never_a_fault(api: Caller, dataset: Dataset, depth: int) -> None:
    raw = b'{"payload":{"messages":[],"deep":' + b"[" * depth + b"]" * depth + b"}}"
    response = api.post(f"/datasets/{dataset.id}/records", raw)
    assert response.status_code in {201, 422}
    if response.status_code == 201:
        assert b"[" * depth + b"]" * depth in api.get(f"/datasets/{dataset.id}/records").content


whole_numbers = st.integers(-(10**40), 10**40)
texts = st.text(st.characters(codec=None), max_size=20)  # Surrogates and NUL included.
json_values = st.recursive(
    st.none() | st.booleans() | whole_numbers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.dictionaries(texts, json_values, max_size=5), content=json_values)
def test_any_json_in_a_payload_comes_back_equal(
    api: Caller, dataset: Dataset, extra: dict[str, Any], content: Any
) -> None:
    payload = {**extra, "messages": [{"role": "user", "content": content}]}
    raw = jsontext.serialise({"payload": payload}).encode()
    created = api.post(f"/datasets/{dataset.id}/records", raw)
    assert created.status_code == 201, created.content
    answer = jsontext.parse_exact(created.content)
    assert answer["payload"] == payload
    fetched = api.get(f"/dataset-records/{answer['id']}")
    assert jsontext.parse_exact(fetched.content)["payload"] == payload


def test_numbers_beyond_64_bits_survive_in_properties_too(api: Caller, dataset: Dataset) -> None:
    raw = b'{"payload":{"messages":[]},"properties":{"n":123456789012345678901234567890}}'
    created = api.post(f"/datasets/{dataset.id}/records", raw)
    assert b'"properties":{"n":123456789012345678901234567890}' in created.content
    assert b"123456789012345678901234567890" in api.get(f"/datasets/{dataset.id}/records").content


def test_a_text_record_is_said_as_the_message_of_a_user(
    api: Caller, dataset: Dataset, author: Author
) -> None:
    [record] = add_records(dataset, [TextDraftFactory.build(text='A "chunk".\n')], author=author)
    assert said(api.get(f"/dataset-records/{record.id}"))["payload"] == {
        "messages": [{"role": "user", "content": 'A "chunk".\n'}]
    }


def test_an_update_of_the_payload_replaces_it_and_keeps_the_rest(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    path = f"/dataset-records/{records[0].id}"
    api.put(f"{path}/properties", {"properties": {"kept": True}})
    response = api.put(f"{path}/payload", {"payload": PAYLOAD})
    assert (response.status_code, response.content) == (204, b"")
    after = said(api.get(path))
    assert after["payload"] == PAYLOAD
    assert after["properties"] == {"kept": True}
    assert after["updated_at"] > after["created_at"]
    assert RecordChange.objects.of_record(records[0]).count() == 2


def test_an_update_of_the_properties_replaces_all_of_them(api: Caller, records: Sequence[Record]) -> None:
    path = f"/dataset-records/{records[0].id}"
    assert api.put(f"{path}/properties", {"properties": {"a": 1}}).status_code == 204
    assert api.put(f"{path}/properties", {"properties": {"b": 2}}).status_code == 204
    assert said(api.get(path))["properties"] == {"b": 2}
    assert api.put(f"{path}/properties", {"properties": {}}).status_code == 204
    assert said(api.get(path))["properties"] == {}


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("payload", {}),
        ("payload", {"payload": None}),
        ("payload", {"payload": "text"}),
        ("payload", {"payload": {"messages": "text"}}),
        ("properties", {}),
        ("properties", {"properties": None}),
        ("properties", {"properties": [1]}),
        ("properties", {"properties": {"a": "\x00"}}),
    ],
)
def test_a_bad_update_changes_nothing(
    api: Caller, records: Sequence[Record], part: str, body: dict[str, Any]
) -> None:
    path = f"/dataset-records/{records[0].id}"
    before = said(api.get(path))
    assert api.put(f"{path}/{part}", body).status_code == 422
    assert said(api.get(path)) == before


def test_a_deleted_record_is_gone_with_its_old_values(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    path = f"/dataset-records/{records[0].id}"
    api.put(f"{path}/properties", {"properties": {"a": 1}})
    response = api.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    for method, part, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("PUT", "/payload", {"payload": PAYLOAD}),
        ("PUT", "/properties", {"properties": {}}),
    ):
        refusal(api.call(method, path + part, body), 404, "DATASET_RECORD_NOT_FOUND")
    assert not RecordChange.objects.exists()
    assert said(api.get(f"/datasets/{dataset.id}/records"))["records"]["count"] == 2


def test_a_record_of_a_deleted_dataset_is_not_found(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    api.delete(f"/datasets/{dataset.id}")
    refusal(api.get(f"/dataset-records/{records[0].id}"), 404, "DATASET_RECORD_NOT_FOUND")


def test_many_records_of_several_datasets_are_deleted_at_once(
    api: Caller,
    workspace: Workspace,
    dataset: Dataset,
    alice: User,
    author: Author,
    records: Sequence[Record],
) -> None:
    other = DatasetFactory.create(workspace=workspace, owner=alice)
    more = add_records(other, RecordDraftFactory.build_batch(2), author=author)
    ids = [str(records[0].id), str(records[2].id), str(more[0].id), str(more[0].id)]
    response = api.post("/dataset-records/bulk-delete", {"dataset_record_ids": ids})
    assert (response.status_code, response.content) == (204, b"")
    assert set(Record.objects.values_list("id", flat=True)) == {records[1].id, more[1].id}


def test_an_unknown_id_among_many_deletes_none(api: Caller, records: Sequence[Record]) -> None:
    body = {"dataset_record_ids": [str(records[0].id), UNKNOWN]}
    message = refusal(api.post("/dataset-records/bulk-delete", body), 404, "DATASET_RECORD_NOT_FOUND")
    assert UNKNOWN in message
    assert Record.objects.count() == 3


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([], "dataset_record_ids should have at least 1 item"),
        ([UNKNOWN] * 501, "dataset_record_ids should have at most 500 items"),
        ([UNKNOWN, "abc"], "dataset_record_ids[1] should be a valid UUID"),
        ("abc", "dataset_record_ids should be a valid list"),
    ],
)
def test_a_bulk_deletion_keeps_to_its_bounds(api: Caller, db: None, ids: object, words: str) -> None:
    response = api.post("/dataset-records/bulk-delete", {"dataset_record_ids": ids})
    assert words in refusal(response, 422, "VALIDATION_ERROR")


def test_the_list_shows_records_in_the_order_of_their_making(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    page = said(api.get(f"/datasets/{dataset.id}/records"))["records"]
    assert [row["id"] for row in page["results"]] == [str(record.id) for record in records]
    assert page["results"][0] == said(api.get(f"/dataset-records/{records[0].id}"))


def test_trashed_records_are_in_no_list(api: Caller, dataset: Dataset, records: Sequence[Record]) -> None:
    """Nothing of this dialect trashes, but the pages do."""
    Record.objects.filter(pk=records[0].pk).update(trashed_at=records[0].created_at)
    refusal(api.get(f"/dataset-records/{records[0].id}"), 404, "DATASET_RECORD_NOT_FOUND")


def test_the_list_costs_four_queries_at_any_length(
    api: Caller,
    dataset: Dataset,
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    add_records(dataset, RecordDraftFactory.build_batch(120), author=author)
    said(api.get(f"/datasets/{dataset.id}/records"))
    for size in (2, 100):
        with django_assert_num_queries(4):  # The key, the dataset, the block, the rows.
            said(api.get(f"/datasets/{dataset.id}/records", page_size=size, page=1))
    with django_assert_num_queries(2):
        said(api.get(f"/datasets/{dataset.id}/records", page_size=0))


def test_a_bound_key_reaches_the_records_of_its_dataset_alone(
    bound_api: Caller,
    workspace: Workspace,
    dataset: Dataset,
    alice: User,
    author: Author,
    records: Sequence[Record],
) -> None:
    other = DatasetFactory.create(workspace=workspace, owner=alice)
    [foreign] = add_records(other, RecordDraftFactory.build_batch(1), author=author)
    said(bound_api.get(f"/dataset-records/{records[0].id}"))
    refusal(bound_api.get(f"/dataset-records/{foreign.id}"), 403, "AUTH_FORBIDDEN")
    refusal(bound_api.delete(f"/dataset-records/{foreign.id}"), 403, "AUTH_FORBIDDEN")
    body = {"dataset_record_ids": [str(records[0].id), str(foreign.id)]}
    refusal(bound_api.post("/dataset-records/bulk-delete", body), 403, "AUTH_FORBIDDEN")
    refusal(bound_api.post(f"/datasets/{dataset.id}/imports/from-dataset", body), 403, "AUTH_FORBIDDEN")
    assert Record.objects.count() == 4


def test_the_answer_is_compact_json_with_times_in_utc(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    response = api.get(f"/dataset-records/{records[0].id}")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response.content == orjson.dumps(orjson.loads(response.content))
    assert said(response)["created_at"].endswith("Z")
