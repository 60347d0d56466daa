from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from datasets.models import Dataset, Door, Job, Revision
from datasets.revisions import lock_dataset
from project.accounts.types import Author
from records.actions.starting import start_job
from records.bulk import AT_ONCE, check_change, open_change, publish_change
from records.changes import Change, ReplaceText, change_as_json
from records.history import FieldChange, changes_of_revision
from records.rewriting import renew_search
from records.selections import SelectedIds, Selection

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """What a change would make of one record."""

    record_id: UUID
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown before anything is written: how many records match, the filter and the change in words, and
    what becomes of the first few that would become others."""

    matched: int
    filter_words: str
    change_words: str
    samples: tuple[Sample, ...]
    is_job: bool


def preview_change(dataset: Dataset, selection: Selection, change: Change) -> Preview:
    """Changes the first records in a transaction that is rolled back, so that the samples are what would be written.
    Raises ChangeInvalidError, FilterError, SelectionOutdatedError."""
    check_change(selection, change)
    selected = SelectedIds(dataset, selection)
    matched = selected.count()
    with transaction.atomic():
        trial = open_change(dataset, selection, change, author=Author(dataset.owner_id, Door.PAGE))
        change.touch(trial, selected.some(AT_ONCE))
        changed = changes_of_revision(trial, limit=SAMPLES)
        transaction.set_rollback(True)
    return Preview(
        matched=matched,
        filter_words=selection.words,
        change_words=change.words,
        samples=tuple(Sample(record_id, fields) for record_id, fields in changed),
        is_job=matched > AT_ONCE,
    )


@transaction.atomic
def change_records(
    dataset: Dataset, selection: Selection, change: Change, *, author: Author
) -> Revision | Job:
    """Changes exactly the selected records, as one revision: few at once, many as a job. Raises ChangeInvalidError,
    FilterError, SelectionOutdatedError, and NothingToChangeError when no record becomes another."""
    check_change(selection, change)
    ids = SelectedIds(dataset, selection).some(AT_ONCE + 1)
    if len(ids) > AT_ONCE:
        return start_change(dataset, selection, change, author=author)
    revision = open_change(dataset, selection, change, author=author)
    change.touch(revision, ids)
    if isinstance(change, ReplaceText):
        renew_search(revision)
    publish_change(revision, change, matched=len(ids), author=author)
    return revision


@transaction.atomic
def start_change(dataset: Dataset, selection: Selection, change: Change, *, author: Author) -> Job:
    """The same as a job, however many. Raises ChangeInvalidError."""
    check_change(selection, change)
    lock_dataset(dataset)
    revision = open_change(dataset, selection, change, author=author)
    options = {"selection": selection.as_json(), "change": change_as_json(change)}
    return start_job(dataset, Job.Kind.BULK_CHANGE, author, options=options, revision=revision)
