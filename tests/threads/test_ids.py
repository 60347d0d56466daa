from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from threads.ids import first_id_after, first_id_at, log_ids, moment_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_an_id_tells_its_time_to_the_microsecond(moment: datetime) -> None:
    [log_id] = log_ids([moment], arrived=NOW)
    assert moment_of(log_id) == moment
    assert log_id.version == 7
    assert first_id_at(moment) <= log_id < first_id_after(moment)


@given(moments, moments)
def test_ids_are_in_the_order_of_time(one: datetime, other: datetime) -> None:
    first, second = log_ids([one, other], arrived=NOW)
    assert (first < second) == (one <= other)


def test_logs_of_one_moment_are_in_the_order_in_which_they_came() -> None:
    earlier = log_ids([NOW] * 1000, arrived=NOW)
    later = log_ids([NOW] * 1000, arrived=NOW + timedelta(seconds=1))
    assert earlier + later == sorted(set(earlier + later))
