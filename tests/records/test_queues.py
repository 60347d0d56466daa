"""A view worked as a queue: never one record before two people, and nothing decided twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset, Door, View
from datasets.savedviews import create_view
from project.accounts.models import Membership, User
from project.accounts.types import Author
from project.lib.ids import new_id
from records.actions import add_records, decide, edit_tags, set_status, trash_records
from records.changes import AddTags
from records.errors import LeaseLostError
from records.models import Decision, QueueLease, Record
from records.queues import GRACE, LEASE, hold, left_for, live_lease, release, release_soon, renew, take_next
from records.types import RecordDraft
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.datasets import DatasetFactory
from tests.factories.records import TextDraftFactory

NOW = datetime(2026, 1, 5, 9, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture
def view(dataset: Dataset, alice: User) -> View:
    """Of what is new."""
    member = Membership.objects.get(user=alice)
    return create_view(dataset, member=member, name="To do", query="status=new", is_shared=True)


@pytest.fixture
def everything(dataset: Dataset, alice: User) -> View:
    """What is decided in its queue still matches it."""
    return create_view(dataset, member=Membership.objects.get(user=alice), name="All", is_shared=True)


def taken(view: View, user: User, now: datetime = NOW) -> UUID | None:
    lease = take_next(view, user.id, now)
    return lease.pk if lease else None


def say(view: View, user: User, record_id: UUID, choice: str = "approved", now: datetime = NOW) -> Decision:
    status = Record.objects.values_list("curation__status", flat=True).get(pk=record_id)
    author = Author(user_id=user.id, door=Door.PAGE)
    return decide(view, record_id, choice, author=author, seen_status=status, now=now)


def test_each_person_gets_a_record_of_their_own(
    view: View, records: list[Record], alice: User, bob: User
) -> None:
    assert taken(view, alice) == records[0].id
    assert taken(view, bob) == records[1].id
    assert taken(view, alice) == records[0].id


def test_a_decision_brings_the_next_record(view: View, records: list[Record], alice: User) -> None:
    for record in records:
        assert taken(view, alice) == record.id
        say(view, alice, record.id)
    assert taken(view, alice) is None
    assert set(Record.objects.values_list("curation__status", flat=True)) == {"approved"}


@pytest.mark.usefixtures("records")
def test_what_was_decided_is_not_served_again_though_it_still_matches(
    everything: View, alice: User, bob: User
) -> None:
    seen = []
    for user in (alice, bob, alice):
        record_id = taken(everything, user)
        assert record_id
        say(everything, user, record_id, "rejected")
        seen.append(record_id)
    assert len(set(seen)) == 3
    assert taken(everything, alice) is taken(everything, bob) is None


def test_what_nobody_decided_in_time_goes_to_whoever_comes_next(
    view: View, records: list[Record], alice: User, bob: User
) -> None:
    first = records[0].id
    taken(view, alice)
    late = NOW + LEASE
    assert taken(view, bob, late) == first
    with pytest.raises(LeaseLostError, match="ran out and Bob has it now; nothing was decided"):
        say(view, alice, records[0].id, now=late)
    assert Record.objects.get(pk=first).status == "new"
    assert not Decision.objects.exists()
    say(view, bob, records[0].id, "rejected", late)
    with pytest.raises(LeaseLostError, match="decided meanwhile"):
        say(view, alice, records[0].id, now=late)
    assert Record.objects.get(pk=first).status == "rejected"


def test_who_is_late_may_still_decide_while_nobody_else_came(
    view: View, records: list[Record], alice: User
) -> None:
    taken(view, alice)
    say(view, alice, records[0].id, now=NOW + 3 * LEASE)
    assert Record.objects.get(pk=records[0].id).status == "approved"


def test_an_open_page_keeps_its_record(view: View, records: list[Record], alice: User, bob: User) -> None:
    taken(view, alice)
    tab = new_id()
    later = NOW + LEASE - timedelta(seconds=1)
    assert renew(view, records[0].id, alice.id, tab, later)
    assert taken(view, bob, NOW + LEASE) == records[1].id
    assert not renew(view, records[0].id, bob.id, tab, later)


def test_a_page_that_is_left_gives_its_record_back_but_one_that_is_loaded_again_keeps_it(
    view: View, records: list[Record], alice: User, bob: User
) -> None:
    taken(view, alice)
    tab, next_tab = new_id(), new_id()
    renew(view, records[0].id, alice.id, tab, NOW)
    release_soon(view, alice.id, tab, NOW)
    assert live_lease(view, alice.id, NOW)
    renew(view, records[0].id, alice.id, next_tab, NOW)
    release_soon(view, alice.id, tab, NOW)
    assert live_lease(view, alice.id, NOW + 2 * GRACE)
    release_soon(view, alice.id, next_tab, NOW)
    assert taken(view, bob, NOW + 2 * GRACE) == records[0].id


def test_who_leaves_by_the_button_frees_the_record_at_once(
    view: View, records: list[Record], alice: User, bob: User
) -> None:
    taken(view, alice)
    release(view, alice.id)
    assert taken(view, bob) == records[0].id


def test_a_record_that_does_not_match_any_more_is_not_served(
    view: View, dataset: Dataset, records: list[Record], alice: User, author: Author
) -> None:
    set_status(dataset, [records[0].id], "flagged", author=author)
    trash_records(dataset, [records[1].id], author=author)
    assert not hold(view, records[0].id, alice.id, NOW)
    assert not QueueLease.objects.exists()
    assert taken(view, alice) == records[2].id


def test_who_repairs_a_record_so_that_it_matches_no_longer_still_decides_on_it(
    dataset: Dataset, records: list[Record], alice: User, author: Author
) -> None:
    member = Membership.objects.get(user=alice)
    view = create_view(dataset, member=member, name="Untagged", query="-tag=*")
    taken(view, alice)
    edit_tags(records[0], AddTags(("checked",)), author=author)
    say(view, alice, records[0].id)
    assert Record.objects.get(pk=records[0].id).status == "approved"


def test_nobody_decides_on_another_status_than_they_saw(
    view: View, dataset: Dataset, records: list[Record], alice: User, author: Author
) -> None:
    taken(view, alice)
    set_status(dataset, [records[0].id], "flagged", author=author)
    with pytest.raises(LeaseLostError, match="marked this record as flagged while you read it"):
        decide(view, records[0].id, "approved", author=author, seen_status="new", now=NOW)
    assert Record.objects.get(pk=records[0].id).status == "flagged"


def test_a_record_in_two_queues_is_before_one_person(
    view: View, everything: View, records: list[Record], alice: User, bob: User
) -> None:
    assert taken(view, alice) == records[0].id
    assert taken(everything, bob) == records[1].id


def test_what_was_skipped_goes_to_others(view: View, records: list[Record], alice: User, bob: User) -> None:
    taken(view, alice)
    say(view, alice, records[0].id, "skipped")
    assert taken(view, alice) == records[1].id
    assert taken(view, bob) == records[2].id  # What nobody has seen comes first.
    say(view, bob, records[2].id)
    assert taken(view, bob) == records[0].id
    assert Record.objects.get(pk=records[0].id).status == "new"


def test_a_deleted_record_is_not_kept_before_anybody(
    view: View, dataset: Dataset, records: list[Record], alice: User, author: Author
) -> None:
    taken(view, alice)
    trash_records(dataset, [records[0].id], author=author)
    assert live_lease(view, alice.id, NOW) is None
    assert taken(view, alice) == records[1].id


@pytest.mark.django_db(transaction=True)
def test_people_at_the_same_moment_get_different_records_and_decide_each_once(
    dataset: Dataset, everything: View, author: Author
) -> None:
    people, number = 5, 25
    add_records(dataset, TextDraftFactory.create_batch(number), author=author)
    users = [UserFactory.create() for _ in range(people)]
    for user in users:
        MembershipFactory.create(user=user, workspace=dataset.workspace)
    start = threading.Barrier(people)
    before_somebody: set[UUID] = set()
    guard = threading.Lock()

    def work(user: User) -> list[UUID]:
        done: list[UUID] = []
        try:
            start.wait()
            while lease := take_next(everything, user.id, timezone.now()):
                with guard:
                    assert lease.pk not in before_somebody
                    before_somebody.add(lease.pk)
                say(everything, user, lease.pk, now=timezone.now())
                with guard:
                    before_somebody.remove(lease.pk)
                done.append(lease.pk)
            return done
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        done = [record_id for part in pool.map(work, users) for record_id in part]
    assert len(done) == len(set(done)) == number
    assert Decision.objects.closing().count() == number


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["take", "release", "renew"]), st.integers(0, 2)),
        st.tuples(st.just("say"), st.integers(0, 2), st.sampled_from(["approved", "rejected", "skipped"])),
        st.tuples(st.just("wait"), st.integers(1, 12)),
        st.tuples(st.just("mark"), st.integers(0, 3), st.sampled_from(["new", "flagged"])),
    ),
    max_size=25,
)


class Team:
    """Three people at one queue of four records, and what each was told that they have."""

    def __init__(self, dataset: Dataset, users: Sequence[User], author: Author, *, query: str) -> None:
        self.dataset, self.users, self.author, self.now = dataset, users, author, NOW
        self.records = add_records(dataset, [RecordDraft(text=f"Text {n}") for n in range(4)], author=author)
        self.view = View.objects.create(dataset=dataset, owner=users[0], name="Queue", query=query)
        self.before: dict[int, tuple[UUID, datetime]] = {}
        self.closed: list[UUID] = []

    def do(self, what: str, *given: Any) -> None:
        if what == "wait":
            self.now += timedelta(minutes=given[0])
        elif what == "mark":
            set_status(self.dataset, [self.records[given[0]].id], given[1], author=self.author)
        else:
            getattr(self, what)(*given)
        self.check()

    def take(self, person: int) -> None:
        record_id = taken(self.view, self.users[person], self.now)
        if record_id is None:
            free = left_for(self.view, self.users[person].id)
            assert not set(free.values_list("id", flat=True)) - self.held_by_others(person)
            self.before.pop(person, None)
        else:
            assert record_id not in self.held_by_others(person)
            held = self.before.get(person)
            if held is None or held[0] != record_id or held[1] <= self.now:
                assert left_for(self.view, self.users[person].id).filter(pk=record_id).exists()
                self.before[person] = (record_id, self.now + LEASE)

    def say(self, person: int, choice: str) -> None:
        if person not in self.before:
            return
        record_id, until = self.before.pop(person)
        try:
            say(self.view, self.users[person], record_id, choice, self.now)
        except LeaseLostError:
            assert until <= self.now
        else:
            assert record_id not in self.held_by_others(person)
            self.closed += [record_id] if choice != "skipped" else []

    def renew(self, person: int) -> None:
        if person in self.before:
            record_id, until = self.before[person]
            if renew(self.view, record_id, self.users[person].id, new_id(), self.now):
                assert record_id not in self.held_by_others(person)
                self.before[person] = (record_id, self.now + LEASE)
            else:
                assert until <= self.now
                del self.before[person]

    def release(self, person: int) -> None:
        release(self.view, self.users[person].id)
        self.before.pop(person, None)

    def held_by_others(self, person: int) -> set[UUID]:
        others = (held for other, held in self.before.items() if other != person)
        return {record_id for record_id, until in others if until > self.now}

    def check(self) -> None:
        held = [record_id for record_id, until in self.before.values() if until > self.now]
        assert len(held) == len(set(held))
        assert len(self.closed) == len(set(self.closed))


@given(steps=STEPS, query=st.sampled_from(["", "status=new"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_leases_hold_whatever_people_do(
    steps: list[tuple[Any, ...]],
    query: str,
    dataset: Dataset,
    alice: User,
    bob: User,
    viewer: User,
    author: Author,
) -> None:
    own = DatasetFactory.create(workspace=dataset.workspace, owner=alice)
    team = Team(own, (alice, bob, viewer), author, query=query)
    for step in steps:
        team.do(*step)
