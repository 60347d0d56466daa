"""How far a queue is: left, done, mine, per hour, and when it may be finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q

from datasets.models import View
from project.accounts.models import User
from project.lib.errors import InvalidError
from project.lib.timelimits import TimeLimitError, time_limit
from records.models import Decision, Opinion, QueueLease
from records.pages import COUNT_MS, Total, count_filtered
from records.querysets import RecordQuerySet
from records.queues import left_in

LATELY = timedelta(hours=1)
SHORTEST = timedelta(minutes=1)  # Nobody's pace is told from less.
FEWEST = 3
PEOPLE_MS = 5_000
NOBODY = "somebody who is gone"


@dataclass(frozen=True, slots=True)
class Pace:
    """Decisions lately, and since when."""

    number: int
    since: datetime | None

    def an_hour(self, now: datetime) -> float | None:
        """None until there are enough to tell."""
        if self.since is None or self.number < FEWEST:
            return None
        return self.number / (max(now - self.since, SHORTEST) / timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """`done` and `mine` are None when counting took too long."""

    left: Total
    done: int | None
    mine: int | None
    my_rate: float | None
    finish: timedelta | None
    """From now on, at the pace of all who worked lately."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a person is given nothing more though something is left."""

    skipped: int
    waiting: Total  # For somebody else's opinion, after this person's.
    held: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one person did in a queue."""

    person: str
    decided: int
    lately: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two who were asked, how often both said the same."""

    seconds: int
    agreed: int

    @property
    def percent(self) -> int:
        return round(self.agreed * 100 / self.seconds) if self.seconds else 0


def read_numbers(view: View, user_id: UUID, now: datetime) -> QueueNumbers:
    left = _counted(left_in, view)
    try:
        with time_limit(COUNT_MS):
            found = _decided(view, user_id, now)
    except TimeLimitError:
        return QueueNumbers(left, None, None, None, None)
    all_pace = Pace(found["lately"], found["since"]).an_hour(now)
    return QueueNumbers(
        left,
        done=found["done"],
        mine=found["mine"],
        my_rate=Pace(found["my_lately"], found["my_since"]).an_hour(now),
        finish=time_to_finish(left, all_pace),
    )


def read_contributions(view: View, now: datetime) -> list[Contribution]:
    """Who decided how many, the busiest first. Raises TimeLimitError."""
    lately = Count("pk", filter=Q(created_at__gt=now - LATELY))
    by_person = (
        Decision.objects.in_queue(view).spoken().values("user").annotate(decided=Count("pk"), lately=lately)
    )
    with time_limit(PEOPLE_MS):
        found = list(by_person.order_by("-decided", "user").values_list("user", "decided", "lately"))
    people = User.objects.in_bulk([user_id for user_id, _, _ in found])
    return [
        Contribution(str(people.get(user_id, NOBODY)), decided, lately) for user_id, decided, lately in found
    ]


def read_agreement(view: View) -> Agreement:
    """Raises TimeLimitError."""
    seconds = Decision.objects.in_queue(view).filter(part=Decision.Part.SECOND)
    agreed = Opinion.objects.filter(record_id=OuterRef("record_id"), state=Opinion.State.AGREED)
    with time_limit(PEOPLE_MS):
        found = seconds.aggregate(seconds=Count("pk"), agreed=Count("pk", filter=Exists(agreed)))
    return Agreement(**found)


def time_to_finish(left: Total, an_hour: float | None) -> timedelta | None:
    if left.number is None or left.is_capped or not left.number or not an_hour:
        return None
    return timedelta(hours=left.number / an_hour)


def read_rest(view: View, user_id: UUID, now: datetime) -> Rest:
    mine = Decision.objects.in_queue(view).filter(user_id=user_id)
    own = Opinion.objects.waiting().of_user(user_id)
    return Rest(
        skipped=mine.filter(part=Decision.Part.NONE).count(),
        waiting=_counted(lambda of: left_in(of).filter(opinion__in=own), view),
        held=QueueLease.objects.against(user_id, now).filter(view=view).count(),
    )


def _counted(records_of: Callable[[View], RecordQuerySet], view: View) -> Total:
    try:
        return count_filtered(records_of(view))
    except InvalidError:
        return Total(None)


def _decided(view: View, user_id: UUID, now: datetime) -> dict[str, Any]:
    closing = Q(part__in=(Decision.Part.ONLY, Decision.Part.SECOND))
    mine = Q(user_id=user_id) & ~Q(part=Decision.Part.NONE)
    lately = Q(created_at__gt=now - LATELY)
    return Decision.objects.in_queue(view).aggregate(
        done=Count("pk", filter=closing),
        mine=Count("pk", filter=mine),
        lately=Count("pk", filter=closing & lately),
        since=Min("created_at", filter=closing & lately),
        my_lately=Count("pk", filter=mine & lately),
        my_since=Min("created_at", filter=mine & lately),
    )
