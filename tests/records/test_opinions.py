"""Two people decide on a share of a queue, without seeing what the other said."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from datasets.models import Dataset, Door, Revision, View
from datasets.savedviews import create_view, update_view
from project.accounts.models import Membership, User
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records.actions import (
    add_records,
    decide,
    erase_records,
    serve_skipped_again,
    set_status,
    take_back,
    undo_revision,
)
from records.errors import DecisionInvalidError, DecisionRefusedError, LeaseLostError, UndoRefusedError
from records.models import Decision, Opinion, QueueLease, Record
from records.queues import take_next
from tests.factories.records import TextDraftFactory
from threads.sampling import lot_of, lots_below

NOW = datetime(2026, 1, 5, 9, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture
def member(alice: User) -> Membership:
    return Membership.objects.get(user=alice)


@pytest.fixture
def view(dataset: Dataset, member: Membership) -> View:
    """Of what is new, all of it by two."""
    return create_view(
        dataset, member=member, name="To do", query="status=new", is_shared=True, second_percent=100
    )


@pytest.fixture
def record(dataset: Dataset, author: Author) -> Record:
    return add_records(dataset, TextDraftFactory.create_batch(1), author=author)[0]


def author_of(user: User) -> Author:
    return Author(user_id=user.id, door=Door.PAGE)


def say(view: View, user: User, choice: str, *, after: int = 0) -> Decision:
    """Of the record that this user is given."""
    now = NOW + timedelta(minutes=after)
    lease = take_next(view, user.id, now)
    assert lease is not None
    status = Record.objects.values_list("curation__status", flat=True).get(pk=lease.pk)
    return decide(view, lease.pk, choice, author=author_of(user), seen_status=status, now=now)


def found(dataset: Dataset, state: str, operator: Operator = Operator.IS) -> set[UUID]:
    records = Record.objects.in_dataset(dataset).matching(Condition("opinion", operator, state), dataset)
    return set(records.values_list("id", flat=True))


def status_of(record: Record) -> str:
    record.refresh_from_db()
    return record.status


def test_two_who_agree_settle_the_record(
    view: View, dataset: Dataset, record: Record, alice: User, bob: User
) -> None:
    first = say(view, alice, "approved")
    assert status_of(record) == "new"
    assert found(dataset, "waiting") == {record.id}
    second = say(view, bob, "approved")
    assert status_of(record) == "approved"
    assert (first.part, second.part, Opinion.objects.get().state) == ("first", "second", "agreed")
    assert found(dataset, "agreed") == {record.id}
    assert not found(dataset, "waiting")


def test_nobody_gives_both_opinions(view: View, record: Record, alice: User, bob: User) -> None:
    say(view, alice, "approved")
    assert take_next(view, alice.id, NOW) is None
    with pytest.raises(LeaseLostError):
        decide(view, record.id, "approved", author=author_of(alice), seen_status="new", now=NOW)
    assert take_next(view, bob.id, NOW) is not None


def test_two_who_disagree_leave_the_record_as_it_is_for_the_list_of_disagreements(
    view: View, dataset: Dataset, record: Record, alice: User, bob: User, author: Author
) -> None:
    say(view, alice, "approved")
    say(view, bob, "rejected")
    assert status_of(record) == "new"
    assert found(dataset, "disagreed") == {record.id}
    assert take_next(view, alice.id, NOW) is take_next(view, bob.id, NOW) is None
    set_status(dataset, [record.id], "flagged", author=author)
    assert not found(dataset, "disagreed")
    undo_revision(Revision.objects.get(dataset=dataset, number=2), author=author)
    assert found(dataset, "disagreed") == {record.id}


def test_disagreements_are_a_queue_of_their_own(
    view: View, dataset: Dataset, record: Record, member: Membership, alice: User, bob: User
) -> None:
    say(view, alice, "approved")
    say(view, bob, "rejected")
    disputed = create_view(
        dataset, member=member, name="Disputed", query="opinion=disagreed", second_percent=100
    )
    decision = say(disputed, alice, "rejected")
    assert (decision.part, status_of(record)) == ("only", "rejected")
    assert not found(dataset, "disagreed")
    take_back(decision, author=author_of(alice), now=NOW)
    assert status_of(record) == "new"
    assert found(dataset, "disagreed") == {record.id}


def test_not_matching_an_opinion_includes_what_nobody_was_asked_about(
    view: View, dataset: Dataset, record: Record, alice: User, author: Author
) -> None:
    other = add_records(dataset, TextDraftFactory.create_batch(1, status="flagged"), author=author)[0]
    say(view, alice, "approved")
    assert found(dataset, "waiting", Operator.IS_NOT) == {other.id}


def test_a_second_opinion_is_asked_for_before_anything_new(
    view: View, dataset: Dataset, record: Record, alice: User, bob: User, author: Author
) -> None:
    add_records(dataset, TextDraftFactory.create_batch(2), author=author)
    say(view, alice, "approved")
    assert say(view, bob, "approved").record_id == record.id


def test_the_share_is_drawn_by_lot_as_samples_of_logs_are(
    view: View, dataset: Dataset, member: Membership, alice: User, author: Author
) -> None:
    update_view(view, member=member, second_percent=50)
    view.refresh_from_db()
    records = add_records(dataset, TextDraftFactory.create_batch(8), author=author)
    drawn = {one.id for one in records if lot_of(str(view.id), one.id) < lots_below(Decimal(50))}
    decisions = [say(view, alice, "approved") for _ in records]
    assert {one.record_id for one in decisions if one.part == "first"} == drawn
    assert found(dataset, "waiting") == drawn


def test_a_first_opinion_is_taken_back_while_it_is_alone(
    view: View, dataset: Dataset, record: Record, alice: User, bob: User
) -> None:
    first = say(view, alice, "approved")
    take_back(first, author=author_of(alice), now=NOW)
    assert not Opinion.objects.exists()
    first = say(view, alice, "rejected")
    say(view, bob, "rejected")
    with pytest.raises(DecisionRefusedError, match="second opinion since"):
        take_back(first, author=author_of(alice), now=NOW)
    assert status_of(record) == "rejected"
    first.refresh_from_db()
    assert first.withdrawn_at is None


def test_a_second_opinion_taken_back_leaves_the_first_waiting(
    view: View, dataset: Dataset, record: Record, alice: User, bob: User
) -> None:
    say(view, alice, "approved")
    take_back(say(view, bob, "approved"), author=author_of(bob), now=NOW)
    assert status_of(record) == "new"
    assert found(dataset, "waiting") == {record.id}
    say(view, bob, "rejected", after=1)
    assert found(dataset, "disagreed") == {record.id}


def test_a_decision_whose_revision_is_undone_is_to_be_made_again(
    view: View, dataset: Dataset, record: Record, member: Membership, alice: User, bob: User, author: Author
) -> None:
    say(view, alice, "approved")
    say(view, bob, "approved")
    undo_revision(Revision.objects.get(dataset=dataset, number=2), author=author)
    assert found(dataset, "waiting") == {record.id}
    everything = create_view(dataset, member=member, name="All", is_shared=True)
    set_status(dataset, [record.id], "flagged", author=author)
    decision = say(everything, alice, "rejected")
    assert take_next(everything, bob.id, NOW) is None
    assert decision.revision_id
    undo_revision(Revision.objects.get(pk=decision.revision_id), author=author)
    lease = take_next(everything, bob.id, NOW)
    assert lease is not None
    with pytest.raises(DecisionRefusedError, match="already"):
        take_back(decision, author=author_of(alice), now=NOW)


def test_what_was_changed_since_is_not_taken_back(
    dataset: Dataset, record: Record, member: Membership, alice: User, author: Author
) -> None:
    view = create_view(dataset, member=member, name="All")
    decision = say(view, alice, "approved")
    set_status(dataset, [record.id], "flagged", author=author)
    with pytest.raises(UndoRefusedError):
        take_back(decision, author=author_of(alice), now=NOW)
    decision.refresh_from_db()
    assert decision.withdrawn_at is None
    assert status_of(record) == "flagged"


def test_what_was_skipped_comes_back_when_asked_for(view: View, record: Record, alice: User) -> None:
    say(view, alice, "skipped")
    assert take_next(view, alice.id, NOW) is None
    assert serve_skipped_again(view, author=author_of(alice), now=NOW) == 1
    assert take_next(view, alice.id, NOW) is not None


def test_a_decision_is_one_of_four(view: View, record: Record, alice: User) -> None:
    with pytest.raises(DecisionInvalidError, match="A decision is one of"):
        decide(view, record.id, "new", author=author_of(alice), seen_status="new", now=NOW)


def test_what_is_erased_leaves_nothing_of_what_was_said(
    view: View, dataset: Dataset, record: Record, alice: User, bob: User, author: Author
) -> None:
    say(view, alice, "approved")
    take_next(view, bob.id, NOW)
    erase_records(dataset.workspace, [record.id], author=author)
    assert not QueueLease.objects.exists()
    assert not Decision.objects.exists()
    assert not Opinion.objects.exists()
