"""The queue of a view: which records it still has for a person, and the lease by which nobody else gets the same one.

The order of locks is record, lease, dataset; whoever only takes a lease locks nothing else, so nobody waits in a ring.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from datasets.models import View
from project.lib.constraints import once
from project.lib.timelimits import time_limit
from records.errors import LeaseBusyError
from records.listing import matching_records
from records.models import Decision, Opinion, QueueLease
from records.querysets import RecordQuerySet
from records.viewbar import filter_of

LEASE = timedelta(minutes=10)
GRACE = timedelta(seconds=15)  # After a page was left: a page that is only loaded again keeps its record.
FIND_MS = (
    20_000  # Only who comes last at a huge queue, whose records still match when decided, waits for seconds.
)
CANDIDATES = 8  # Looked for at once, since others take some of them meanwhile.

_CLAIM = """
INSERT INTO records_queuelease (record_id, view_id, user_id, tab, expires_at)
VALUES (%(record)s, %(view)s, %(user)s, NULL, %(expires)s)
ON CONFLICT (record_id) DO UPDATE
SET view_id = excluded.view_id, user_id = excluded.user_id, tab = NULL, expires_at = excluded.expires_at
WHERE records_queuelease.expires_at <= %(now)s OR records_queuelease.user_id = excluded.user_id
"""


def left_in(view: View) -> RecordQuerySet:
    """What nobody has closed, whoever asks. Raises FilterError."""
    closed = Decision.objects.in_queue(view).closing().filter(record_id=OuterRef("pk"))
    return _matching(view).filter(~Exists(closed))


def left_for(view: View, user_id: UUID) -> RecordQuerySet:
    """What this user can still be asked about. Raises FilterError."""
    decided = Decision.objects.in_queue(view).against(user_id).filter(record_id=OuterRef("pk"))
    own = Opinion.objects.waiting().of_user(user_id).filter(pk=OuterRef("pk"))
    return _matching(view).filter(~Exists(decided), ~Exists(own))


def live_lease(view: View, user_id: UUID, now: datetime) -> QueueLease | None:
    """Of a record that is there."""
    return QueueLease.objects.held_by(user_id, view).live(now).filter(record__trashed_at=None).first()


def has_next(view: View, user_id: UUID, now: datetime) -> bool:
    """Raises FilterError, TimeLimitError."""
    return any(_first(candidates) for candidates in _searches(view, user_id, now))


def take_next(view: View, user_id: UUID, now: datetime) -> QueueLease | None:
    """The record that this user has, else the next one; None when there is none for them. Raises FilterError,
    TimeLimitError."""
    held = live_lease(view, user_id, now)
    try:
        return held or _take(view, user_id, now)
    except LeaseBusyError:  # Taken in the same moment, by another page of theirs.
        return live_lease(view, user_id, now)


def hold(view: View, record_id: UUID, user_id: UUID, now: datetime) -> bool:
    """Puts the record before this user, if it is free and still to be decided by them."""
    with once(
        "lease_once", LeaseBusyError("You have another record of this queue open; go on with that one.")
    ):
        QueueLease.objects.held_by(user_id, view).exclude(pk=record_id).delete()
        is_held = _claim(view, record_id, user_id, now)
        # Asked after the claim: until then somebody may have decided.
        if is_held and not left_for(view, user_id).filter(pk=record_id).exists():
            QueueLease.objects.filter(pk=record_id).delete()
            return False
    return is_held


def keep_hold(view: View, record_id: UUID, user_id: UUID, now: datetime) -> bool:
    """As `hold`, but whoever still has the record keeps it, also if they repaired it so that it matches no longer."""
    own = QueueLease.objects.held_by(user_id, view).filter(pk=record_id).select_for_update(of=("self",))
    return own.exists() or hold(view, record_id, user_id, now)


def renew(view: View, record_id: UUID, user_id: UUID, tab: UUID, now: datetime) -> bool:
    """Whether the record is still this user's."""
    lease = QueueLease.objects.held_by(user_id, view).filter(pk=record_id)
    return bool(lease.update(tab=tab, expires_at=now + LEASE))


def release(view: View, user_id: UUID) -> None:
    """The record goes to whoever comes next."""
    QueueLease.objects.held_by(user_id, view).delete()


def release_soon(view: View, user_id: UUID, tab: UUID, now: datetime) -> None:
    """After a page was left, unless another page shows the record."""
    QueueLease.objects.held_by(user_id, view).filter(tab=tab).update(expires_at=now + GRACE)


def _matching(view: View) -> RecordQuerySet:
    return matching_records(view.dataset, filter_of(view))


def _take(view: View, user_id: UUID, now: datetime) -> QueueLease | None:
    for candidates in _searches(view, user_id, now):
        while ids := _first(candidates):
            for record_id in ids:
                if hold(view, record_id, user_id, now):
                    return QueueLease.objects.get(pk=record_id)
    return None


def _claim(view: View, record_id: UUID, user_id: UUID, now: datetime) -> bool:
    values: dict[str, Any] = {"record": record_id, "view": view.pk, "user": user_id}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**values, "now": now, "expires": now + LEASE})
        return bool(cursor.rowcount)


def _searches(view: View, user_id: UUID, now: datetime) -> Iterator[RecordQuerySet]:
    """Where to look, one place after the other: for a second opinion; behind all that was decided; from where this user
    was, for what was left over; and from the start. So no step goes again over what is done."""
    left = left_for(view, user_id)
    taken = QueueLease.objects.against(user_id, now).filter(pk=OuterRef("pk"))
    free = left.filter(~Exists(taken))
    if view.second_percent:
        yield free.filter(opinion__state=Opinion.State.WAITING).in_order()
    decisions = Decision.objects.in_queue(view)
    decided = decisions.values_list("record_id", flat=True)
    mark = decided.order_by("-record_id").first()
    if mark is not None:
        yield free.after(mark)
        last = decided.filter(user_id=user_id).order_by("-created_at").first()
        if last is not None and last != mark:
            yield free.after(last)
    yield free.in_order()


def _first(candidates: RecordQuerySet) -> list[UUID]:
    with time_limit(FIND_MS):
        return list(candidates.values_list("id", flat=True)[:CANDIDATES])
