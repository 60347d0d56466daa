"""What can be asked for of selected records: a change of them, or copies in another dataset. Both are looked at first
and carried out then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from datasets.models import Dataset, Job, Revision
from project.accounts.types import Author
from records import actions
from records.changes import AddTags, Change, MoveToTrash, RemoveTags, SetSplit, SetStatus
from records.selections import Selection

_QUICK = (SetStatus, AddTags, RemoveTags, SetSplit, MoveToTrash)


class Order(Protocol):
    @property
    def is_decision(self) -> bool:
        """Whether reviewers may give it."""

    @property
    def is_quick(self) -> bool:
        """Whether records that were ticked one by one are changed without a question: it is plain what becomes of
        them, and it can be taken back."""

    def preview(self, dataset: Dataset, selection: Selection) -> actions.Preview:
        """Writes nothing."""

    def carry_out(self, dataset: Dataset, selection: Selection, *, author: Author) -> Revision | Job:
        """At once, or as a job where there are many."""


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    change: Change

    @property
    def is_decision(self) -> bool:
        return isinstance(self.change, SetStatus)

    @property
    def is_quick(self) -> bool:
        return isinstance(self.change, _QUICK)

    def preview(self, dataset: Dataset, selection: Selection) -> actions.Preview:
        return actions.preview_change(dataset, selection, self.change)

    def carry_out(self, dataset: Dataset, selection: Selection, *, author: Author) -> Revision | Job:
        return actions.change_records(dataset, selection, self.change, author=author)


@dataclass(frozen=True, slots=True)
class TransferOrder:
    target: Dataset
    words: str
    action: Callable[..., Revision | Job]
    is_decision: bool = False
    is_quick: bool = False

    def preview(self, dataset: Dataset, selection: Selection) -> actions.Preview:
        return actions.preview_transfer(dataset, selection, self.target, words=self.words)

    def carry_out(self, dataset: Dataset, selection: Selection, *, author: Author) -> Revision | Job:
        return self.action(dataset, selection, target=self.target, author=author)


def copy_to(target: Dataset) -> TransferOrder:
    return TransferOrder(target, f"copies in {target.label}", actions.copy_records)


def move_to(target: Dataset) -> TransferOrder:
    return TransferOrder(target, f"moved to {target.label}, from here to the trash", actions.move_records)
