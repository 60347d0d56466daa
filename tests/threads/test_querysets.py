from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from project.accounts.models import Workspace
from project.lib.filters import Condition, Operator
from tests.factories.threads import keep_logs
from threads.models import Log, Thread
from threads.threadfields import THREAD_FIELDS
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def threads(workspace: Workspace) -> None:
    """`a` of customers 1 and 2, `b` of customer 2, `c` of none."""
    for hour, (thread, customer, latency) in enumerate(
        [("a", "1", 1), ("a", "2", 3), ("b", "2", None), ("c", None, 8)]
    ):
        keep_logs(
            workspace,
            LogDraft(
                thread_identifier=thread,
                customer_identifier=customer,
                latency=latency,
                logged_at=NOON + timedelta(hours=hour),
            ),
        )


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("thread_identifier", Operator.IS, ["a"], "a"),
        ("thread_identifier", Operator.IN, ["a", "c", "x"], "ac"),
        ("thread_identifier", Operator.IS_NOT, "a", "bc"),
        ("customer_identifier", Operator.IS, ["1"], "a"),
        ("customer_identifier", Operator.IS, "2", "ab"),
        ("customer_identifier", Operator.IS_NOT, "1", "bc"),
        ("customer_identifier", Operator.IS_NULL, None, "c"),
        ("customer_identifier", Operator.NOT_CONTAINS, "2", "c"),
        ("api_key_id", Operator.IS_NOT, "x", "abc"),
        ("log_count", Operator.ABOVE, 1, "a"),
        ("average_latency", Operator.IS, 2, "a"),
        ("average_latency", Operator.IS_NULL, None, "b"),
        ("logged_at", Operator.AT_LEAST, "2026-03-01T14:00:00Z", "bc"),
        ("environment", Operator.IS, "test", ""),
    ],
)
def test_threads_are_found_by_their_totals_and_by_their_logs(
    threads: None, field: str, operator: Operator, value: Any, expected: str
) -> None:
    found = Thread.objects.matching(Condition(field, operator, value)).values_list("identifier", flat=True)
    assert set(found) == set(expected)


def test_every_operator_of_every_thread_field_makes_a_query(threads: None) -> None:
    values = {"number": "1", "time": "2026-03-01"}
    for field in THREAD_FIELDS.fields.values():
        for operator in field.operators:
            list(Thread.objects.matching(Condition(field.name, operator, values.get(str(field.kind), "x"))))


def test_threads_are_listed_from_the_latest_on(workspace: Workspace, threads: None) -> None:
    listed = list(Thread.objects.visible_to(workspace).in_environment("prod").latest_first())
    assert [thread.identifier for thread in listed] == ["c", "b", "a"]
    behind = Thread.objects.before(listed[0].last_log_at, listed[0].id)
    assert [thread.identifier for thread in behind] == ["b", "a"]


def test_a_thread_is_read_in_the_order_in_which_it_went_on(workspace: Workspace) -> None:
    late, early = (
        LogDraft(thread_identifier="t", logged_at=NOON),
        LogDraft(thread_identifier="t", logged_at=NOON - timedelta(hours=1)),
    )
    first, second = keep_logs(workspace, late, early)
    assert list(Log.objects.in_thread("t")) == [second, first]


def test_logs_are_called_by_their_senders_id_or_ours(workspace: Workspace) -> None:
    sent, ours = keep_logs(workspace, LogDraft(unique_id="x-1"), LogDraft())
    assert set(Log.objects.called(["x-1", ours.id.hex, "unknown"])) == {sent, ours}
    assert (sent.public_id, ours.public_id) == ("x-1", ours.id.hex)


def test_strangers_see_no_logs_and_no_threads(
    workspace: Workspace, stranger_workspace: Workspace, threads: None
) -> None:
    keep_logs(workspace, unique_id="mine")
    assert not Log.objects.visible_to(stranger_workspace).called(["mine"]).exists()
    assert not Thread.objects.visible_to(stranger_workspace).exists()
