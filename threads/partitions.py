"""The parts of the table of logs, one a month by the log's own time, and one for all that is older. A month is made
when beat looks ahead or when a log needs it; making one locks out neither readers nor writers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection, transaction

from threads.ids import first_id_at

TABLE = "threads_log"
FIRST_MONTH = date(2020, 1, 1)  # What is older shares one part, so that wrong times cannot make thousands.
_NAME = re.compile(rf"{TABLE}_(\d{{4}})_(\d{{2}})")
_ADVISORY_LOCK = 0x77696E6E6F77  # Any number of our own; held by who makes or drops a part.


def month_of(moment: datetime) -> date:
    """The month whose part holds the moment; all early ones share the month before the first."""
    return max(date(moment.year, moment.month, 1), _month_before(FIRST_MONTH))


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def begin_of(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def existing_months() -> list[date]:
    """The months that have a part, oldest first, without the early one."""
    return sorted(month for month in _parts() if month >= FIRST_MONTH)


def bytes_between(start: datetime, end: datetime) -> int:
    """The size of the parts that hold this time, without their indexes."""
    first, last = month_of(start), month_of(end)
    oids = [oid for month, oid in _parts().items() if first <= month <= last]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_relation_size(oid)) FROM unnest(%s::oid[]) AS oid", [oids])
        return int(cursor.fetchone()[0] or 0)


def ensure_months(months: Iterable[date]) -> None:
    """Makes the parts that are missing. Safe beside others that do the same."""
    wanted = {month for month in months if month >= FIRST_MONTH}
    if wanted <= set(existing_months()):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        for month in sorted(wanted.difference(existing_months())):
            cursor.execute(f"CREATE TABLE {_name_of(month)} (LIKE {TABLE} INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {_name_of(month)} FOR VALUES FROM (%s) TO (%s)",
                [_first_id_of(month), _first_id_of(next_month(month))],
            )


def drop_month(month: date) -> None:
    """Ends a part with all that is in it; whoever calls has taken it out of the totals."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        cursor.execute("SET LOCAL lock_timeout TO '5s'")  # Those who wait behind us are not to wait longer.
        cursor.execute(f"DROP TABLE IF EXISTS {_name_of(month)}")


def _parts() -> dict[date, int]:
    """The identity of each part by its month. Locks none of them: a part's size waits for whoever drops it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [TABLE],
        )
        return {_month_of_part(name): oid for name, oid in cursor.fetchall()}


def _month_of_part(name: str) -> date:
    match = _NAME.fullmatch(name)
    return date(int(match[1]), int(match[2]), 1) if match else _month_before(FIRST_MONTH)


def _name_of(month: date) -> str:
    return f"{TABLE}_{month.year:04}_{month.month:02}"


def _first_id_of(month: date) -> UUID:
    return first_id_at(begin_of(month))


def _month_before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
