"""A page of logs, newest first, as the grid shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from project.accounts.models import Workspace
from project.lib.keyset import KeysetPage, newest_page
from project.lib.timelimits import time_limit
from records.cells import Cell, CellReader
from records.listing import Links
from records.logpages.scope import Scope
from threads.ids import moment_of
from threads.models import Log
from threads.querysets import LogQuerySet
from threads.reading import count_up_to

PAGE_SIZE = 100
PAGE_MS = 5_000  # Nobody waits longer for a page.


@dataclass(frozen=True, slots=True)
class Row:
    """A log with what its row says, ready made."""

    log: Log
    id: str
    open_url: str
    panel_url: str
    cells: list[Cell]


def logs_in(workspace: Workspace, scope: Scope) -> LogQuerySet:
    """Raises FilterError."""
    return window_of(workspace, scope).matching(scope.filter.condition)


def window_of(workspace: Workspace, scope: Scope) -> LogQuerySet:
    """Whatever the filter."""
    logs = Log.objects.visible_to(workspace).in_environment(scope.environment)
    return logs.between(scope.start, scope.end)


def read_page(logs: LogQuerySet, place: Mapping[str, str], reader: CellReader[Log]) -> KeysetPage[Log]:
    """Raises FilterError, CursorError, TimeLimitError."""
    with time_limit(PAGE_MS):
        return newest_page(logs.showing(reader.fields, reader.computed), **place, size=PAGE_SIZE)


def rows_of(page: KeysetPage[Log], reader: CellReader[Log], links: Links) -> list[Row]:
    return [_row(log, reader, links) for log in page.rows]


def newest_moment(workspace: Workspace, environment: str) -> datetime | None:
    """When the newest log of all happened, None when there is none."""
    last = Log.objects.visible_to(workspace).in_environment(environment).last_id()
    return moment_of(last) if last else None


def count_since(workspace: Workspace, scope: Scope, log_id: UUID) -> int:
    """How many logs in the scope are newer than this one, but no more than one above a page. Raises FilterError,
    TimeLimitError."""
    newer = logs_in(workspace, scope).filter(id__gt=log_id)
    with time_limit(PAGE_MS):
        return count_up_to(newer, cap=PAGE_SIZE)


def _row(log: Log, reader: CellReader[Log], links: Links) -> Row:
    log_id = str(log.id)
    return Row(
        log,
        id=log_id,
        open_url=f"{links.open_start}{log_id}",
        panel_url=f"{links.panel_start}{log_id}{links.panel_end}",
        cells=reader.cells(log),
    )
