from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.core.files import File as Content
from django.db.models import Count

from datasets import jobs
from datasets.models import Event, Job
from files.actions import store_file
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from records import logfiles
from records.actions import start_log_file_import
from tests.jobs import KilledError, dying, finish, run_until_killed
from threads.actions import add_logs
from threads.models import Log, Thread

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

ImportLogs = Callable[..., Job]


@pytest.fixture
def accept(workspace: Workspace, alice: User, author: Author) -> ImportLogs:
    def do(content: bytes, *, environment: str = "prod") -> Job:
        file = store_file(workspace, Content(io.BytesIO(content)), name="calls.jsonl", created_by_id=alice.id)
        return start_log_file_import(workspace, file, environment=environment, author=author)

    return do


@pytest.fixture
def import_logs(accept: ImportLogs) -> ImportLogs:
    """Imports a file of these bytes as the worker would, and answers the ended job."""

    def do(content: bytes, **values: Any) -> Job:
        return finish(accept(content, **values))

    return do


def lines(*values: Any) -> bytes:
    return b"\n".join(value if isinstance(value, bytes) else orjson.dumps(value) for value in values)


def call(number: int, **values: Any) -> dict[str, Any]:
    return {
        "timestamp": (NOON + timedelta(minutes=number)).isoformat(),
        "model": "gpt-4o",
        "input": [{"role": "user", "content": f"Question {number}?"}],
        "output": {"role": "assistant", "content": f"Answer {number}."},
        "thread_identifier": f"t{number % 3}",
        "cost": 0.5,
        **values,
    }


def span(number: int) -> dict[str, Any]:
    return {
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": f"{number:016x}",
        "name": "chat",
        "startTimeUnixNano": "1772366400000000000",
        "endTimeUnixNano": "1772366401000000000",
        "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "large"}}],
    }


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_each_line_of_a_file_becomes_a_log_of_the_environment(
    import_logs: ImportLogs, workspace: Workspace, pack: Callable[[bytes], bytes]
) -> None:
    job = import_logs(pack(lines(*(call(number) for number in range(6)), b"")), environment="test")
    assert (job.status, job.message) == (Job.Status.COMPLETED, "6 logs imported.")
    logs = list(Log.objects.visible_to(workspace).in_environment("test").oldest_first())
    assert [log.input_preview for log in logs] == [f"Question {number}?" for number in range(6)]
    assert (logs[1].logged_at, logs[1].model, float(logs[1].cost)) == (
        NOON + timedelta(minutes=1),
        "gpt-4o",
        0.5,
    )
    assert list(Thread.objects.values_list("environment", "log_count")) == [("test", 2)] * 3
    types = Event.objects.filter(job_id=job.id).order_by("id").values_list("type", flat=True)
    assert list(types) == [f"import.log.file.{what}" for what in ("accepted", "started", "completed")]


def test_a_line_may_be_an_export_of_spans(import_logs: ImportLogs) -> None:
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [span(1), span(2)]}]}]}
    assert import_logs(lines(export, call(1), export)).result == {"imported": 3, "repeated": 2}
    assert Log.objects.filter(model="large", trace_unique_id="0af7651916cd43dd8448eb211c80319c").count() == 2


def test_bad_lines_are_left_out_and_told_by_cause_with_their_numbers(import_logs: ImportLogs) -> None:
    bad_span = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "not hexadecimal"}]}]}]}
    job = import_logs(
        lines(
            *(call(1), b"{not json", call(2, cost="much"), b"", call(3, timestamp="1960-01-01"), b"[1]"),
            *(b"{also not", bad_span, call(4, timestamp="9999-01-01"), call(5)),
        )
    )
    assert job.message == "2 logs imported, 7 bad lines left out."
    by_line = {line: group["cause"] for group in job.errors for line in group["lines"]}
    assert sorted(by_line) == [2, 3, 5, 6, 7, 8, 9]
    assert by_line[2] == by_line[7]
    assert "cost" in by_line[3]
    assert "1970" in by_line[5]
    assert "hexadecimal" in by_line[8]
    assert next(group for group in job.errors if 3 in group["lines"])["sample"].startswith('{"timestamp"')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no lines"),
        (b"\n\n", "no lines"),
        (b"nothing\nof\nthis", "None of the 3 lines"),
        (gzip.compress(b'{"model": "x"}\n' * 9)[:30], "cut short"),
    ],
)
def test_a_file_without_a_log_fails_and_says_why(import_logs: ImportLogs, content: bytes, said: str) -> None:
    job = import_logs(content)
    assert job.status == Job.Status.FAILED
    assert said in job.message
    assert not Log.objects.exists()


def test_a_file_that_comes_again_adds_only_the_logs_that_carry_no_id(import_logs: ImportLogs) -> None:
    content = lines(call(1, unique_id="a"), call(2, unique_id="b"), call(3))
    import_logs(content)
    assert import_logs(content).message == "1 logs imported, 2 were here already."
    assert Log.objects.count() == 4


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_worker_that_is_killed_at_any_batch_neither_loses_nor_doubles_a_log(
    accept: ImportLogs, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    """Without ids of their sender's, by which a log could be known again."""
    monkeypatch.setattr(logfiles, "BATCH_LINES", 4)
    job = accept(
        pack(lines(*(call(number) for number in range(10)), b"bad", *(call(n) for n in range(10, 23))))
    )
    monkeypatch.setattr(logfiles, "add_logs", dying(add_logs, 1, 3, 6))
    for _ in range(3):
        run_until_killed(job)
    assert finish(job).message == "23 logs imported, 1 bad lines left out."
    found = Log.objects.oldest_first().values_list("input_preview", flat=True)
    assert list(found) == [f"Question {number}?" for number in range(23)]
    counts = (
        Log.objects.values("thread_identifier").annotate(number=Count("id")).order_by("thread_identifier")
    )
    assert [thread.log_count for thread in Thread.objects.order_by("identifier")] == [
        row["number"] for row in counts
    ]


def test_a_cancelled_import_keeps_what_is_in_and_says_how_much(
    accept: ImportLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logfiles, "BATCH_LINES", 4)
    job = accept(lines(*(call(number) for number in range(12))))

    def keep_one_batch(workspace: Workspace, environment: str, drafts: Sequence[Any], **values: Any) -> Any:
        if Log.objects.exists():
            raise KilledError
        return add_logs(workspace, environment, drafts, **values)

    monkeypatch.setattr(logfiles, "add_logs", keep_one_batch)
    run_until_killed(job)
    jobs.cancel_job(job)
    finish(job)
    assert (job.status, job.message) == (
        *(Job.Status.CANCELLED, "Cancelled; the 4 logs that were read before stay."),
    )
    assert Log.objects.count() == 4
