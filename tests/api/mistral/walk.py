"""What a user of the vendor's client does, call by call, with the client in whichever generation is importable.

As a script: `walk.py SERVER_URL API_KEY` takes every walk and prints its name.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

from mistralai.client import Mistral

PAYLOAD: dict[str, Any] = {
    "model": "mistral-small",
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "Grüße, 世界 😀"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "name": "f", "content": ""},
    ],
    "unknown": {"deep": [None, True, 1.5, {"a": []}]},
}
PROPERTIES = {"category": "greeting", "difficulty": 2, "grading": None, "tags": ["a", {"b": 1}]}


def walk_datasets(client: Any) -> None:
    datasets = client.beta.observability.datasets
    made = datasets.create(name="Support chats", description="From July")
    assert made.deleted_at is None
    assert made.created_at.tzinfo is not None
    assert datasets.fetch(dataset_id=made.id).name == "Support chats"
    renamed = datasets.update(dataset_id=made.id, name="Support talks")
    assert (renamed.name, renamed.description) == ("Support talks", "From July")
    assert datasets.update(dataset_id=made.id).updated_at == renamed.updated_at
    word = uuid4().hex
    for number in range(5):
        datasets.create(name=f"Paged {word} {number}", description="")
    found, page = [], 1
    while True:
        listed = datasets.list(page_size=2, page=page, q=word.upper()).datasets
        assert listed.count == 5
        found += [dataset.name for dataset in listed.results]
        if listed.next is None:
            break
        page += 1
    assert found == [f"Paged {word} {number}" for number in (4, 3, 2, 1, 0)]
    datasets.delete(dataset_id=made.id)
    assert made.id not in [dataset.id for dataset in datasets.list(page_size=100).datasets.results]


def walk_records(client: Any) -> None:
    datasets = client.beta.observability.datasets
    dataset = datasets.create(name="Walk of records", description="")
    made = datasets.create_record(dataset_id=dataset.id, payload=PAYLOAD, properties=PROPERTIES)
    assert (as_dict(made.payload), made.properties) == (PAYLOAD, PROPERTIES)
    assert (made.source, made.dataset_id, made.deleted_at) == ("DIRECT_INPUT", dataset.id, None)
    assert datasets.create_record(dataset_id=dataset.id, payload=PAYLOAD, properties={}).properties == {}
    datasets.records.update_payload(dataset_record_id=made.id, payload={"messages": []})
    datasets.records.update_properties(dataset_record_id=made.id, properties={"new": True})
    fetched = datasets.records.fetch(dataset_record_id=made.id)
    assert (as_dict(fetched.payload), fetched.properties) == ({"messages": []}, {"new": True})
    for _ in range(5):
        datasets.create_record(dataset_id=dataset.id, payload=PAYLOAD, properties={})
    ids = all_record_ids(client, dataset.id)
    assert len(ids) == 7
    assert ids[0] == made.id
    datasets.records.bulk_delete(dataset_record_ids=ids[1:4])
    datasets.records.delete(dataset_record_id=ids[4])
    assert all_record_ids(client, dataset.id) == [ids[0], ids[5], ids[6]]


def walk_files(client: Any) -> None:
    content = jsonl(messages=3)
    made = client.files.upload(file={"file_name": "Gespräche.jsonl", "content": content}, purpose="fine-tune")
    assert (made.filename, made.size_bytes, made.purpose) == ("Gespräche.jsonl", len(content), "fine-tune")
    assert made.object == "file"
    plain = client.files.upload(file={"file_name": "plain.jsonl", "content": content})
    assert plain.purpose == "fine-tune"
    assert client.files.retrieve(file_id=made.id).deleted is False
    listed = client.files.list(page_size=1)
    assert listed.total is not None
    assert listed.total >= 2
    assert [file.id for file in listed.data] == [plain.id]
    assert client.files.download(file_id=made.id).read() == content
    url = client.files.get_signed_url(file_id=made.id, expiry=1).url
    with urlopen(url) as answer:
        assert answer.read() == content
    assert client.files.delete(file_id=made.id).deleted is True
    assert made.id not in [file.id for file in client.files.list().data]


def walk_imports(client: Any) -> None:
    datasets = client.beta.observability.datasets
    dataset = datasets.create(name="Walk of imports", description="")
    upload = client.files.upload(file={"file_name": "chats.jsonl", "content": jsonl(messages=120)})
    started = datasets.import_from_file(dataset_id=dataset.id, file_id=upload.id)
    assert started.dataset_id == dataset.id
    task = ended_task(client, dataset.id, started.id)
    assert (task.status, task.progress) == ("COMPLETED", 100), task.message
    ids = all_record_ids(client, dataset.id)
    assert len(ids) == 120
    first = datasets.records.fetch(dataset_record_id=ids[0])
    assert as_dict(first.payload)["messages"][0]["content"] == "Question 0?"
    assert (first.properties, first.source) == ({"number": 0}, "UPLOADED_FILE")

    target = datasets.create(name="Walk of copies", description="")
    copying = datasets.import_from_dataset_records(dataset_id=target.id, dataset_record_ids=ids[:3])
    assert ended_task(client, target.id, copying.id).status == "COMPLETED"
    assert set(all_record_ids(client, target.id)).isdisjoint(ids)
    assert datasets.list_tasks(dataset_id=target.id).tasks.count == 1


def walk_a_refused_import(client: Any) -> None:
    """Questions and answers are no conversations: nothing may be added."""
    datasets = client.beta.observability.datasets
    dataset = datasets.create(name="Walk of questions", description="")
    lines = [json.dumps({"question": f"{n} + {n}?", "answer": f"#### {2 * n}"}) for n in range(200)]
    content = "\n".join(lines).encode()
    upload = client.files.upload(file={"file_name": "questions.jsonl", "content": content})
    started = datasets.import_from_file(dataset_id=dataset.id, file_id=upload.id)
    task = ended_task(client, dataset.id, started.id)
    assert task.status == "FAILED"
    for words in ("Line 1", "messages", "payload"):
        assert words in str(task.message), task.message
    assert datasets.list_records(dataset_id=dataset.id).records.count == 0


def walk_an_export(client: Any) -> None:
    datasets = client.beta.observability.datasets
    dataset = datasets.create(name="Walk of exports", description="")
    datasets.create_record(dataset_id=dataset.id, payload=PAYLOAD, properties=PROPERTIES)
    url = datasets.export_to_jsonl(dataset_id=dataset.id).file_url
    with urlopen(url) as answer:
        content = answer.read()
    assert json.loads(content) == {"payload": PAYLOAD, "properties": PROPERTIES}
    upload = client.files.upload(file={"file_name": "again.jsonl", "content": content})
    started = datasets.import_from_file(dataset_id=dataset.id, file_id=upload.id)
    assert ended_task(client, dataset.id, started.id).status == "COMPLETED"
    first, second = datasets.list_records(dataset_id=dataset.id).records.results
    assert (as_dict(second.payload), second.properties) == (as_dict(first.payload), first.properties)


WALKS = (walk_datasets, walk_records, walk_files, walk_imports, walk_a_refused_import, walk_an_export)


def as_dict(payload: Any) -> Any:
    return payload if isinstance(payload, dict) else payload.model_dump()


def jsonl(*, messages: int) -> bytes:
    lines = (
        {"messages": [{"role": "user", "content": f"Question {n}?"}], "properties": {"number": n}}
        for n in range(messages)
    )
    return "\n".join(json.dumps(line) for line in lines).encode()


def all_record_ids(client: Any, dataset_id: str) -> list[str]:
    """As the vendor's own example pages: until `next` is None."""
    found: list[str] = []
    page = 1
    while True:
        listed = client.beta.observability.datasets.list_records(
            dataset_id=dataset_id, page_size=50, page=page
        ).records
        found += [record.id for record in listed.results]
        if listed.next is None:
            assert listed.count == len(found)
            return found
        page += 1


def ended_task(client: Any, dataset_id: str, task_id: str) -> Any:
    deadline, before = time.monotonic() + 60, 0
    while time.monotonic() < deadline:
        task = client.beta.observability.datasets.fetch_task(dataset_id=dataset_id, task_id=task_id)
        if task.status != "RUNNING":
            return task
        progress = task.progress if isinstance(task.progress, int) else before
        assert before <= progress < 100
        before = progress
        time.sleep(0.1)
    raise AssertionError(f"The task {task_id} did not end within a minute.")


if __name__ == "__main__":
    with Mistral(api_key=sys.argv[2], server_url=sys.argv[1]) as mistral:
        for walk in WALKS:
            walk(mistral)
            sys.stdout.write(f"{walk.__name__}\n")
