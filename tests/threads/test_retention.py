from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from project.accounts.models import Workspace
from tests.factories.threads import keep_logs
from threads.models import Log, LogKey, Thread
from threads.partitions import drop_month, existing_months, month_of, next_month
from threads.retention import drop_old_months, make_months_ahead
from threads.types import LogDraft

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
OLD = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2019, 5, 1, tzinfo=UTC),
    datetime(2025, 12, 31, 23, tzinfo=UTC),
)


@pytest.fixture
def aged(workspace: Workspace) -> None:
    """One thread from 1970 to now, and logs beside it that nothing names."""
    for month in existing_months():  # Other tests may have left some.
        drop_month(month)
    for moment in (*OLD, NOW):
        named = LogDraft(thread_identifier="t", unique_id=str(moment), cost=1, logged_at=moment)
        keep_logs(workspace, named, LogDraft(logged_at=moment))


def test_months_are_made_ahead_and_twice_is_once(db: None) -> None:
    make_months_ahead(datetime(2031, 11, 30, tzinfo=UTC))
    make_months_ahead(datetime(2031, 11, 30, tzinfo=UTC))
    assert existing_months()[-3:] == [date(2031, 11, 1), date(2031, 12, 1), date(2032, 1, 1)]


def test_without_a_retention_logs_are_kept_for_ever(aged: None) -> None:
    assert drop_old_months(NOW) == 0
    assert Log.objects.count() == 8


def test_a_month_goes_when_all_of_it_is_too_old(aged: None, settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 60
    assert drop_old_months(NOW) == 1
    assert date(2025, 12, 1) not in existing_months()
    assert list(Log.objects.values_list("logged_at", flat=True)) == [NOW, NOW]
    thread = Thread.objects.get()
    assert (thread.log_count, thread.first_log_at) == (1, NOW)
    assert thread.cost == 1
    assert LogKey.objects.count() == 1
    assert drop_old_months(NOW) == 0


def test_a_month_that_is_partly_kept_stays_whole(aged: None, settings: Settings) -> None:
    settings.LOG_RETENTION_DAYS = 90  # From the last day of December on.
    assert drop_old_months(NOW) == 0
    assert Log.objects.filter(logged_at=OLD[2]).count() == 2


def test_months_follow_each_other() -> None:
    assert next_month(date(2025, 12, 1)) == date(2026, 1, 1)
    assert month_of(datetime(1999, 5, 5, tzinfo=UTC)) == date(2019, 12, 1)
    assert month_of(NOW + timedelta(days=1)) == date(2026, 4, 1)
