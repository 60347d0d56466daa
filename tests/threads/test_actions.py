from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from project.accounts.models import Workspace
from tests.factories.threads import LogDraftFactory, keep_logs
from threads.actions import MAX_LOGS, add_logs, delete_logs, update_logs
from threads.errors import BatchTooLargeError, LogInvalidError, LogNotFoundError
from threads.models import Log, LogKey, Thread
from threads.types import LogDraft, LogEdit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECOUNT = """
    SELECT workspace_id, environment, thread_identifier, count(*), count(*) FILTER (WHERE status = 'failed'),
           min(logged_at), max(logged_at), sum(cost), coalesce(sum(prompt_tokens), 0),
           coalesce(sum(completion_tokens), 0), coalesce(sum(total_tokens), 0), coalesce(sum(latency), 0),
           count(latency)
    FROM threads_log WHERE thread_identifier <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
TOTALS = """
    SELECT workspace_id, environment, identifier, log_count, failed_count, first_log_at, last_log_at, cost,
           prompt_tokens, completion_tokens, total_tokens, latency, timed_count
    FROM threads_thread ORDER BY 1, 2, 3
"""


def rows_of(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def errors_of(workspace: Workspace, *drafts: LogDraft) -> list[str]:
    return [outcome.error for outcome in add_logs(workspace, "prod", drafts, api_key=None)]


def test_what_was_sent_is_kept_as_it_was(workspace: Workspace) -> None:
    value = [{"role": "user", "content": "a\x00b \ud800", "n": 12345678901234567890123}]
    [log] = keep_logs(workspace, input=value, output="plain", extras={"tools": [1, None]}, meta={"a": 1})
    log.refresh_from_db()
    assert log.input is not None
    assert log.input.value == value
    assert log.output is not None
    assert log.output.value == "plain"
    assert log.extras is not None
    assert log.extras.value == {"tools": [1, None]}
    assert log.meta == {"a": 1}


def test_a_log_without_anything_is_a_log(workspace: Workspace) -> None:
    [log] = keep_logs(workspace, LogDraft())
    assert (log.model, log.status, log.status_code) == ("", "success", 200)
    assert log.cost == 0
    assert log.input is None
    assert abs(log.logged_at - timezone.now()) < timedelta(minutes=1)
    assert not Thread.objects.exists()


def test_a_status_that_was_not_sent_follows_from_the_code(workspace: Workspace) -> None:
    codes = [LogDraft(status_code=code) for code in (399, 400)]
    assert [log.status for log in keep_logs(workspace, *codes)] == ["success", "failed"]


def test_a_bad_draft_keeps_no_other_out(workspace: Workspace) -> None:
    drafts = [LogDraft(model="first"), LogDraft(cost=float("nan")), LogDraft(model="last")]
    first, bad, last = add_logs(workspace, "prod", drafts, api_key=None)
    assert bad.error == "cost is a number from 0 to 100,000,000, not nan"
    assert bad.log_id is None
    assert set(Log.objects.values_list("id", flat=True)) == {first.log_id, last.log_id}


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (LogDraft(cost=float("inf")), "cost is a number"),
        (LogDraft(cost=-0.1), "cost is a number"),
        (LogDraft(latency=float("nan")), "latency is a number"),
        (LogDraft(time_to_first_token=float("inf")), "time_to_first_token is a number"),
        (LogDraft(prompt_tokens=-1), "prompt_tokens is a whole number"),
        (LogDraft(prompt_tokens=2**31), "prompt_tokens is a whole number"),
        (LogDraft(status_code=2**40), "status_code is a whole number"),
        (LogDraft(status="odd"), "status is one of success"),
        (LogDraft(thread_identifier="x" * 256), "thread_identifier has at most 255 characters"),
        (LogDraft(log_type="x" * 31), "log_type has at most 30 characters"),
        (LogDraft(meta={"a": "\x00"}), "metadata holds a NUL character"),
        (LogDraft(logged_at=datetime(9999, 1, 1, tzinfo=UTC)), "timestamp lies more than a day ahead"),
        (LogDraft(logged_at=datetime(1969, 12, 31, tzinfo=UTC)), "timestamp lies before 1970"),
        (LogDraft(input="x" * (11 * 2**20)), "a log has at most 10 MB of text; this one has 11 MB"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(
    workspace: Workspace, draft: LogDraft, sentence: str
) -> None:
    [error] = errors_of(workspace, draft)
    assert error.startswith(sentence)
    assert not Log.objects.exists()
    assert not Thread.objects.exists()


def test_a_time_without_zone_is_utc(workspace: Workspace) -> None:
    [log] = keep_logs(workspace, logged_at=datetime(2026, 3, 1, 12))  # noqa: DTZ001
    log.refresh_from_db()
    assert log.logged_at == NOON


def test_logs_of_any_age_have_their_part_of_the_table(workspace: Workspace) -> None:
    times = [datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) for year in (1970, 2019, 2020, 2025)]
    logs = keep_logs(workspace, *[LogDraft(logged_at=time) for time in times])
    assert [log.logged_at for log in Log.objects.order_by("id")] == times == [log.logged_at for log in logs]


def test_more_logs_than_a_batch_holds_are_refused_whole(workspace: Workspace) -> None:
    with pytest.raises(BatchTooLargeError, match="At most 5,000 logs at once; these are 5,001"):
        add_logs(workspace, "prod", [LogDraft()] * (MAX_LOGS + 1), api_key=None)
    assert not Log.objects.exists()


def test_a_batch_costs_the_same_queries_at_any_size(
    workspace: Workspace, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    keep_logs(workspace)  # The month's part of the table is there.
    drafts = LogDraftFactory.create_batch(200, thread_identifier="t", unique_id=factory.Sequence(str))
    with django_assert_max_num_queries(7):
        add_logs(workspace, "prod", drafts, api_key=None)


def test_a_log_that_is_sent_again_is_there_once(workspace: Workspace) -> None:
    [log] = keep_logs(workspace, unique_id="mine", thread_identifier="t", logged_at=NOON)
    [again] = add_logs(workspace, "prod", [LogDraft(unique_id="mine", thread_identifier="t")], api_key=None)
    assert again.is_repeat
    assert again.log_id == log.id
    assert Log.objects.count() == 1
    assert Thread.objects.get().log_count == 1


def test_within_a_batch_the_first_of_the_same_id_is_kept(workspace: Workspace) -> None:
    drafts = [LogDraft(unique_id="a", model="1"), LogDraft(), LogDraft(unique_id="a", model="2")]
    first, other, repeat = add_logs(workspace, "prod", drafts, api_key=None)
    assert (first.is_repeat, other.is_repeat, repeat.is_repeat) == (False, False, True)
    assert repeat.log_id == first.log_id
    assert dict(Log.objects.values_list("id", "model")) == {first.log_id: "1", other.log_id: ""}


def test_a_span_is_known_by_its_trace_and_itself(workspace: Workspace) -> None:
    for trace, span in (("t", "s"), ("t", "s"), ("t", "r"), ("u", "s")):
        add_logs(workspace, "prod", [LogDraft(trace_unique_id=trace, span_unique_id=span)], api_key=None)
    assert Log.objects.count() == 3


def test_environments_and_workspaces_do_not_share_ids_or_threads(
    workspace: Workspace, stranger_workspace: Workspace
) -> None:
    for place, environment in ((workspace, "prod"), (workspace, "test"), (stranger_workspace, "prod")):
        keep_logs(place, environment=environment, unique_id="same", thread_identifier="same")
    assert list(Thread.objects.values_list("log_count", flat=True)) == [1, 1, 1]


def test_the_id_of_a_refused_log_is_free(workspace: Workspace) -> None:
    assert errors_of(workspace, LogDraft(unique_id="a", cost=-1)) != [""]
    [log] = keep_logs(workspace, unique_id="a")
    assert log.public_id == "a"


def test_a_deleted_log_leaves_its_thread_and_its_id(workspace: Workspace) -> None:
    logs = keep_logs(
        workspace,
        *[
            LogDraft(
                unique_id=str(day), thread_identifier="t", cost=0.1, logged_at=NOON + timedelta(days=day)
            )
            for day in range(3)
        ],
    )
    assert delete_logs([logs[2]]) == 1
    thread = Thread.objects.get()
    assert (thread.log_count, thread.cost) == (2, Decimal("0.2"))
    assert thread.last_log_at == NOON + timedelta(days=1)
    assert delete_logs(logs) == 2
    assert not Thread.objects.exists()
    assert not LogKey.objects.exists()
    assert delete_logs(logs) == 0


def test_what_may_change_about_a_log_changes(workspace: Workspace) -> None:
    [log] = keep_logs(workspace, meta={"a": 1})
    [changed] = update_logs([(log, LogEdit(note="Look", positive_feedback=True, is_pinned=True))])
    changed.refresh_from_db()
    assert (changed.note, changed.positive_feedback, changed.is_pinned, changed.meta) == (
        *("Look", True, True),
        {"a": 1},
    )
    [changed] = update_logs([(log, LogEdit(meta={"b": 2}, custom_identifier="c"))])
    assert (changed.meta, changed.custom_identifier, changed.note) == ({"b": 2}, "c", "Look")


def test_an_edit_that_cannot_be_kept_changes_nothing(workspace: Workspace) -> None:
    first, second = keep_logs(workspace, LogDraft(), LogDraft())
    with pytest.raises(LogInvalidError):
        update_logs([(first, LogEdit(note="x")), (second, LogEdit(custom_identifier="x" * 256))])
    delete_logs([second])
    with pytest.raises(LogNotFoundError):
        update_logs([(first, LogEdit(note="x")), (second, LogEdit(note="x"))])
    assert Log.objects.get().note is None


def test_logs_older_than_the_retention_are_refused(workspace: Workspace, settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 30
    [error] = errors_of(workspace, LogDraft(logged_at=timezone.now() - timedelta(days=31)))
    assert "logs that old are not kept here" in error


drafts = st.builds(
    LogDraft,
    thread_identifier=st.sampled_from([None, "", "a", "b", "ä"]),
    unique_id=st.sampled_from([None, None, "1", "2", "3"]),
    cost=st.floats(0, 1e6) | st.integers(0, 10**7),
    latency=st.none() | st.floats(0, 1e5),
    prompt_tokens=st.none() | st.integers(0, 1000),
    completion_tokens=st.none() | st.integers(0, 1000),
    status_code=st.sampled_from([200, 500]),
    logged_at=st.datetimes(datetime(2025, 11, 1), datetime(2026, 2, 1)),  # noqa: DTZ001
)


@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(drafts, max_size=6) | st.sets(st.integers(0, 20), max_size=4), max_size=6))
def test_threads_always_equal_a_recount(
    workspace: Workspace, steps: list[list[LogDraft] | set[int]], clean_logs: Callable[[], None]
) -> None:
    clean_logs()
    for step in steps:
        if isinstance(step, set):
            stored = list(Log.objects.order_by("id"))
            delete_logs([log for place, log in enumerate(stored) if place in step])
        else:
            add_logs(workspace, "prod", step, api_key=None)
        assert rows_of(TOTALS) == rows_of(RECOUNT)


@pytest.fixture
def clean_logs(workspace: Workspace) -> Callable[[], None]:
    def clean() -> None:
        Log.objects.all().delete()
        Thread.objects.all().delete()
        LogKey.objects.all().delete()

    return clean
