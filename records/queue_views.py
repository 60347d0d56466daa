"""A view worked as a queue: one record after the other, each before one person at a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from datasets.authors import page_author
from datasets.job_words import words_of
from datasets.models import View
from project.accounts.guards import reviewer_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import ConflictError, DomainError, NotFoundError
from project.lib.htmx import render_page
from project.lib.ids import new_id, parse_id
from records import actions, queues
from records.models import Decision, QueueLease, Record
from records.queuenumbers import read_agreement, read_contributions, read_numbers, read_rest
from records.readerpage import reader_context
from records.viewbar import get_view, list_url_of

_TOLD = {"approved": "Approved.", "rejected": "Rejected.", "flagged": "Flagged.", "skipped": "Skipped."}


@never_cache
@require_GET
@workspace_required
def queue_work(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    """The record that this person has before them, or the way to the next one."""
    view = _get_view(request, dataset_id, view_id)
    return _draw(request, view, queues.live_lease(view, request.user.id, timezone.now()))


@require_POST
@reviewer_required
def queue_next(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    view = _get_view(request, dataset_id, view_id)
    return _go_on(request, view)


@require_POST
@reviewer_required
def queue_decide(request: PageRequest, dataset_id: UUID, view_id: UUID, record_id: UUID) -> HttpResponse:
    """Decides and goes on with the next record, also when it was too late to decide."""
    view = _get_view(request, dataset_id, view_id)
    try:
        decision = actions.decide(
            view,
            record_id,
            request.POST.get("choice", ""),
            author=page_author(request),
            seen_status=request.POST.get("seen_status", ""),
            now=timezone.now(),
        )
    except (ConflictError, NotFoundError) as error:
        messages.warning(request, str(error))
    else:
        undo_url = reverse("records:queue_undo", args=[dataset_id, view_id, decision.id])
        messages.success(request, _TOLD[decision.choice], extra_tags=undo_url)
    return _go_on(request, view)


@require_POST
@reviewer_required
def queue_undo(request: PageRequest, dataset_id: UUID, view_id: UUID, decision_id: UUID) -> HttpResponse:
    """Takes back a decision of one's own, and puts the record before its author again."""
    view = _get_view(request, dataset_id, view_id)
    decision = get_object_or_404(Decision, pk=decision_id, view=view, user=request.user)
    now = timezone.now()
    try:
        actions.take_back(decision, author=page_author(request), now=now)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        queues.hold(view, decision.record_id, request.user.id, now)
        messages.success(request, "Taken back; decide again.")
    return redirect("records:queue_work", dataset_id, view_id)


@require_POST
@reviewer_required
def queue_again(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    """What was skipped is served again."""
    view = _get_view(request, dataset_id, view_id)
    actions.serve_skipped_again(view, author=page_author(request), now=timezone.now())
    return _go_on(request, view)


@require_POST
@workspace_required
def queue_renew(request: PageRequest, dataset_id: UUID, view_id: UUID, record_id: UUID) -> HttpResponse:
    """The page that shows the record says that it is still open."""
    view = _get_view(request, dataset_id, view_id)
    tab = parse_id(request.POST.get("tab", ""))
    if tab and queues.renew(view, record_id, request.user.id, tab, timezone.now()):
        return HttpResponse(status=204)
    return render(request, "records/_queue_lost.html", {"dataset": view.dataset, "view": view})


@require_POST
@workspace_required
def queue_leave(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    """By its button the record is free at once; a page that was closed names itself as `tab`."""
    view = _get_view(request, dataset_id, view_id)
    if tab := parse_id(request.POST.get("tab", "")):
        queues.release_soon(view, request.user.id, tab, timezone.now())
        return HttpResponse(status=204)
    queues.release(view, request.user.id)
    return redirect(list_url_of(view))


@never_cache
@require_GET
@workspace_required
def queue_numbers(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    """For the head of the queue; as a page of its own, also who did how much."""
    view, now = _get_view(request, dataset_id, view_id), timezone.now()
    numbers = read_numbers(view, request.user.id, now)
    context = {"dataset": view.dataset, "view": view, "numbers": numbers}
    if not request.htmx:
        context |= {"contributions": read_contributions(view, now), "agreement": read_agreement(view)}
    if numbers.finish is not None:
        context |= {"finish_at": now + numbers.finish, "finish_in": f"in about {words_of(numbers.finish)}"}
    return render_page(request, "records/queue_numbers.html", "records/_queue_numbers.html", context)


def _go_on(request: PageRequest, view: View) -> HttpResponse:
    lease = queues.take_next(view, request.user.id, timezone.now())
    if request.htmx:
        return trigger_client_event(_draw(request, view, lease), "queue-moved")
    return redirect("records:queue_work", view.dataset_id, view.pk)


def _draw(request: PageRequest, view: View, lease: QueueLease | None) -> HttpResponse:
    context: dict[str, Any] = {
        "dataset": view.dataset,
        "view": view,
        "list_url": list_url_of(view),
        "can_decide": request.membership.can_review,
    }
    if lease is not None:
        records = Record.objects.in_dataset(view.dataset).select_related("revision")
        record = get_object_or_404(records, pk=lease.pk)
        context |= {**reader_context(request, view.dataset, record), "tab": new_id(), "next": request.path}
    else:
        now = timezone.now()
        context["has_next"] = queues.has_next(view, request.user.id, now)
        context["rest"] = None if context["has_next"] else read_rest(view, request.user.id, now)
    return render_page(request, "records/queue.html", "records/_queue_desk.html", context)


def _get_view(request: PageRequest, dataset_id: UUID, view_id: UUID) -> View:
    return get_view(request.workspace, request.user, dataset_id, view_id)
