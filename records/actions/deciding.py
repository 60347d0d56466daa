"""Decisions in a queue. One person's sets the status at once; of two who are asked, the second's, if they agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from datasets.models import Revision, View
from project.accounts.types import Author
from records.actions.editing import set_status
from records.actions.undoing import undo_revision
from records.errors import DecisionInvalidError, DecisionRefusedError, LeaseLostError, RecordNotFoundError
from records.models import Decision, Opinion, QueueLease, Record
from records.querysets import lock_records
from records.queues import keep_hold
from threads.sampling import lot_of, lots_below

Choice, Part, State = Decision.Choice, Decision.Part, Opinion.State


@dataclass(frozen=True, slots=True)
class _Said:
    """One decision on its way into the tables."""

    view: View
    record: Record
    choice: str
    author: Author
    now: datetime

    def keep(self, part: str, revision_id: UUID | None = None) -> Decision:
        return Decision.objects.create(
            dataset_id=self.record.dataset_id,
            record_id=self.record.pk,
            view=self.view,
            user_id=self.author.user_id,
            choice=self.choice,
            part=part,
            revision_id=revision_id,
            created_at=self.now,
        )

    def apply(self) -> UUID | None:
        """The revision that set the status; None if the record had it."""
        dataset = self.view.dataset
        if not set_status(dataset, [self.record.pk], self.choice, author=self.author):
            return None
        # The dataset is locked until the commit, so its number is that of this revision.
        return Revision.objects.get(dataset=dataset, number=dataset.revision_number).pk


@transaction.atomic
def decide(
    view: View, record_id: UUID, choice: str, *, author: Author, seen_status: str, now: datetime
) -> Decision:
    """Ends this person's lease of the record. Raises DecisionInvalidError, RecordNotFoundError, and LeaseLostError when
    the record is not theirs to decide any more or has another status than they saw; then nothing is changed."""
    if choice not in Choice.values:
        raise DecisionInvalidError(f"A decision is one of {', '.join(Choice.values)}, not {choice!r}.")
    record = Record.objects.in_dataset(view.dataset).without_content().get_locked(record_id)
    if record is None:
        raise RecordNotFoundError(
            "The record was deleted meanwhile; nothing was decided. Go on with the next."
        )
    if not keep_hold(view, record_id, author.user_id, now):
        raise LeaseLostError(_who_has_it(view, record_id, author.user_id, now))
    if record.status != seen_status:
        raise LeaseLostError(
            f"Somebody marked this record as {record.get_status_display().lower()} while you read it; "
            "nothing was decided. Look at it again."
        )
    decision = _keep(_Said(view, record, choice, author, now))
    QueueLease.objects.filter(pk=record_id).delete()
    return decision


@transaction.atomic
def take_back(decision: Decision, *, author: Author, now: datetime) -> None:
    """The record is as it was, and to be decided again. Raises DecisionRefusedError, UndoRefusedError."""
    lock_records([decision.record_id])
    if not Decision.objects.standing().filter(pk=decision.pk).update(withdrawn_at=now):
        raise DecisionRefusedError("This decision was taken back already.")
    opinion = Opinion.objects.select_for_update(of=("self",)).filter(pk=decision.record_id).first()
    if decision.part == Part.FIRST:
        if opinion is None or opinion.state != State.WAITING:
            raise DecisionRefusedError(
                "Somebody has given the second opinion since, so this stays; open the record to set its status."
            )
        opinion.delete()
    elif opinion is not None and decision.part == Part.SECOND and opinion.state != State.SETTLED:
        Opinion.objects.filter(pk=opinion.pk).update(state=State.WAITING)
    elif opinion is not None and decision.part == Part.ONLY and opinion.state == State.SETTLED:
        Opinion.objects.filter(pk=opinion.pk).update(state=State.DISAGREED)
    if decision.revision_id is not None:
        undo_revision(Revision.objects.select_related("dataset").get(pk=decision.revision_id), author=author)


def serve_skipped_again(view: View, *, author: Author, now: datetime) -> int:
    """What this person skipped comes back to them; how many that is."""
    skipped = Decision.objects.in_queue(view).filter(user_id=author.user_id, part=Part.NONE)
    return skipped.update(withdrawn_at=now)


def _keep(said: _Said) -> Decision:
    if said.choice == Choice.SKIPPED:
        return said.keep(Part.NONE)
    opinion = Opinion.objects.filter(pk=said.record.pk).first()
    is_open = opinion is not None and opinion.status == said.record.status
    if opinion is not None and is_open and opinion.state == State.WAITING:
        return _second(said, opinion)
    if opinion is not None and is_open and opinion.state == State.DISAGREED:
        Opinion.objects.filter(pk=opinion.pk).update(state=State.SETTLED)
        return said.keep(Part.ONLY, said.apply())
    if _is_drawn(said.view, said.record.pk):
        return _first(said)
    return said.keep(Part.ONLY, said.apply())


def _first(said: _Said) -> Decision:
    values = {
        "dataset_id": said.record.dataset_id,
        "user_id": said.author.user_id,
        "choice": said.choice,
        "status": said.record.status,
        "state": State.WAITING,
    }
    Opinion.objects.update_or_create(pk=said.record.pk, defaults=values)
    return said.keep(Part.FIRST)


def _second(said: _Said, opinion: Opinion) -> Decision:
    is_agreed = opinion.choice == said.choice
    state = State.AGREED if is_agreed else State.DISAGREED
    Opinion.objects.filter(pk=opinion.pk).update(state=state)
    return said.keep(Part.SECOND, said.apply() if is_agreed else None)


def _is_drawn(view: View, record_id: UUID) -> bool:
    """Whether two people decide on this record of the view's queue: by a lot, as logs are drawn for a sample."""
    return lot_of(str(view.pk), record_id) < lots_below(Decimal(view.second_percent))


def _who_has_it(view: View, record_id: UUID, user_id: UUID, now: datetime) -> str:
    lease = QueueLease.objects.against(user_id, now).filter(pk=record_id).select_related("user").first()
    if lease is not None:
        return (
            f"Your time for this record ran out and {lease.user} has it now; nothing was decided. "
            "Go on with the next."
        )
    return (
        "This record was decided meanwhile, or is not in the view any more; nothing was changed. "
        "Go on with the next."
    )
