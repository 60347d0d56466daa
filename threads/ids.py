"""Ids of logs: UUIDv7s of the log's own time to the microsecond. So their order is the order in time, a span of time
is a range of ids, and the table that is divided by id is divided by time. Logs of one microsecond stand in the order
in which they came in. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VERSION = 7 << 76
_VARIANT = 2 << 62
_TICKS_A_SECOND = 8192
_TICK_BITS = 33
_RANDOM_BITS = 29
_TICK_MASK = (1 << _TICK_BITS) - 1
_RANDOM_MASK = (1 << _RANDOM_BITS) - 1


def first_id_at(moment: datetime) -> UUID:
    """Not above any id of a log at this moment, and above those of all logs before it."""
    return UUID(int=_time_bits(_micros(moment)))


def first_id_after(moment: datetime) -> UUID:
    """Above the ids of all logs up to and with this moment."""
    return UUID(int=_time_bits(_micros(moment) + 1))


def moment_of(log_id: UUID) -> datetime:
    """When the log says that it happened."""
    milliseconds, fraction = log_id.int >> 80, (log_id.int >> 64) & 0xFFF
    return EPOCH + timedelta(milliseconds=milliseconds, microseconds=-(-fraction * 1000 // 4096))


def log_ids(moments: Sequence[datetime], *, arrived: datetime) -> list[UUID]:
    """An id for each moment, in that order. `arrived` orders those that share a microsecond."""
    tick = (arrived - EPOCH) // _MICROSECOND * _TICKS_A_SECOND // 1_000_000
    noise = os.urandom(4 * len(moments))
    return [
        UUID(
            int=_time_bits(_micros(moment))
            | _VARIANT
            | ((tick + place) & _TICK_MASK) << _RANDOM_BITS
            | (int.from_bytes(noise[4 * place : 4 * place + 4]) & _RANDOM_MASK)
        )
        for place, moment in enumerate(moments)
    ]


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _time_bits(micros: int) -> int:
    """No log is older than 1970."""
    milliseconds, microseconds = divmod(max(micros, 0), 1000)
    return milliseconds << 80 | _VERSION | (microseconds * 4096 // 1000) << 64
