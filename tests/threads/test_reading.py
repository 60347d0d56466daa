from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries

from project.accounts.models import Workspace
from project.lib.filters import Condition, FilterError, Operator
from project.lib.keyset import newest_page
from tests.factories.threads import keep_logs
from threads import reading
from threads.models import Log
from threads.partitions import bytes_between
from threads.querysets import LogQuerySet
from threads.reading import count_up_to, facets_of, histogram_of, numbered_page, soon_histogram_of, summary_of
from threads.types import FacetValue, LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def hourly(workspace: Workspace) -> list[Log]:
    """Ten logs, the oldest first, an hour between two of them."""
    return keep_logs(
        workspace,
        *[
            LogDraft(
                model="even" if hour % 2 == 0 else "odd",
                status_code=500 if hour == 9 else 200,
                cost=0.1,
                prompt_tokens=hour,
                latency=hour or None,
                stream=hour > 7 or None,
                meta={"lang": "de"} if hour < 3 else {},
                logged_at=NOON + timedelta(hours=hour),
            )
            for hour in range(10)
        ],
    )


def logs_of(workspace: Workspace) -> LogQuerySet:
    return Log.objects.visible_to(workspace).in_environment("prod")


def test_pages_by_key_meet_every_log_once(workspace: Workspace, hourly: list[Log]) -> None:
    rows: list[Log] = []
    after = ""
    while not rows or after:
        page = newest_page(logs_of(workspace), after=after, size=3)
        rows, after = [*rows, *page.rows], page.next_cursor
    assert rows == hourly[::-1]


def test_numbered_pages_say_how_many_there_are(
    workspace: Workspace, hourly: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    logs = logs_of(workspace).newest_first()
    with django_assert_num_queries(7):  # Savepoint and time limit, count, keys, rows.
        page = numbered_page(logs, number=2, size=4)
    assert page.rows == hourly[::-1][4:8]
    assert (page.count, page.is_capped, page.has_next) == (10, False, True)
    assert numbered_page(logs, number=4, size=4).rows == []
    assert not numbered_page(logs, number=3, size=4).has_next


def test_a_count_stops_at_its_cap(workspace: Workspace, hourly: list[Log]) -> None:
    page = numbered_page(logs_of(workspace).newest_first(), number=1, size=2, cap=5)
    assert (page.count, page.is_capped) == (5, True)
    assert count_up_to(logs_of(workspace), cap=5) == 6


def test_pages_are_sorted_as_asked(workspace: Workspace, hourly: list[Log]) -> None:
    by_tokens = logs_of(workspace).order_by("-prompt_tokens", "-id")
    assert numbered_page(by_tokens, number=1, size=2).rows == [hourly[9], hourly[8]]


def test_a_window_includes_both_its_ends(workspace: Workspace, hourly: list[Log]) -> None:
    window = logs_of(workspace).between(NOON + timedelta(hours=2), NOON + timedelta(hours=4))
    assert list(window.oldest_first()) == hourly[2:5]


def test_another_environment_is_another_world(workspace: Workspace, hourly: list[Log]) -> None:
    assert not Log.objects.visible_to(workspace).in_environment("test").exists()


def test_a_summary_adds_up(workspace: Workspace, hourly: list[Log]) -> None:
    summary = summary_of(logs_of(workspace))
    assert (summary.log_count, summary.cost, summary.prompt_tokens) == (10, Decimal(1), 45)
    assert summary.average_latency == 5
    assert summary.average_tokens_per_second is None


def test_a_summary_of_nothing_is_zero(workspace: Workspace) -> None:
    summary = summary_of(logs_of(workspace))
    assert (summary.log_count, summary.average_latency) == (0, None)
    assert summary.cost == 0


def test_the_bars_of_a_histogram_hold_every_log_once(workspace: Workspace, hourly: list[Log]) -> None:
    bars = histogram_of(logs_of(workspace), start=NOON, end=NOON + timedelta(hours=9), buckets=3).buckets
    assert [bar.log_count for bar in bars] == [3, 3, 4]
    assert [bar.failed_count for bar in bars] == [0, 0, 1]
    assert bars[0].cost == Decimal("0.3")


def test_empty_bars_are_there(workspace: Workspace, hourly: list[Log]) -> None:
    bars = histogram_of(logs_of(workspace), start=NOON, end=NOON + timedelta(days=4), buckets=4).buckets
    assert [bar.log_count for bar in bars] == [10, 0, 0, 0]


def test_what_takes_long_is_estimated_by_a_part_of_the_pages(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_logs(
        workspace,
        *[
            LogDraft(input="why " * 60, cost=0.1, logged_at=NOON + timedelta(seconds=second))
            for second in range(5_000)
        ],
    )
    end = NOON + timedelta(seconds=5_000)
    soon = partial(soon_histogram_of, logs_of(workspace), start=NOON, end=end, buckets=2)
    whole = histogram_of(logs_of(workspace), start=NOON, end=end, buckets=2)
    assert ([bar.log_count for bar in whole.buckets], whole.is_estimate) == ([2_500, 2_500], False)
    assert soon() == whole
    monkeypatch.setattr(reading, "SOON_MS", 1)
    assert soon() == whole  # The part would be all of it.
    monkeypatch.setattr(reading, "SAMPLE_BYTES", bytes_between(NOON, NOON) // 3)
    part = soon()
    assert part.is_estimate
    assert all(1_500 < bar.log_count < 3_500 and 150 < bar.cost < 350 for bar in part.buckets)
    assert part == soon()


def test_a_histogram_without_time_is_refused(workspace: Workspace) -> None:
    with pytest.raises(FilterError):
        histogram_of(logs_of(workspace), start=NOON, end=NOON)


def test_facets_count_the_commonest_values_of_several_fields_at_once(
    workspace: Workspace, hourly: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        facets = facets_of(logs_of(workspace), ["model", "status", "stream", "meta.lang"], limit=1)
    assert facets == {
        "model": [FacetValue("even", 5)],
        "status": [FacetValue("success", 9)],
        "stream": [FacetValue(None, 8)],
        "meta.lang": [FacetValue(None, 7)],
    }


def test_facets_of_nothing_are_empty(workspace: Workspace, hourly: list[Log]) -> None:
    nothing = logs_of(workspace).matching(Condition("id", Operator.IS, "unknown"))
    assert facets_of(nothing, ["model"]) == {"model": []}


@pytest.mark.parametrize("name", ["colour", "meta", "logged_at"])
def test_a_field_without_values_to_count_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(FilterError):
        facets_of(logs_of(workspace), [name])
