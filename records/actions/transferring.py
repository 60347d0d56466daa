from __future__ import annotations

from uuid import UUID

from django.db import transaction

from datasets.models import Dataset, Job, Revision
from datasets.revisions import lock_dataset
from project.accounts.types import Author
from records.actions.bulk import SAMPLES, Preview, Sample
from records.actions.starting import start_job
from records.bulk import AT_ONCE
from records.errors import ChangeInvalidError
from records.selections import SelectedIds, Selection
from records.transferring import Transfer, open_arrival, open_departure


@transaction.atomic
def copy_records(
    dataset: Dataset, selection: Selection, *, target: Dataset, author: Author
) -> Revision | Job:
    """Copies of the selected records, as one revision of the target: few at once, many as a job. Raises
    ChangeInvalidError, and NothingToChangeError when no record matches."""
    _check(dataset, selection, target)
    ids = SelectedIds(dataset, selection).first(AT_ONCE + 1)
    arrival = open_arrival(dataset, target, selection, author=author)
    if len(ids) > AT_ONCE:
        return _start(dataset, selection, target, author, revision=arrival)
    return _carry_out(Transfer(arrival), ids, author)


@transaction.atomic
def move_records(
    dataset: Dataset, selection: Selection, *, target: Dataset, author: Author
) -> Revision | Job:
    """As `copy_records`, and the originals go to the trash as one revision of their dataset. Each of the two revisions
    is undone by itself; `details` of the latter name the former."""
    _check(dataset, selection, target)
    ids = SelectedIds(dataset, selection).first(AT_ONCE + 1)
    departure = open_departure(dataset, target, selection, author=author)
    if len(ids) > AT_ONCE:
        return _start(dataset, selection, target, author, revision=departure)
    arrival = open_arrival(dataset, target, selection, author=author)
    return _carry_out(Transfer(arrival, departure), ids, author)


def preview_transfer(dataset: Dataset, selection: Selection, target: Dataset, *, words: str) -> Preview:
    """How many records would go, and the first of them. Raises ChangeInvalidError, FilterError,
    SelectionOutdatedError."""
    _check(dataset, selection, target)
    selected = SelectedIds(dataset, selection)
    matched = selected.count()
    return Preview(
        matched=matched,
        filter_words=selection.words,
        change_words=words,
        samples=tuple(Sample(record_id, ()) for record_id in selected.first(SAMPLES)),
        is_job=matched > AT_ONCE,
    )


def _carry_out(transfer: Transfer, ids: list[UUID], author: Author) -> Revision:
    transfer.take(ids, is_few=True)
    transfer.publish(matched=len(ids), author=author)
    return transfer.departure or transfer.arrival


def _start(
    dataset: Dataset, selection: Selection, target: Dataset, author: Author, *, revision: Revision
) -> Job:
    """With the revision of the dataset in which it will be: the target's for copies, for a move the source's."""
    lock_dataset(dataset)
    options = {"selection": selection.as_json(), "target_id": str(target.pk)}
    return start_job(dataset, Job.Kind.BULK_CHANGE, author, options=options, revision=revision)


def _check(dataset: Dataset, selection: Selection, target: Dataset) -> None:
    if selection.is_of_trash:
        raise ChangeInvalidError(
            "Records in the trash can only be restored or deleted for good; restore them first."
        )
    if target.workspace_id != dataset.workspace_id or target.deleted_at is not None:
        raise ChangeInvalidError("There is no such dataset in this workspace.")
    if target.pk == dataset.pk:
        raise ChangeInvalidError("The records are in this dataset already; choose another one.")
