from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from datasets import job_cards, jobs
from datasets.errors import JobEndedError
from datasets.job_words import NO_WORKER
from datasets.models import Job
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page

DOCK_JOBS = 4
JUST_ENDED = timedelta(minutes=1)


@require_GET
@workspace_required
def job_list(request: PageRequest) -> HttpResponse:
    now, status = timezone.now(), request.GET.get("status", "")
    if status and status not in Job.Status.values:
        return redirect("datasets:job_list")
    found = Job.objects.visible_to(request.workspace).with_status(status).for_pages()
    try:
        page = newest_page(found, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        return redirect("datasets:job_list")
    is_worker_there = job_cards.has_worker(now)
    context = {
        "cards": job_cards.cards_of(page.rows, now, is_worker_there=is_worker_there),
        "page": page,
        "status": status,
        "statuses": Job.Status.choices,
        "is_active": any(job.is_active for job in page.rows),
        "worker_sentence": "" if is_worker_there else NO_WORKER,
    }
    return render_page(request, "datasets/job_list.html", "datasets/_job_table.html", context)


@never_cache
@require_GET
@workspace_required
def job_detail(request: PageRequest, job_id: UUID) -> HttpResponse:
    return _draw_job(request, "datasets/job_detail.html", _find(request, job_id))


@never_cache
@require_GET
@workspace_required
def job_progress(request: PageRequest, job_id: UUID) -> HttpResponse:
    return _draw_job(request, "datasets/_job_progress.html", _find(request, job_id))


@require_POST
@editor_required
def job_cancel(request: PageRequest, job_id: UUID) -> HttpResponse:
    job, refusal = _find(request, job_id), ""
    try:
        jobs.cancel_job(job)
    except JobEndedError as error:
        refusal = str(error)
    if request.htmx:
        return _draw_job(request, "datasets/_job_progress.html", job, refusal=refusal)
    if refusal:
        messages.error(request, refusal)
    return redirect("datasets:job_detail", job_id)


@never_cache
@require_GET
@workspace_required
def job_dock(request: PageRequest) -> HttpResponse:
    """The running jobs of the workspace, and for a minute those that ended."""
    now = timezone.now()
    of_workspace = Job.objects.visible_to(request.workspace).for_pages().newest_first()
    active = list(of_workspace.active()[: DOCK_JOBS + 1])
    newest = of_workspace[:DOCK_JOBS]
    ended = [job for job in newest if job.ended_at and now - job.ended_at < JUST_ENDED]
    is_worker_there = job_cards.has_worker(now)
    context = {
        "cards": job_cards.cards_of([*active, *ended][:DOCK_JOBS], now, is_worker_there=is_worker_there),
        "is_active": bool(active),
        "has_more": len(active) > DOCK_JOBS,
        "is_without_worker": bool(active) and not is_worker_there,
    }
    return render(request, "datasets/_dock.html", context)


def _find(request: PageRequest, job_id: UUID) -> Job:
    return get_object_or_404(Job.objects.visible_to(request.workspace).for_pages(), pk=job_id)


def _draw_job(request: PageRequest, template: str, job: Job, *, refusal: str = "") -> HttpResponse:
    now = timezone.now()
    card = job_cards.card_of(job, now, is_worker_there=job_cards.has_worker(now))
    return render(request, template, {"card": card, "job": job, "refusal": refusal})
