"""Months made ahead, and months ended once all of their logs are older than logs are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from threads.actions import delete_logs, keeps_from
from threads.ids import first_id_at
from threads.models import Log
from threads.partitions import (
    FIRST_MONTH,
    begin_of,
    drop_month,
    ensure_months,
    existing_months,
    month_of,
    next_month,
)
from threads.querysets import LogQuerySet

logger = logging.getLogger(__name__)

BATCH_LOGS = 2_000
SPARE = timedelta(days=1)  # For a batch that came in just before.


def make_months_ahead(now: datetime) -> None:
    """This month and the next two."""
    this = month_of(now)
    ensure_months([this, next_month(this), next_month(next_month(this))])


def drop_old_months(now: datetime) -> int:
    """Ends every month that lies wholly before the retention; how many. Killed in between, it goes on next time."""
    oldest = keeps_from(now)
    if oldest is None:
        return 0
    _delete(Log.objects.filter(id__lt=first_id_at(min(oldest - SPARE, begin_of(FIRST_MONTH)))))
    ended = [month for month in existing_months() if begin_of(next_month(month)) <= oldest - SPARE]
    for month in ended:
        begin, end = first_id_at(begin_of(month)), first_id_at(begin_of(next_month(month)))
        _delete(Log.objects.filter(id__gte=begin, id__lt=end).named())  # The rest goes with its part.
        drop_month(month)
        logger.info("dropped the logs of %s", month.strftime("%Y-%m"))
    return len(ended)


def _delete(logs: LogQuerySet) -> None:
    """In batches, each a transaction with the totals and keys that it changes."""
    for batch in _batches(logs.without_content().oldest_first()):
        by_place = sorted(batch, key=_place)
        for _, some in groupby(by_place, key=_place):
            delete_logs(list(some))


def _place(log: Log) -> tuple[UUID, str]:
    return log.workspace_id, log.environment


def _batches(logs: LogQuerySet) -> Iterator[list[Log]]:
    batch = list(logs[:BATCH_LOGS])
    while batch:
        yield batch
        batch = list(logs.filter(id__gt=batch[-1].id)[:BATCH_LOGS])
