"""One record's status by its button or key, and the way back, told in those places that the page at hand has."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import Truncator
from django.views.decorators.http import require_POST

from datasets.authors import page_author
from datasets.models import Dataset
from project.accounts.guards import refuse, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.ids import new_id, parse_id
from records import actions
from records.history_views import NOT_YOURS, can_undo, get_revision
from records.models import Record

NAME_CHARACTERS = 40


@require_POST
@workspace_required
def record_set_status(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    dataset, record = _get_record(request, dataset_id, record_id)
    if not request.membership.can_review:
        return refuse(
            request, "Your role may read records but not decide on them. Ask an owner for the reviewer role."
        )
    status = request.POST.get("status", "")
    is_changed = actions.set_status(dataset, [record.id], status, author=page_author(request)) > 0
    record.curation.status = status
    # Publishing has left the number of its revision at the dataset.
    return _tell(request, record, undo_number=dataset.revision_number if is_changed else None)


@require_POST
@workspace_required
def record_undo_status(request: PageRequest, dataset_id: UUID, record_id: UUID, number: int) -> HttpResponse:
    """Takes back what revision `number` did to the record. What was decided since then stays, and is said."""
    dataset, record = _get_record(request, dataset_id, record_id)
    revision = get_revision(dataset, number)
    if not can_undo(request, revision):
        return refuse(request, NOT_YOURS)
    actions.undo_revision(revision, author=page_author(request), record_ids=[record.id])
    return _tell(request, _get_record(request, dataset_id, record_id)[1])


def _tell(request: PageRequest, record: Record, *, undo_number: int | None = None) -> HttpResponse:
    """For htmx the pieces that changed; the reader may have moved on meanwhile."""
    name = Truncator(record.preview).chars(NAME_CHARACTERS) or "no text"
    told = f"Marked as {record.get_status_display().lower()}: “{name}”"
    if not request.htmx:
        messages.success(request, told)
        detail = reverse("records:record_detail", args=[record.dataset_id, record.id])
        return redirect(_next_place(request) or detail)
    shown_at = request.htmx.current_url_abs_path or ""
    context = {
        "dataset": record.dataset,
        "told": told,
        "record": record,
        "undo_number": undo_number,
        "is_in_list": shown_at.startswith(reverse("records:record_list", args=[record.dataset_id]) + "?"),
        "is_open": str(record.id) in shown_at,
        "next": _next_place(request),
        "toast_id": new_id(),
        "undone_toast_id": parse_id(request.POST.get("toast", "")),
    }
    return render(request, "records/_record_status_changed.html", context)


def _get_record(request: PageRequest, dataset_id: UUID, record_id: UUID) -> tuple[Dataset, Record]:
    """Both know the same dataset."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    found = Record.objects.in_dataset(dataset).select_related("revision")
    record = get_object_or_404(found, pk=record_id)
    record.dataset = dataset
    return dataset, record


def _next_place(request: PageRequest) -> str:
    """Where the page wants to go on, if that is ours."""
    place = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure())
    return place if is_ours else ""
