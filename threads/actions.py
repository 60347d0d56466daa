"""Logs in, changed and out. What a log weighs in its thread changes in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from project.accounts.models import ApiKey, Workspace
from project.lib.errors import InvalidError, LimitError
from threads.content import COLUMNS, check_identifier, check_meta, check_moment, row_values
from threads.errors import BatchTooLargeError, LogNotFoundError
from threads.ids import log_ids
from threads.keys import sent_key
from threads.models import Log, LogKey
from threads.partitions import ensure_months, month_of
from threads.totals import Totals, add_to_threads, note, take_from_threads, totals_by_thread
from threads.types import LogDraft, LogEdit, LogOutcome

MAX_LOGS = 5_000  # In one batch.

_FIXED = {
    "id": "uuid", "logged_at": "timestamptz", "workspace_id": "uuid", "environment": "text", "api_key_id": "uuid",
    "created_at": "timestamptz",
}  # fmt: skip
_TYPES = [*_FIXED.values(), *COLUMNS.values()]
_COPY = f"COPY threads_log ({', '.join([*_FIXED, *COLUMNS])}) FROM STDIN (FORMAT BINARY)"
_PLACES = {name: place for place, name in enumerate(COLUMNS)}
_THREAD, _STATUS, _COST, _LATENCY = (
    _PLACES[name] for name in ("thread_identifier", "status", "cost", "latency")
)
_TOKENS = slice(_PLACES["prompt_tokens"], _PLACES["total_tokens"] + 1)
_CLAIM_KEYS = """
    INSERT INTO threads_logkey (key, workspace_id, environment, log_id)
    SELECT key, %s, %s, log_id
    FROM unnest(string_to_array(%s, ',')::uuid[], string_to_array(%s, ',')::uuid[]) AS sent (key, log_id)
    ORDER BY key
    ON CONFLICT (key, workspace_id, environment) DO NOTHING RETURNING key
"""


@dataclass(slots=True)
class _Arrival:
    """A draft that can be kept, on its way in."""

    place: int
    moment: datetime
    values: tuple[Any, ...]
    key: UUID | None
    log_id: UUID


@transaction.atomic
def add_logs(
    workspace: Workspace, environment: str, drafts: Sequence[LogDraft], *, api_key: ApiKey | None
) -> list[LogOutcome]:
    """One outcome for each draft, in their order. A bad draft keeps none of the others out; one whose sender's id is
    known already is not kept again, and its outcome names the log that is there. Raises BatchTooLargeError."""
    if len(drafts) > MAX_LOGS:
        raise BatchTooLargeError(
            f"At most {MAX_LOGS:,} logs at once; these are {len(drafts):,}. Send them in parts."
        )
    now = timezone.now()
    outcomes, arrivals = _checked(drafts, now)
    ensure_months({month_of(arrival.moment) for arrival in arrivals})
    fresh = _without_repeats(workspace, environment, arrivals, outcomes)
    _copy(workspace, environment, fresh, api_key_id=api_key.id if api_key else None, now=now)
    # Last, since whoever else writes to these threads waits from here to the commit.
    add_to_threads(workspace.id, environment, _totals_of(fresh), now=now)
    return outcomes


@transaction.atomic
def update_logs(edits: Sequence[tuple[Log, LogEdit]]) -> list[Log]:
    """The logs with their new values, in the order given. All or none. Raises LogInvalidError, LogNotFoundError."""
    wanted = [log.id for log, _ in edits]
    stored = {log.id: log for log in Log.objects.filter(id__in=wanted).select_for_update().order_by("id")}
    for log, edit in edits:
        if log.id not in stored:
            raise LogNotFoundError("Log not found")
        _apply(edit, stored[log.id])
    Log.objects.bulk_update(stored.values(), [field.name for field in fields(LogEdit)], batch_size=500)
    return [stored[log.id] for log, _ in edits]


@transaction.atomic
def delete_logs(logs: Sequence[Log]) -> int:
    """Deletes logs of one workspace and environment for good. How many there still were."""
    if not logs:
        return 0
    workspace_id, environment = logs[0].workspace_id, logs[0].environment
    LogKey.objects.of_logs(logs).delete()
    rows = Log.objects.without_content().filter(id__in=[log.id for log in logs])
    found = list(rows.select_for_update().order_by("id"))
    Log.objects.filter(id__in=[log.id for log in found]).delete()
    take_from_threads(workspace_id, environment, totals_by_thread(found))
    return len(found)


def keeps_from(now: datetime) -> datetime | None:
    """The time before which no logs are kept; None when they are kept for ever."""
    days = settings.LOG_RETENTION_DAYS
    return now - timedelta(days=days) if days else None


def _checked(drafts: Sequence[LogDraft], now: datetime) -> tuple[list[LogOutcome], list[_Arrival]]:
    """Every draft's outcome, as far as it does not depend on what is stored."""
    kept: list[tuple[int, datetime, tuple[Any, ...], UUID | None]] = []
    refused: dict[int, LogOutcome] = {}
    oldest = keeps_from(now)
    for place, draft in enumerate(drafts):
        try:
            moment = check_moment(draft.logged_at or now, now=now, keeps_from=oldest)
            values = row_values(draft, max_bytes=settings.MAX_LOG_BYTES)
        except InvalidError as error:
            refused[place] = LogOutcome(error=str(error), is_too_large=isinstance(error, LimitError))
            continue
        key = sent_key(unique_id=draft.unique_id, trace=draft.trace_unique_id, span=draft.span_unique_id)
        kept.append((place, moment, values, key))
    ids = log_ids([moment for _, moment, _, _ in kept], arrived=now)
    arrivals = [_Arrival(*one, log_id) for one, log_id in zip(kept, ids, strict=True)]
    found = {arrival.place: LogOutcome(arrival.log_id) for arrival in arrivals}
    return [found.get(place) or refused[place] for place in range(len(drafts))], arrivals


def _without_repeats(
    workspace: Workspace, environment: str, arrivals: list[_Arrival], outcomes: list[LogOutcome]
) -> list[_Arrival]:
    """Claims the senders' ids; those that are taken get the outcome of the log that has them."""
    first = {arrival.key: arrival for arrival in reversed(arrivals) if arrival.key is not None}
    if not first:
        return arrivals
    keys = ",".join(str(key) for key in first)
    ids = ",".join(str(arrival.log_id) for arrival in first.values())
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_KEYS, [workspace.id, environment, keys, ids])
        claimed = {key for (key,) in cursor.fetchall()}
    taken = LogKey.objects.filter(
        workspace_id=workspace.id, environment=environment, key__in=first.keys() - claimed
    )
    known = dict(taken.values_list("key", "log_id")) if len(claimed) < len(first) else {}
    fresh = []
    for arrival in arrivals:
        if arrival.key is None or (arrival.key in claimed and first[arrival.key] is arrival):
            fresh.append(arrival)
        else:
            there = known.get(arrival.key) or first[arrival.key].log_id
            outcomes[arrival.place] = replace(outcomes[arrival.place], log_id=there, is_repeat=True)
    return fresh


def _totals_of(arrivals: list[_Arrival]) -> dict[str, Totals]:
    found: dict[str, Totals] = {}
    for arrival in arrivals:
        values = arrival.values
        if values[_THREAD]:
            note(
                found, values[_THREAD], arrival.moment, values[_STATUS], values[_COST], values[_LATENCY],
                values[_TOKENS],
            )  # fmt: skip
    return found


def _copy(
    workspace: Workspace,
    environment: str,
    arrivals: list[_Arrival],
    *,
    api_key_id: UUID | None,
    now: datetime,
) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for arrival in arrivals:
            fixed = (arrival.log_id, arrival.moment, workspace.id, environment, api_key_id, now)
            copy.write_row((*fixed, *arrival.values))


def _apply(edit: LogEdit, log: Log) -> None:
    if edit.meta is not None:
        check_meta(edit.meta)
        log.meta = edit.meta
    if edit.custom_identifier is not None:
        log.custom_identifier = check_identifier("custom_identifier", edit.custom_identifier)
    if edit.note is not None:
        log.note = edit.note.replace("\x00", "")
    if edit.positive_feedback is not None:
        log.positive_feedback = edit.positive_feedback
    if edit.is_pinned is not None:
        log.is_pinned = edit.is_pinned
