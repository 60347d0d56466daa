"""What a thread says of its logs, and how that changes with them. Sums are exact, so they equal a recount."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Collate

from project.lib.ids import new_id
from threads.models import Log, Thread


@dataclass(slots=True)
class Totals:
    """Sums over some logs of one thread."""

    first_log_at: datetime
    last_log_at: datetime
    log_count: int = 0
    failed_count: int = 0
    cost: Decimal = Decimal()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    latency: Decimal = Decimal()
    timed_count: int = 0


_SUMS = (
    *("log_count", "failed_count", "cost", "prompt_tokens", "completion_tokens", "total_tokens"),
    *("latency", "timed_count"),
)
_ADD = f"""
    INSERT INTO threads_thread
        (id, workspace_id, environment, identifier, created_at, first_log_at, last_log_at, {", ".join(_SUMS)})
    SELECT id, %s, %s, identifier, %s, first_log_at, last_log_at, {", ".join(_SUMS)}
    FROM json_to_recordset(%s) AS new
        (id uuid, identifier text, first_log_at timestamptz, last_log_at timestamptz, log_count int8, failed_count int8,
         cost numeric, prompt_tokens int8, completion_tokens int8, total_tokens int8, latency numeric, timed_count int8)
    ORDER BY identifier COLLATE "C"
    ON CONFLICT (workspace_id, environment, identifier) DO UPDATE SET
        first_log_at = least(threads_thread.first_log_at, excluded.first_log_at),
        last_log_at = greatest(threads_thread.last_log_at, excluded.last_log_at),
        {", ".join(f"{name} = threads_thread.{name} + excluded.{name}" for name in _SUMS)}
"""
_SUBTRACT = f"""
    UPDATE threads_thread AS thread SET
        first_log_at = coalesce((SELECT logged_at FROM threads_log AS log WHERE {{same}} ORDER BY id LIMIT 1),
                                thread.first_log_at),
        last_log_at = coalesce((SELECT logged_at FROM threads_log AS log WHERE {{same}} ORDER BY id DESC LIMIT 1),
                               thread.last_log_at),
        {", ".join(f"{name} = thread.{name} - gone.{name}" for name in _SUMS)}
    FROM unnest(%s::text[], %s::int8[], %s::int8[], %s::numeric[], %s::int8[], %s::int8[], %s::int8[], %s::numeric[],
                %s::int8[]) AS gone (identifier, {", ".join(_SUMS)})
    WHERE thread.workspace_id = %s AND thread.environment = %s AND thread.identifier = gone.identifier
""".replace(
    "{same}",
    "log.workspace_id = thread.workspace_id AND log.environment = thread.environment"
    " AND log.thread_identifier = thread.identifier",
)


def totals_by_thread(logs: Iterable[Log]) -> dict[str, Totals]:
    """The sums of the logs that belong to a thread, by its identifier."""
    found: dict[str, Totals] = {}
    for log in logs:
        if log.thread_identifier:
            note(
                found, log.thread_identifier, log.logged_at, log.status, log.cost, log.latency,
                (log.prompt_tokens, log.completion_tokens, log.total_tokens),
            )  # fmt: skip
    return found


def note(
    found: dict[str, Totals],
    identifier: str,
    logged_at: datetime,
    status: str,
    cost: Decimal,
    latency: Decimal | None,
    tokens: tuple[int | None, int | None, int | None],
) -> None:
    """Adds one log to the sums of its thread."""
    totals = found.get(identifier)
    if totals is None:
        totals = found[identifier] = Totals(logged_at, logged_at)
    totals.first_log_at = min(totals.first_log_at, logged_at)
    totals.last_log_at = max(totals.last_log_at, logged_at)
    totals.log_count += 1
    totals.failed_count += status == Log.Status.FAILED
    totals.cost += cost
    totals.prompt_tokens += tokens[0] or 0
    totals.completion_tokens += tokens[1] or 0
    totals.total_tokens += tokens[2] or 0
    if latency is not None:
        totals.latency += latency
        totals.timed_count += 1


def add_to_threads(workspace_id: UUID, environment: str, totals: dict[str, Totals], *, now: datetime) -> None:
    """Makes the threads that are missing. Everybody takes the locks in the order of identifiers."""
    if not totals:
        return
    rows = [
        {"id": new_id(), "identifier": identifier, **{name: getattr(sums, name) for name in Totals.__slots__}}
        for identifier, sums in totals.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [workspace_id, environment, now, orjson.dumps(rows, default=str).decode()])


def take_from_threads(workspace_id: UUID, environment: str, totals: dict[str, Totals]) -> None:
    """After the logs are deleted, in the same transaction. A thread without logs is none."""
    if not totals:
        return
    names = sorted(totals)
    columns = [[getattr(totals[name], column) for name in names] for column in _SUMS]
    threads = _threads(workspace_id, environment, names)
    # Locked by a statement of its own: the next one sees what those who held the locks have committed.
    list(threads.select_for_update().order_by(Collate("identifier", "C")).values_list("id"))
    with connection.cursor() as cursor:
        cursor.execute(_SUBTRACT, [names, *columns, workspace_id, environment])
    threads.filter(log_count=0).delete()


def _threads(workspace_id: UUID, environment: str, names: list[str]) -> QuerySet[Thread]:
    return Thread.objects.filter(workspace_id=workspace_id, environment=environment, identifier__in=names)
