from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from datasets.models import Dataset, Job, Revision
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records import logimports
from records.actions import start_log_import, start_thread_import
from records.inserting import copy_rows
from records.models import Record
from tests.factories.threads import keep_logs
from tests.jobs import dying, finish, run_until_killed
from threads.actions import MAX_LOGS, add_logs, delete_logs
from threads.errors import LogNotFoundError, ThreadNotFoundError
from threads.models import Log, Thread
from threads.types import LogDraft

pytestmark = pytest.mark.django_db(transaction=True)
DIALOGUES = Path(__file__).resolve().parents[3] / "shared" / "data" / "sgd_train.jsonl.gz"
START = datetime(2026, 3, 1, tzinfo=UTC)

Import = Callable[..., Job]


@pytest.fixture
def import_logs(dataset: Dataset, author: Author) -> Import:
    """Accepts an import from logs or threads and does it as a worker would."""

    def do(start: Callable[..., Job], names: Iterable[str], *, environment: str = "prod") -> Job:
        job = start(dataset, list(names), workspace=dataset.workspace, environment=environment, author=author)
        return finish(job, dataset)

    return do


def in_order(dataset: Dataset) -> list[Record]:
    return list(Record.objects.in_dataset(dataset).in_order())


def test_logs_become_records_in_the_order_in_which_they_were_named(
    import_logs: Import, dataset: Dataset, workspace: Workspace
) -> None:
    first, second = keep_logs(
        workspace,
        LogDraft(input="One?", output="1", meta={"n": 1}, unique_id="call-1"),
        LogDraft(input="Two?", output="2", meta={"n": [2]}),
    )
    job = import_logs(start_log_import, [str(second.id), "call-1"])
    assert (job.status, job.message) == (Job.Status.COMPLETED, "2 records imported.")
    two, one = in_order(dataset)
    assert two.as_payload == {
        "messages": [{"role": "user", "content": "Two?"}, {"role": "assistant", "content": "2"}]
    }
    assert (two.meta, two.origin, two.log_ids) == ({"n": [2]}, "EXPLORER", [second.id])
    assert (one.source, one.log_ids) == ("call-1", [first.id])
    revision = Revision.objects.get(dataset=dataset)
    assert (revision.number, revision.kind, revision.added) == (1, "import", 2)
    assert (
        Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, "two"), dataset).get()
        == two
    )


def test_a_log_that_is_named_twice_is_one_record(
    import_logs: Import, dataset: Dataset, workspace: Workspace
) -> None:
    [log] = keep_logs(workspace, unique_id="call-1")
    import_logs(start_log_import, ["call-1", str(log.id), log.id.hex])
    assert dataset.record_count == 1


def test_nothing_wanted_is_an_import_of_nothing_and_no_revision(
    import_logs: Import, dataset: Dataset
) -> None:
    job = import_logs(start_log_import, [])
    assert (job.status, job.result) == (Job.Status.COMPLETED, {"imported": 0, "skipped": 0})
    assert not Revision.objects.exists()


@pytest.mark.parametrize("name", ["unknown", "00000000-0000-7000-8000-000000000000", "\x00"])
def test_what_is_not_there_is_refused_at_once(import_logs: Import, workspace: Workspace, name: str) -> None:
    [log] = keep_logs(workspace, thread_identifier="talk")
    with pytest.raises(LogNotFoundError):
        import_logs(start_log_import, [str(log.id), name])
    with pytest.raises(ThreadNotFoundError):
        import_logs(start_thread_import, ["talk", name])
    assert not Job.objects.exists()


def test_logs_of_the_other_environment_and_of_strangers_are_not_there(
    import_logs: Import, workspace: Workspace, stranger_workspace: Workspace
) -> None:
    draft = LogDraft(input="a", output="b", unique_id="same", thread_identifier="talk")
    tests = keep_logs(workspace, draft, environment="test")
    theirs = keep_logs(stranger_workspace, draft)
    for name in ("same", str(tests[0].id), str(theirs[0].id)):
        with pytest.raises(LogNotFoundError):
            import_logs(start_log_import, [name])
    for name in ("talk", *(str(thread_id) for thread_id in Thread.objects.values_list("id", flat=True))):
        with pytest.raises(ThreadNotFoundError):
            import_logs(start_thread_import, [name])
    assert import_logs(start_log_import, ["same"], environment="test").result["imported"] == 1


def test_a_thread_is_found_by_either_of_its_ids_and_is_one_record(
    import_logs: Import, dataset: Dataset, workspace: Workspace
) -> None:
    logs = keep_logs(
        workspace,
        LogDraft(
            input="Later?", output="2", thread_identifier="talk", logged_at=START + timedelta(minutes=1)
        ),
        LogDraft(input="First?", output="1", thread_identifier="talk", logged_at=START),
    )
    thread = Thread.objects.get()
    import_logs(start_thread_import, [str(thread.id), "talk"])
    [record] = in_order(dataset)
    contents = [message["content"] for message in record.as_payload["messages"]]
    assert contents == ["First?", "1", "Later?", "2"]
    assert (record.origin, record.source, record.log_ids) == ("PLAYGROUND", "talk", [logs[1].id, logs[0].id])


def test_logs_that_are_deleted_meanwhile_are_counted_as_skipped(
    dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    kept, gone = keep_logs(workspace, LogDraft(input="a", output="b"), LogDraft(input="c", output="d"))
    job = start_log_import(
        dataset, [str(gone.id), str(kept.id)], workspace=workspace, environment="prod", author=author
    )
    delete_logs([gone])
    assert finish(job, dataset).result == {"imported": 1, "skipped": 1, "published": True}
    again = start_log_import(dataset, [str(kept.id)], workspace=workspace, environment="prod", author=author)
    delete_logs([kept])
    assert finish(again, dataset).status == Job.Status.FAILED
    assert dataset.record_count == 1
    assert not Revision.objects.pending().exists()


def test_a_killed_worker_s_import_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    monkeypatch.setattr(logimports, "STEP_LOGS", 2)
    drafts = [LogDraft(input=f"Question {n}", output="yes") for n in range(5)]
    names = [str(log.id) for log in keep_logs(workspace, *drafts)]
    job = start_log_import(dataset, names, workspace=workspace, environment="prod", author=author)
    monkeypatch.setattr(logimports, "copy_rows", dying(copy_rows, 2))
    run_until_killed(job)
    assert Record.objects.count() == 2
    assert not Record.objects.in_dataset(dataset).exists()
    finish(job, dataset)
    assert [record.as_payload["messages"][0]["content"] for record in in_order(dataset)] == [
        f"Question {n}" for n in range(5)
    ]


def calls_of(dialogue: list[dict[str, Any]], *, whole: bool) -> Iterable[tuple[list[Any], Any]]:
    """One for each turn of the assistant: with all that was said before, or only with what is new."""
    asked_from = 0
    for place, message in enumerate(dialogue):
        if message["role"] == "assistant":
            yield dialogue[0 if whole else asked_from : place], message
            asked_from = place + 1


def drafts_of(dialogues: list[dict[str, Any]], *, whole: bool) -> list[LogDraft]:
    """The last turns of all dialogues first, so that the threads' logs come in mixed and backwards."""
    turns = [
        (
            turn,
            LogDraft(
                input=request,
                output=response,
                thread_identifier=f"dialogue-{number}",
                logged_at=START + timedelta(minutes=number, seconds=turn),
                meta=dialogue["properties"],
            ),
        )
        for number, dialogue in enumerate(dialogues)
        for turn, (request, response) in enumerate(calls_of(dialogue["payload"]["messages"], whole=whole))
    ]
    return [draft for _, draft in sorted(turns, key=lambda one: one[0], reverse=True)]


def made_dialogues() -> list[dict[str, Any]]:
    """With instructions, tools, repeated texts and turns in a row of one role."""
    plain = [
        {"role": "user", "content": "yes"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": "yes"},
        {"role": "assistant", "content": "ok"},
    ]
    with_tools = [
        {"role": "system", "content": "You book tables."},
        {"role": "user", "content": "A table for two?"},
        {"role": "user", "content": "Tonight."},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "book"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "booked"},
        {"role": "assistant", "content": "It is booked."},
    ]
    return [
        {"payload": {"messages": messages}, "properties": {"number": number, "services": ["a", "b"]}}
        for number, messages in enumerate([plain, with_tools, plain * 3])
    ]


@pytest.mark.parametrize("whole", [True, False], ids=["all that was said", "only what is new"])
def test_dialogues_that_come_as_logs_become_equal_dialogues(
    import_logs: Import, dataset: Dataset, workspace: Workspace, *, whole: bool
) -> None:
    check_round_trip(import_logs, dataset, workspace, made_dialogues(), whole=whole)


@pytest.mark.parametrize("whole", [True, False], ids=["all that was said", "only what is new"])
def test_published_dialogues_that_come_as_logs_become_equal_dialogues(
    import_logs: Import, dataset: Dataset, workspace: Workspace, *, whole: bool
) -> None:
    if not DIALOGUES.exists():
        pytest.skip("the published dialogues are not at ../shared/data")
    with gzip.open(DIALOGUES) as lines:
        dialogues = [orjson.loads(line) for line, _ in zip(lines, range(300), strict=False)]
    check_round_trip(import_logs, dataset, workspace, dialogues, whole=whole)


def check_round_trip(
    import_logs: Import,
    dataset: Dataset,
    workspace: Workspace,
    dialogues: list[dict[str, Any]],
    *,
    whole: bool,
) -> None:
    drafts = drafts_of(dialogues, whole=whole)
    for begin in range(0, len(drafts), MAX_LOGS):
        outcomes = add_logs(workspace, "prod", drafts[begin : begin + MAX_LOGS], api_key=None)
        assert not [outcome.error for outcome in outcomes if outcome.error]
    assert Thread.objects.count() == len(dialogues)
    import_logs(start_thread_import, [f"dialogue-{number}" for number in range(len(dialogues))])
    records = in_order(dataset)
    assert [{"payload": record.as_payload, "properties": record.meta} for record in records] == dialogues
    used = [log_id for record in records for log_id in record.log_ids or ()]
    assert len(used) == len(set(used)) == Log.objects.count()
