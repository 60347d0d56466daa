from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

from datasets.events import log_event
from datasets.models import Dataset, Event
from project.accounts.models import Workspace
from project.api.chatbotkit import subscriptions
from tests.api.chatbotkit.calls import Caller, refusal, said


@pytest.fixture
def log(api: Caller, workspace: Workspace, dataset: Dataset) -> list[Event]:
    """Three events, oldest first."""
    return [
        log_event(workspace.id, "dataset.create", dataset_id=dataset.id, meta={"name": "A"}),
        log_event(workspace.id, "file.sync.start", dataset_id=dataset.id, file_id=dataset.id, meta={"n": 1}),
        log_event(workspace.id, "dataset.create", dataset_id=workspace.id, meta={"name": "B"}),
    ]


def test_an_event_has_its_ids_times_and_meta(api: Caller, log: list[Event], dataset: Dataset) -> None:
    event = api.items("/event/log/list", order="asc")[1]
    assert event == {
        "id": str(log[1].id),
        "type": "file.sync.start",
        "meta": {"n": 1},
        "datasetId": str(dataset.id),
        "fileId": str(dataset.id),
        "recordId": None,
        "createdAt": event["createdAt"],
        "updatedAt": event["createdAt"],
    }
    assert isinstance(event["createdAt"], int)


def test_what_happens_through_the_dialect_is_in_the_log(api: Caller) -> None:
    dataset_id = api.created("/dataset/create", {})
    record_id = api.created(f"/dataset/{dataset_id}/record/create", {"text": "Hello"})
    said(api.post(f"/dataset/{dataset_id}/record/{record_id}/update", {"text": "Bye"}))
    said(api.post(f"/dataset/{dataset_id}/record/{record_id}/delete"))
    said(api.post(f"/dataset/{dataset_id}/delete"))
    events = api.items("/event/log/list", datasetId=dataset_id, order="asc")
    assert [event["type"] for event in events] == [
        "dataset.create", "record.create", "record.update", "record.delete", "dataset.delete",
    ]  # fmt: skip
    assert events[1]["recordId"] == record_id


def test_events_are_filtered(api: Caller, log: list[Event], dataset: Dataset, workspace: Workspace) -> None:
    def places(**query: str) -> str:
        rows = api.items("/event/log/export", order="asc", **query)
        assert rows == api.streamed("/event/log/export", order="asc", **query)
        return "".join(str([str(event.id) for event in log].index(row["id"])) for row in rows)

    ours, other = str(dataset.id), str(workspace.id)
    assert places() == "012"
    assert places(type="dataset.create") == "02"
    assert places(type="dataset.create,file.sync.start") == "012"
    assert places(datasetId=ours) == places(**{"filter[datasetId]": ours}) == "01"
    assert places(datasetId=f"{ours}, {other}") == "012"
    assert places(datasetId=ours, fileId=ours) == "1"
    assert places(recordId=ours) == places(datasetId="abc") == places(botId="bot_1") == ""
    assert places(**{"meta.name": "B"}) == "2"
    assert places(**{"meta[n]": "1"}) == "1"
    assert places(unknown="x", recordId="", botId="") == "012"


def test_a_bound_key_reads_its_datasets_events(bound_api: Caller, log: list[Event]) -> None:
    assert len(bound_api.items("/event/log/list")) == 2


def test_a_strangers_log_is_their_own(stranger_api: Caller, log: list[Event], dataset: Dataset) -> None:
    assert stranger_api.items("/event/log/list", datasetId=str(dataset.id)) == []


def opened(api: Caller, body: Any) -> Any:
    response: Any = api.post("/event/log/subscribe", body)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/jsonl"
    return response


def hung_up(response: Any) -> None:
    """As Django's test client ends a stream: the test's transaction stays open."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def test_a_subscription_begins_with_history_and_goes_on(
    api: Caller, log: list[Event], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "POLL_SECONDS", 0.01)
    response = opened(api, {"historyLength": 2})
    lines = iter(response.streaming_content)
    past = [json.loads(line) for line in itertools.islice(lines, 2)]
    assert [line["data"]["id"] for line in past] == [str(event.id) for event in log[1:]]
    late = log_event(workspace.id, "late")
    assert json.loads(next(lines)) == {"type": "item", "data": api.items("/event/log/list")[0]}
    assert api.items("/event/log/list")[0]["id"] == str(late.id)
    hung_up(response)
    assert list(lines) == []


def test_an_event_whose_transaction_ends_late_is_not_missed(
    api: Caller, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "POLL_SECONDS", 0.01)
    response = opened(api, {})
    lines = iter(response.streaming_content)
    early = Event(workspace=workspace, type="early")
    log_event(workspace.id, "late")
    assert json.loads(next(lines))["data"]["type"] == "late"
    early.save(force_insert=True)
    assert json.loads(next(lines))["data"]["type"] == "early"
    hung_up(response)


def test_only_some_may_listen_at_once_and_a_place_comes_free(api: Caller, log: list[Event]) -> None:
    listening = [opened(api, {}) for _ in range(subscriptions.MAX_LISTENERS)]
    refusal(api.post("/event/log/subscribe", {}), 429, "TOO_MANY_REQUESTS")
    hung_up(listening.pop())
    listening.append(opened(api, {"historyLength": None}))
    for response in listening:
        hung_up(response)
        hung_up(response)
    hung_up(opened(api, {}))


@pytest.mark.parametrize("length", [-1, 1_001, "5", 1.5])
def test_a_wrong_history_is_a_bad_request(api: Caller, length: Any) -> None:
    refusal(api.post("/event/log/subscribe", {"historyLength": length}), 400, "BAD_REQUEST")
