"""How far the logs that came in are all to be seen. A log says when it came in before the transaction that keeps it
ends; so what came in just now may still be on its way."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

SETTLE = timedelta(minutes=1)  # Also covers clocks of several machines that differ a little.
_OLDEST_WRITER = """
    SELECT min(activity.xact_start)
    FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
    WHERE held.relation IN ('threads_log'::regclass, 'threads_logkey'::regclass, 'threads_thread'::regclass)
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND held.mode = 'RowExclusiveLock' AND activity.pid <> pg_backend_pid()
"""


def settled_until(now: datetime) -> datetime:
    """All logs that came in before this moment can be seen, and none will come that did."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_WRITER)
        begun: datetime | None = cursor.fetchone()[0]
    return (min(begun, now) if begun else now) - SETTLE
