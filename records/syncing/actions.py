from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from datasets.errors import AttachmentNotFoundError
from datasets.events import log_event
from datasets.models import Attachment, Dataset, Job, Revision
from datasets.revisions import lock_dataset
from files.errors import FileNotFoundInWorkspaceError
from files.models import File
from project.accounts.types import Author
from records.actions import erase_from, replace_text, start_job
from records.changesets import log_changes, revise
from records.errors import ConflictResolvedError, PlanOutdatedError, RecordNotFoundError
from records.models import Record, SyncConflict, SyncPlan
from records.syncing.recipes import recipe_of
from records.syncing.rows import free_rows, restore_rows, tied_ids, trash_rows


@transaction.atomic
def attach_file(dataset: Dataset, file: File, *, author: Author) -> Attachment:
    """Makes the file a source of the dataset; imports nothing. A second time it answers what is there. Raises
    FileNotFoundInWorkspaceError for a deleted file or another workspace's."""
    lock_dataset(dataset)
    if not File.objects.visible_to(dataset.workspace).filter(pk=file.pk).exists():
        raise FileNotFoundInWorkspaceError("There is no such file in this workspace; upload it first.")
    attachment, is_new = Attachment.objects.get_or_create(dataset=dataset, file=file)
    if is_new:
        _log(dataset, file, "dataset.file.attach", author)
    return attachment


@transaction.atomic
def detach_file(dataset: Dataset, file: File, *, author: Author) -> None:
    """Its records stay, and stay tied to the file: attached and synced again they are found, not doubled. Raises
    AttachmentNotFoundError."""
    lock_dataset(dataset)
    _detach(dataset, file, author, records=0)


@transaction.atomic
def detach_file_and_trash_records(dataset: Dataset, file: File, *, author: Author) -> int:
    """Moves the file's records to the trash as one revision; their number. They are freed, so that the file begins
    anew when it is attached again. Raises AttachmentNotFoundError."""
    live, trashed = tied_ids(dataset, file)
    if live or trashed:
        with revise(dataset, kind=Revision.Kind.TRASH, author=author, note=file.name) as changes:
            trash_rows(changes.revision, live)
            free_rows(changes.revision, trashed)
            changes.removed = live
            changes.changed = trashed
            log_changes(changes, "record.trash", author)
    lock_dataset(dataset)  # After the records, in the order in which a sync locks them.
    _detach(dataset, file, author, records=len(live))
    return len(live)


@transaction.atomic
def detach_file_and_erase_records(dataset: Dataset, file: File, *, author: Author) -> int:
    """Erases the file's records for good, also from the trash and from snapshots; their number. Raises
    AttachmentNotFoundError."""
    live, trashed = tied_ids(dataset, file)
    if live or trashed:
        erase_from(dataset, [*live, *trashed], author=author)
    lock_dataset(dataset)
    _detach(dataset, file, author, records=len(live) + len(trashed))
    return len(live) + len(trashed)


@transaction.atomic
def start_sync(dataset: Dataset, file: File, *, author: Author) -> Job:
    """A job that plans and then applies the newest version of the file, as one revision. While one waits or reads it
    is answered instead: before it publishes it looks whether there is a newer version, and then reads that one. Raises
    AttachmentNotFoundError."""
    lock_dataset(dataset)
    _require_attachment(dataset, file)
    waiting = Job.objects.active().syncs().of_attachment(dataset, file)
    running = waiting.filter(status__in=(Job.Status.QUEUED, Job.Status.RUNNING), failure="")
    job = running.exclude(result__has_key="published").first()
    return job or start_job(dataset, Job.Kind.SYNC_FILE, author, file=file)


def start_syncs(file: File, *, author: Author) -> list[Job]:
    """One for every dataset that the file is attached to; none is no error."""
    attachments = (
        Attachment.objects.of_file(file).filter(dataset__workspace_id=file.workspace_id).order_by("id")
    )
    return [start_sync(attachment.dataset, file, author=author) for attachment in attachments]


@transaction.atomic
def start_plan(dataset: Dataset, file: File, *, author: Author) -> Job:
    """A job that ends with a SyncPlan of what a sync would do, and changes nothing. Raises AttachmentNotFoundError."""
    lock_dataset(dataset)
    _require_attachment(dataset, file)
    waiting = Job.objects.active().sync_plans().of_attachment(dataset, file)
    job = waiting.filter(status=Job.Status.QUEUED).first()
    return job or start_job(dataset, Job.Kind.PLAN_SYNC, author, file=file)


@transaction.atomic
def apply_plan(plan: SyncPlan, *, author: Author) -> Job:
    """Starts the sync that a person has looked at. The records are looked at anew, so that what was edited since then
    is kept as well. Raises PlanOutdatedError when the file has another version or is cut otherwise than planned."""
    job = plan.job
    if job.dataset is None or job.file is None:
        raise FileNotFoundInWorkspaceError("The file was deleted.")
    if recipe_of(job.dataset, job.file) != plan.recipe:
        raise PlanOutdatedError("The file has changed since this plan was made; make a new plan.")
    return start_sync(job.dataset, job.file, author=author)


@transaction.atomic
def resolve_conflict_with_file(conflict: SyncConflict, *, author: Author) -> None:
    """The record becomes what the file says, out of the trash if it is there; where the file has lost the chunk, the
    record goes to the trash. Raises ConflictResolvedError, RecordNotFoundError."""
    record = _claimed(conflict)
    if conflict.is_lost:
        if record.trashed_at is None:
            with revise(record.dataset, kind=Revision.Kind.TRASH, author=author) as changes:
                trash_rows(changes.revision, [record.pk])
                changes.removed = [record.pk]
                log_changes(changes, "record.trash", author)
        return
    if record.trashed_at is not None:
        with revise(record.dataset, kind=Revision.Kind.RESTORE, author=author) as changes:
            restore_rows(changes.revision, [record.pk])
            changes.added = [record.pk]
            log_changes(changes, "record.restore", author)
    replace_text(record, conflict.file_text, author=author)


@transaction.atomic
def resolve_conflict_with_mine(conflict: SyncConflict) -> None:
    """The record stays as it is. Raises ConflictResolvedError, RecordNotFoundError."""
    _claimed(conflict)


def _claimed(conflict: SyncConflict) -> Record:
    """The record, locked before its conflict as a sync does, and the conflict resolved."""
    record = Record.objects.select_related("dataset").get_locked(conflict.record_id)
    if record is None:
        raise RecordNotFoundError("The record of this conflict was deleted.")
    open_one = SyncConflict.objects.filter(pk=conflict.pk, resolved_at=None)
    if not open_one.update(resolved_at=timezone.now()):
        raise ConflictResolvedError(
            "This was decided already, or the file has changed again; look at the list."
        )
    return record


def _require_attachment(dataset: Dataset, file: File) -> None:
    if not Attachment.objects.in_dataset(dataset).filter(file=file).exists():
        raise _not_attached(file)


def _detach(dataset: Dataset, file: File, author: Author, *, records: int) -> None:
    if not Attachment.objects.filter(dataset=dataset, file=file).delete()[0]:
        raise _not_attached(file)
    _log(dataset, file, "dataset.file.detach", author, records=records)


def _not_attached(file: File) -> AttachmentNotFoundError:
    return AttachmentNotFoundError(
        f"{file.name or 'The file'} is not attached to this dataset; attach it first."
    )


def _log(dataset: Dataset, file: File, type_: str, author: Author, **meta: int) -> UUID:
    event = log_event(
        dataset.workspace_id,
        type_,
        dataset_id=dataset.id,
        file_id=file.id,
        user_id=author.user_id,
        meta={"name": file.name, **meta},
    )
    return event.id
