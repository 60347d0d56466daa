"""What a page says after a change: the thing, the count, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from datasets.job_cards import has_worker
from datasets.models import Job, Revision

NO_WORKER = "But no worker is running, so it does not begin before somebody starts one."


def say_changed(request: HttpRequest, outcome: Revision | Job) -> None:
    """A revision with its undo, or the job that will make one. The toast finds the address of the undo in the extra
    tags of the message."""
    if isinstance(outcome, Job):
        if has_worker(timezone.now()):
            messages.info(request, _job_told(outcome))
        else:
            messages.warning(request, format_html("{} {}", _job_told(outcome), NO_WORKER))
    else:
        # Of an undo only the link: the key that undoes would take it back, and never come to the change before.
        way_back = "" if outcome.kind == Revision.Kind.UNDO else undo_url(outcome)
        messages.success(request, _revision_told(outcome), extra_tags=way_back)


def say_ended(request: HttpRequest, job: Job) -> None:
    """What came of a job, as if it had been done at once."""
    if job.revision and job.revision.number:
        say_changed(request, job.revision)
    else:
        told = job.message or f"{job}: {job.get_status_display().lower()}."
        (messages.error if job.status == Job.Status.FAILED else messages.info)(request, told)


def undo_url(revision: Revision) -> str:
    return reverse("records:revision_undo", args=[revision.dataset_id, revision.number])


def told_undo(details: dict[str, int]) -> str:
    """Such as “98 records went back. In 2 what was changed later is kept.”"""
    undone, kept, erased = (details.get(name, 0) for name in ("undone", "kept", "erased"))
    told = f"{_records(undone)} went back."
    if kept:
        told += f" In {kept:,} what was changed later is kept."
    if erased:
        told += f" {_records(erased)} cannot come back: deleted for good."
    return told


def _revision_told(revision: Revision) -> SafeString:
    url = reverse("records:revision_detail", args=[revision.dataset_id, revision.number])
    return format_html('{} <a href="{}">Revision {}</a>', _told(revision), url, f"{revision.number:,}")


_MOVES: dict[str, str] = {
    Revision.Kind.TRASH: "moved to the trash",
    Revision.Kind.RESTORE: "moved out of the trash",
}


def _told(revision: Revision) -> str:
    if revision.kind == Revision.Kind.UNDO:
        return f"Undid {revision.note}: {told_undo(revision.details)}"
    touched = _records(revision.added + revision.changed + revision.removed)
    if revision.kind == Revision.Kind.CREATE:
        return f"{touched} copied {revision.note}."
    if revision.kind in _MOVES:
        return f"{touched} {revision.note if 'moved_to' in revision.details else _MOVES[revision.kind]}."
    return f"{touched} changed: {revision.note}."


def _job_told(job: Job) -> SafeString:
    url = reverse("datasets:job_detail", args=[job.id])
    asking = format_html(
        'hx-get="{}" hx-trigger="every 1s" hx-target="closest .toast" hx-swap="delete" hx-indicator="this"',
        reverse("records:selection_outcome", args=[job.dataset_id, job.id]),
    )
    told = 'A job does this; until it ends, nothing changes. <a href="{}" {}>Watch the job</a>'
    return format_html(told, url, asking)


def _records(number: int) -> str:
    return f"{number:,} record{'' if number == 1 else 's'}"
