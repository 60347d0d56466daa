from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threads.schedules import DAILY, HOURLY, WEEKLY, Schedule, ScheduleError, zones

ZONES = ("UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
MINUTE = timedelta(minutes=1)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
schedules = st.one_of(
    st.builds(Schedule, st.sampled_from([HOURLY, DAILY]), times, st.sampled_from(ZONES)),
    st.builds(Schedule, st.just(WEEKLY), times, st.sampled_from(ZONES), st.integers(0, 6)),
)


@given(schedules, moments)
def test_the_next_time_lies_behind_the_moment_and_shows_what_was_asked_for(
    schedule: Schedule, moment: datetime
) -> None:
    due = schedule.next_after(moment)
    longest = {HOURLY: timedelta(hours=1.5), DAILY: timedelta(hours=49), WEEKLY: timedelta(days=9)}
    assert moment < due <= moment + longest[schedule.kind]
    local = due.astimezone(ZoneInfo(schedule.zone))
    assert local.second == local.microsecond == 0
    if schedule.kind == HOURLY:
        assert local.minute == schedule.at.minute
    if schedule.weekday is not None and local.time() == schedule.at:
        assert local.weekday() == schedule.weekday


@given(schedules, moments, st.integers(1, 2_000))
def test_no_time_is_skipped_by_who_asks_late(schedule: Schedule, moment: datetime, minutes: int) -> None:
    """Between a moment and the time after it there is no other one, from wherever one asks."""
    due = schedule.next_after(moment)
    between = moment + min(minutes * MINUTE, (due - moment) / 2)
    assert schedule.next_after(between) == due
    assert schedule.next_after(due) > due


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        (Schedule(HOURLY, time(0, 30)), "2026-03-01T12:30:00", "2026-03-01T13:30"),
        (Schedule(HOURLY, time(0, 0), "Asia/Kolkata"), "2026-03-01T12:00:00", "2026-03-01T12:30"),
        (Schedule(DAILY, time(2, 30)), "2026-03-01T02:29:59", "2026-03-01T02:30"),
        (Schedule(DAILY, time(2, 30)), "2026-03-01T02:30:00", "2026-03-02T02:30"),
        # In the night in which the clocks go forward, half past two is half past three.
        (Schedule(DAILY, time(2, 30), "Europe/Zurich"), "2026-03-28T12:00:00", "2026-03-29T01:30"),
        # In the night in which they go back, it comes once.
        (Schedule(DAILY, time(2, 30), "Europe/Zurich"), "2026-10-24T12:00:00", "2026-10-25T00:30"),
        (Schedule(DAILY, time(2, 30), "Europe/Zurich"), "2026-10-25T00:30:00", "2026-10-26T01:30"),
        (Schedule(WEEKLY, time(6), "UTC", 0), "2026-03-02T06:00:00", "2026-03-09T06:00"),
        (Schedule(WEEKLY, time(23, 59), "America/New_York", 6), "2026-03-01T12:00:00", "2026-03-02T04:59"),
    ],
)
def test_times_follow_the_clocks_of_the_zone(schedule: Schedule, moment: str, expected: str) -> None:
    due = schedule.next_after(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert due == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(schedules.filter(lambda one: one.kind != WEEKLY), moments)
def test_a_daily_or_hourly_rule_comes_each_day_or_hour(schedule: Schedule, moment: datetime) -> None:
    dues = [moment]
    for _ in range(5):
        dues.append(schedule.next_after(dues[-1]))
    gaps = {later - earlier for earlier, later in pairwise(dues[1:])}
    usual = timedelta(hours=1 if schedule.kind == HOURLY else 24)
    assert all(abs(gap - usual) <= timedelta(hours=1) for gap in gaps)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule("yearly", time(0)),
        Schedule(DAILY, time(0), "Mars/Olympus"),
        Schedule(DAILY, time(0), "../etc/passwd"),
        Schedule(WEEKLY, time(0)),
        Schedule(WEEKLY, time(0), weekday=7),
        Schedule(DAILY, time(0), weekday=1),
    ],
)
def test_a_schedule_that_never_comes_is_refused(schedule: Schedule) -> None:
    with pytest.raises(ScheduleError):
        schedule.check()


def test_the_zones_of_people_are_there() -> None:
    assert {*ZONES, "Africa/Nairobi"} <= set(zones())


def test_a_schedule_is_told_in_words() -> None:
    assert str(Schedule(HOURLY, time(0, 5))) == "every hour at 05 minutes past"
    assert str(Schedule(DAILY, time(2, 30), "Europe/Zurich")) == "every day at 02:30, Europe/Zurich"
    assert str(Schedule(WEEKLY, time(6), "UTC", 0)) == "every Monday at 06:00, UTC"
