"""What a user of the releases with events, judges and campaigns does, call by call. The logs were sent before."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx

JUDGE: dict[str, Any] = {
    "name": "Contentment",
    "description": "Is the user content?",
    "model_name": "small-judge",
    "output": {
        "type": "CLASSIFICATION",
        "options": [
            {"value": "good", "description": "The user is content."},
            {"value": "bad", "description": "The user is not."},
        ],
    },
    "instructions": "Was the user content with {{ assistant_message }}?",
    "tools": [],
}


def send_logs(url: str, key: str, *, model: str, number: int) -> str:
    """As an application sends them, all of one thread, whose id is answered."""
    thread = f"thread-{uuid4().hex}"
    logs = [
        {
            "model": model,
            "prompt_messages": [{"role": "user", "content": f"Question {n}: where is my parcel?"}],
            "completion_message": {"role": "assistant", "content": f"Answer {n}: at your door."},
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "thread_identifier": thread,
            "metadata": {"plan": "pro"},
        }
        for n in range(number)
    ]
    headers = {"Authorization": f"Bearer {key}"}
    sent = httpx.post(f"{url}/api/request-logs/batch/create/", json={"logs": logs}, headers=headers)
    assert sent.status_code == 201, sent.text
    return thread


def filters_of(model: str) -> dict[str, Any]:
    return {"filters": {"AND": [{"field": "model_name", "op": "eq", "value": model}]}}


def walk_events(client: Any, model: str, thread: str) -> None:
    events = client.beta.observability.chat_completion_events
    found, cursor = [], None
    while True:
        fields = ["last_user_message_preview", "metadata", "timestamp", "invoked_tools"]
        page = events.search(
            search_params=filters_of(model), page_size=2, cursor=cursor, extra_fields=fields
        ).completion_events
        found += page.results
        cursor = page.cursor
        if page.next is None:
            break
    assert len(found) == 5
    assert found[0].extra_fields["last_user_message_preview"].startswith("Question 4")
    assert found[0].created_at.tzinfo is not None
    ids = events.search_ids(search_params=filters_of(model)).completion_event_ids
    assert ids == [event.event_id for event in found]
    event = events.fetch(event_id=ids[0])
    assert event.response_messages[0]["content"] == "Answer 4: at your door."
    assert (event.nb_input_tokens, event.nb_messages) == (10, 2)
    similar = events.fetch_similar_events(event_id=ids[0]).completion_events.results
    assert ids[0] not in [one.event_id for one in similar]
    assert set(ids[1:]) <= {one.event_id for one in similar}


def walk_fields(client: Any, model: str, thread: str) -> None:
    fields = client.beta.observability.chat_completion_events.fields
    listed = {field.name: field for field in fields.list().field_definitions}
    assert listed["timestamp"].type == "TIMESTAMP"
    assert model in fields.fetch_options(field_name="model_name", operator="eq").options
    counts = fields.fetch_option_counts(field_name="model_name", filter_params=filters_of(model)).counts
    assert [(count.value, count.count) for count in counts] == [(model, 5)]


def walk_event_imports(client: Any, model: str, thread: str) -> None:
    observability = client.beta.observability
    datasets = observability.datasets
    dataset = datasets.create(name="Walk of events", description="")
    ids = observability.chat_completion_events.search_ids(
        search_params=filters_of(model)
    ).completion_event_ids
    task = datasets.import_from_explorer(dataset_id=dataset.id, completion_event_ids=ids[:2])
    assert ended(lambda: datasets.fetch_task(dataset_id=dataset.id, task_id=task.id)).status == "COMPLETED"
    talk = datasets.import_from_playground(dataset_id=dataset.id, conversation_ids=[thread])
    assert ended(lambda: datasets.fetch_task(dataset_id=dataset.id, task_id=talk.id)).status == "COMPLETED"
    rows = datasets.list_records(dataset_id=dataset.id).records.results
    assert [row.source for row in rows] == ["EXPLORER", "EXPLORER", "PLAYGROUND"]
    turns = [message["content"] for message in rows[2].payload["messages"]]
    assert turns == [
        part
        for n in range(5)
        for part in (f"Question {n}: where is my parcel?", f"Answer {n}: at your door.")
    ]
    assert rows[2].properties == {"plan": "pro"}


def walk_judges_and_campaigns(client: Any, model: str, thread: str) -> None:
    """On a server that has no model: it selects, and says that it does not judge."""
    observability = client.beta.observability
    judges, campaigns = observability.judges, observability.campaigns
    judge = judges.create(**{**JUDGE, "name": f"Judge {uuid4().hex[:20]}"})
    assert judges.fetch(judge_id=judge.id).output.options[0].value == "good"
    judges.update(judge_id=judge.id, **{**JUDGE, "name": judge.name, "description": "Changed"})
    listed = judges.list(q=judge.name, type_filter=["CLASSIFICATION"], model_filter=["small-judge"]).judges
    assert [one.description for one in listed.results] == ["Changed"]
    campaign = campaigns.create(
        search_params=filters_of(model),
        judge_id=judge.id,
        name="Walk of campaigns",
        description="",
        max_nb_events=3,
    )
    assert ended(lambda: campaigns.fetch_status(campaign_id=campaign.id)).status == "COMPLETED"
    assert campaigns.fetch(campaign_id=campaign.id).judge.id == judge.id
    assert campaign.id in [one.id for one in campaigns.list().campaigns.results]
    selected = campaigns.list_events(campaign_id=campaign.id, page_size=2).completion_events
    assert (selected.count, len(selected.results)) == (3, 2)
    dataset = observability.datasets.create(name="Walk of campaigns", description="")
    task = observability.datasets.import_from_campaign(dataset_id=dataset.id, campaign_id=campaign.id)
    done = ended(lambda: observability.datasets.fetch_task(dataset_id=dataset.id, task_id=task.id))
    assert (done.status, done.progress) == ("COMPLETED", 100)
    campaigns.delete(campaign_id=campaign.id)
    judges.delete(judge_id=judge.id)
    assert judges.list(q=judge.name).judges.count == 0


WALKS = (walk_events, walk_fields, walk_event_imports, walk_judges_and_campaigns)


def ended(fetch: Any) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        seen = fetch()
        if seen.status != "RUNNING":
            return seen
        time.sleep(0.1)
    raise AssertionError("It did not end within a minute.")
