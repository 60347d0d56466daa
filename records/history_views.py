"""The history of a dataset and of a record, and the way back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from datasets.authors import page_author
from datasets.models import Dataset, Job, Revision
from project.accounts.guards import refuse, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError, decode_cursor, encode_cursor
from project.lib.htmx import render_page
from project.lib.ids import parse_id
from records import actions
from records.errors import ChangeInvalidError
from records.history import history_of, steps_of
from records.models import Record
from records.toasts import say_changed
from records.undoing import START, foresee, touched_ids

PAGE_SIZE = 50
NOT_YOURS = (
    "Your role may take back only what you decided yourself. Ask an owner for the editor role, "
    "or ask whoever made the revision."
)


@never_cache
@require_GET
@workspace_required
def revision_detail(request: PageRequest, dataset_id: UUID, number: int) -> HttpResponse:
    """What a revision did, and to which records; `after=` is the place in their list."""
    dataset = _get_dataset(request, dataset_id)
    revision = get_revision(dataset, number)
    cursor = request.GET.get("after", "")
    try:
        after = decode_cursor(cursor) if cursor else START
    except CursorError:
        return redirect("records:revision_detail", dataset.id, number)
    ids = next(touched_ids(revision, None, after=after, batch=PAGE_SIZE + 1), [])
    shown = ids[:PAGE_SIZE]
    context = {
        "dataset": dataset,
        "revision": revision,
        "can_undo": can_undo(request, revision),
        "steps": steps_of(revision, shown),
        "next_url": f"?after={encode_cursor(shown[-1])}" if len(ids) > PAGE_SIZE else "",
        "first_url": request.path if cursor else "",
    }
    return render(request, "records/revision_detail.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_required
def revision_undo(request: PageRequest, dataset_id: UUID, number: int) -> HttpResponse:
    """Asked for, what would go back and what would stay; sent, does it. `record=` names those that are meant; without
    one it is all of them."""
    dataset = _get_dataset(request, dataset_id)
    revision = get_revision(dataset, number)
    if not can_undo(request, revision):
        return refuse(request, NOT_YOURS)
    chosen = _chosen(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        outcome = actions.undo(revision, author=page_author(request), record_ids=chosen)
        return _go_on(request, dataset, outcome)
    counts, is_complete = foresee(revision, chosen)
    erased = actions.count_erased(revision, chosen)
    context = {
        "dataset": dataset,
        "revision": revision,
        "counts": counts,
        "erased": erased,
        "is_complete": is_complete,
        "chosen": chosen,
    }
    return render(request, "records/revision_undo.html", context)


@never_cache
@require_GET
@workspace_required
def revision_undo_last(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """To the question about the person's own last change, when its toast is gone."""
    dataset = _get_dataset(request, dataset_id)
    revision = Revision.objects.history_of(dataset).left_to_undo_by(request.user).first()
    if revision is None:
        messages.info(request, "You have changed nothing here that could be taken back.")
        return redirect("datasets:dataset_history", dataset.id)
    return redirect("records:revision_undo", dataset.id, revision.number)


@never_cache
@require_GET
@workspace_required
def record_history(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    """Also of a record in the trash."""
    dataset = _get_dataset(request, dataset_id)
    record = get_object_or_404(Record.objects.of_dataset(dataset).published(), pk=record_id)
    entries = history_of(record)
    context = {
        "dataset": dataset,
        "record": record,
        "entries": [(entry, can_undo(request, entry.revision)) for entry in entries],
    }
    return render_page(request, "records/record_history.html", "records/_record_history.html", context)


def _chosen(given: QueryDict) -> list[UUID] | None:
    """Raises ChangeInvalidError where some were to be chosen and none is: that never means all."""
    chosen = [found for value in given.getlist("record") if (found := parse_id(value))]
    if not chosen and ("record" in given or "ticked" in given):
        raise ChangeInvalidError("No record is ticked; go back and tick at least one.")
    return chosen or None


def can_undo(request: PageRequest, revision: Revision) -> bool:
    """Whoever may only decide may take back the own decisions."""
    if revision.kind == Revision.Kind.ERASE:
        return False
    membership = request.membership
    return membership.can_write or (membership.can_review and revision.user_id == request.user.id)


def _go_on(request: PageRequest, dataset: Dataset, outcome: Revision | Job) -> HttpResponse:
    """Back to where the button was, where a toast tells of it; else a job is told by its own page."""
    place = _came_from(request)
    if isinstance(outcome, Job) and not place:
        place = reverse("datasets:job_detail", args=[outcome.id])
    else:
        say_changed(request, outcome)
        place = place or reverse("datasets:dataset_history", args=[dataset.id])
    return HttpResponseClientRedirect(place) if request.htmx else redirect(place)


def _came_from(request: PageRequest) -> str:
    """The page with the button, unless that is the question of this view itself."""
    place = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure())
    return place if is_ours and request.path not in place else ""


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def get_revision(dataset: Dataset, number: int) -> Revision:
    revisions = Revision.objects.history_of(dataset).with_undoing()
    return get_object_or_404(revisions.select_related("dataset", "user"), number=number)
