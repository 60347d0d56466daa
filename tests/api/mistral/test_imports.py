from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from datasets.models import Dataset, Door, Job
from files.models import File
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from records.actions import add_records
from records.models import Record
from tests.api.mistral.calls import Caller, refusal, said
from tests.api.mistral.jobs import run_job
from tests.factories.datasets import DatasetFactory
from tests.factories.files import FileFactory
from tests.factories.records import RecordDraftFactory, conversation
from tests.factories.threads import keep_logs
from threads.types import LogDraft

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def jsonl(*lines: Any) -> bytes:
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)


@pytest.fixture
def import_file(api: Caller, dataset: Dataset, workspace: Workspace) -> Any:
    """Imports this content and answers the task at its end."""

    def do(content: bytes) -> dict[str, Any]:
        file = FileFactory.create(workspace=workspace, content=content)
        path = f"/datasets/{dataset.id}"
        task = said(api.post(f"{path}/imports/from-file", {"file_id": str(file.id)}), 202)
        run_job(task["id"])
        return dict(said(api.get(f"{path}/tasks/{task['id']}")))

    return do


def listed(api: Caller, dataset: Dataset) -> list[dict[str, Any]]:
    return list(said(api.get(f"/datasets/{dataset.id}/records"))["records"]["results"])


def test_an_accepted_import_is_a_running_task(
    api: Caller, dataset: Dataset, workspace: Workspace, alice: User
) -> None:
    file = FileFactory.create(workspace=workspace)
    task = said(api.post(f"/datasets/{dataset.id}/imports/from-file", {"file_id": str(file.id)}), 202)
    job = Job.objects.get()
    assert task == {
        "id": str(job.id),
        "created_at": job.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": job.updated_at.isoformat().replace("+00:00", "Z"),
        "deleted_at": None,
        "creator_id": str(alice.id),
        "dataset_id": str(dataset.id),
        "workspace_id": str(workspace.id),
        "status": "RUNNING",
        "progress": 0,
        "message": None,
        "result": None,
    }
    assert (job.door, job.settings["strict"]) == (Door.MISTRAL, True)
    assert said(api.get(f"/datasets/{dataset.id}/tasks/{job.id}")) == task


def test_both_forms_of_a_line_are_imported_in_order(api: Caller, dataset: Dataset, import_file: Any) -> None:
    first = {**conversation("One?"), "model": "m", "properties": {"a": 1}}
    second = {"payload": {**conversation("Two?"), "tools": []}, "properties": {"b": [None]}}
    task = import_file(jsonl(first, second))
    assert (task["status"], task["progress"]) == ("COMPLETED", 100)
    assert task["result"] == {
        "requested_record_count": 2,
        "imported_record_count": 2,
        "skipped_record_count": 0,
    }
    one, two = listed(api, dataset)
    assert one["payload"] == {**conversation("One?"), "model": "m"}
    assert one["properties"] == {"a": 1}
    assert two["payload"] == second["payload"]
    assert two["properties"] == {"b": [None]}
    assert {one["source"], two["source"]} == {"UPLOADED_FILE"}


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf{"messages": []}\n',
        b'{"messages": []}\r\n\r\n',
        b'\n\n{"messages": []}',
    ],
)
def test_a_byte_order_mark_blank_lines_and_a_missing_end_are_accepted(
    api: Caller, dataset: Dataset, import_file: Any, content: bytes
) -> None:
    assert import_file(content)["status"] == "COMPLETED"
    assert [row["payload"] for row in listed(api, dataset)] == [{"messages": []}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"messages": []}\n{"question": "Q", "answer": "A"}\n', "Line 2"),
        (b'{"messages": []}\n[1]\n', "Line 2"),
        (b'{"messages": []}\nnot json\n', "Line 2"),
        (b'{"messages": []}\n{"messages": [1]}\n', "Line 2"),
        (b'{"messages": []}\n\xff\n', "Line 2"),
        (b'{"messages": [], "properties": {"a": "\\u0000"}}\n', "Line 1"),
        (b"", "no lines"),
    ],
)
def test_one_bad_line_fails_the_import_and_adds_nothing(
    api: Caller, dataset: Dataset, import_file: Any, content: bytes, words: str
) -> None:
    task = import_file(content)
    assert (task["status"], task["progress"], task["result"]) == ("FAILED", None, None)
    assert words in task["message"]
    assert listed(api, dataset) == []
    assert not Record.objects.exists()


def test_questions_and_answers_are_told_what_was_expected(
    api: Caller, dataset: Dataset, import_file: Any
) -> None:
    lines = [{"question": f"What is {n} + {n}?", "answer": f"It is #### {2 * n}"} for n in range(50)]
    task = import_file(jsonl(*lines))
    assert task["status"] == "FAILED"
    for words in ("Line 1", "messages", "payload"):
        assert words in task["message"]
    assert said(api.get(f"/datasets/{dataset.id}/records"))["records"]["count"] == 0


def test_the_published_questions_are_refused_too(api: Caller, dataset: Dataset, import_file: Any) -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "gsm8k_train.jsonl"
    if not path.exists():
        pytest.skip("the published file is not at ../shared/data")
    task = import_file(path.read_bytes())
    assert task["status"] == "FAILED"
    assert "Line 1" in task["message"]
    assert listed(api, dataset) == []


def test_imports_add_and_never_replace(api: Caller, dataset: Dataset, import_file: Any) -> None:
    for _ in range(2):
        assert import_file(jsonl(conversation("Same?")))["status"] == "COMPLETED"
    assert said(api.get(f"/datasets/{dataset.id}/records"))["records"]["count"] == 2


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("from-file", {}, "file_id is required."),
        ("from-file", {"file_id": "abc"}, "file_id should be a valid UUID"),
        ("from-file", {"file_id": None}, "file_id should be"),
        ("from-dataset", {}, "dataset_record_ids is required."),
        ("from-dataset", {"dataset_record_ids": []}, "at least 1 item"),
        ("from-dataset", {"dataset_record_ids": [UNKNOWN] * 10_001}, "at most 10000 items"),
        ("from-dataset", {"dataset_record_ids": ["abc"]}, "dataset_record_ids[0] should be a valid UUID"),
        ("from-campaign", {}, "campaign_id is required."),
        ("from-explorer", {"completion_event_ids": ["a"] * 501}, "at most 500 items"),
        ("from-playground", {}, "conversation_ids is required."),
    ],
)
def test_what_an_import_needs_is_checked_at_once(
    api: Caller, dataset: Dataset, kind: str, body: dict[str, Any], words: str
) -> None:
    response = api.post(f"/datasets/{dataset.id}/imports/{kind}", body)
    assert words in refusal(response, 422, "VALIDATION_ERROR")
    assert not Job.objects.exists()


def test_an_unknown_file_is_not_found_at_once(api: Caller, dataset: Dataset) -> None:
    response = api.post(f"/datasets/{dataset.id}/imports/from-file", {"file_id": UNKNOWN})
    assert UNKNOWN in refusal(response, 404, "FILE_NOT_FOUND")


def test_a_file_of_another_workspace_is_not_found(
    api: Caller, dataset: Dataset, stranger_workspace: Workspace
) -> None:
    file = FileFactory.create(workspace=stranger_workspace)
    response = api.post(f"/datasets/{dataset.id}/imports/from-file", {"file_id": str(file.id)})
    refusal(response, 404, "FILE_NOT_FOUND")


def test_a_file_that_a_colleague_keeps_to_herself_is_not_found(
    api: Caller, dataset: Dataset, workspace: Workspace, bob: User
) -> None:
    file = FileFactory.create(workspace=workspace, created_by=bob, visibility=File.Visibility.USER)
    response = api.post(f"/datasets/{dataset.id}/imports/from-file", {"file_id": str(file.id)})
    refusal(response, 404, "FILE_NOT_FOUND")


def test_records_are_copied_with_their_source_and_new_ids(
    api: Caller,
    dataset: Dataset,
    workspace: Workspace,
    alice: User,
    author: Author,
    records: Sequence[Record],
) -> None:
    source = DatasetFactory.create(workspace=workspace, owner=alice)
    drafts = RecordDraftFactory.build_batch(2, origin=Record.Origin.PLAYGROUND, meta={"a": 1})
    others = add_records(source, drafts, author=author)
    target = DatasetFactory.create(workspace=workspace, owner=alice)
    ids = [str(others[1].id), str(records[0].id), str(others[0].id)]
    path = f"/datasets/{target.id}"
    task = said(api.post(f"{path}/imports/from-dataset", {"dataset_record_ids": ids}), 202)
    assert (task["status"], task["dataset_id"]) == ("RUNNING", str(target.id))
    run_job(task["id"])
    done = said(api.get(f"{path}/tasks/{task['id']}"))
    assert (done["status"], done["result"]["imported_record_count"]) == ("COMPLETED", 3)
    copies = listed(api, target)
    assert [row["payload"] for row in copies] == [
        said(api.get(f"/dataset-records/{id_}"))["payload"] for id_ in ids
    ]
    assert [row["source"] for row in copies] == ["PLAYGROUND", "DIRECT_INPUT", "PLAYGROUND"]
    assert {row["id"] for row in copies}.isdisjoint(ids)
    api.put(f"/dataset-records/{copies[0]['id']}/payload", {"payload": {"messages": []}})
    assert said(api.get(f"/dataset-records/{ids[0]}"))["payload"] != {"messages": []}


def test_an_unknown_record_is_not_found_at_once(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    body = {"dataset_record_ids": [str(records[0].id), UNKNOWN]}
    response = api.post(f"/datasets/{dataset.id}/imports/from-dataset", body)
    assert UNKNOWN in refusal(response, 404, "DATASET_RECORD_NOT_FOUND")
    assert not Job.objects.exists()


def test_events_are_imported_with_their_messages_and_meta(
    api: Caller, dataset: Dataset, workspace: Workspace
) -> None:
    first, _ = keep_logs(
        workspace,
        LogDraft(input=[{"role": "user", "content": "One?"}], output="1", meta={"plan": "pro"}),
        LogDraft(input="Two?", output={"role": "assistant", "content": "2"}, unique_id="call-2"),
    )
    path = f"/datasets/{dataset.id}"
    body = {"completion_event_ids": [str(first.id), "call-2"]}
    task = said(api.post(f"{path}/imports/from-explorer", body), 202)
    assert task["status"] == "RUNNING"
    run_job(task["id"])
    done = said(api.get(f"{path}/tasks/{task['id']}"))
    assert (done["status"], done["result"]["imported_record_count"]) == ("COMPLETED", 2)
    one, two = listed(api, dataset)
    assert one["payload"] == conversation("One?", "1")
    assert (one["properties"], one["source"]) == ({"plan": "pro"}, "EXPLORER")
    assert two["payload"] == conversation("Two?", "2")


def test_a_conversation_of_the_playground_is_one_record(
    api: Caller, dataset: Dataset, workspace: Workspace
) -> None:
    keep_logs(
        workspace,
        LogDraft(input="One?", output="1", thread_identifier="talk"),
        LogDraft(input="Two?", output="2", thread_identifier="talk"),
    )
    path = f"/datasets/{dataset.id}"
    task = said(api.post(f"{path}/imports/from-playground", {"conversation_ids": ["talk"]}), 202)
    run_job(task["id"])
    [row] = listed(api, dataset)
    assert (row["payload"], row["source"]) == (conversation("One?", "1", "Two?", "2"), "PLAYGROUND")


def test_an_import_of_no_events_completes(api: Caller, dataset: Dataset) -> None:
    path = f"/datasets/{dataset.id}"
    task = said(api.post(f"{path}/imports/from-explorer", {"completion_event_ids": []}), 202)
    run_job(task["id"])
    assert said(api.get(f"{path}/tasks/{task['id']}"))["status"] == "COMPLETED"
    assert listed(api, dataset) == []


@pytest.mark.parametrize(
    ("kind", "key"),
    [("from-explorer", "completion_event_ids"), ("from-playground", "conversation_ids")],
)
def test_unknown_events_and_conversations_and_those_of_others_are_not_found_at_once(
    api: Caller, dataset: Dataset, workspace: Workspace, stranger_workspace: Workspace, kind: str, key: str
) -> None:
    draft = LogDraft(input="a", output="b", unique_id="abc", thread_identifier="abc")
    keep_logs(workspace, draft, environment="test")
    keep_logs(stranger_workspace, draft)
    for name in ("abc", UNKNOWN):
        response = api.post(f"/datasets/{dataset.id}/imports/{kind}", {key: [name]})
        assert name in refusal(response, 404, "SEARCH_NOT_FOUND")
    assert not Job.objects.exists()
