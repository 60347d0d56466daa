"""Selected records: what is to become of them is asked for, shown, and done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from datasets.authors import page_author
from datasets.models import Dataset, Job
from project.accounts.guards import refuse, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from records.actions import Preview
from records.bulk import AT_ONCE
from records.bulk_forms import DECISIONS, TASKS, BulkForm, Picked, Task, read_form, read_picked
from records.bulk_orders import Order
from records.models import Record
from records.readerpage import joined
from records.selections import SelectedIds
from records.toasts import say_changed, say_ended

_NOT_YOURS = "Your role may decide on records but not change them. Ask an owner for the editor role."
_NOTHING_YOURS = "Your role may read records but not decide on them. Ask an owner for the reviewer role."


@require_POST
@workspace_required
def selection_change(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Without `verb` the form of the task; else the preview, and what was seen there, or what needs none, is done."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    name, verb = _task_and_verb(request)
    if not request.membership.can_review:
        return refuse(request, _NOTHING_YOURS)
    if not request.membership.can_write and (name != "plain" or verb not in {"", *DECISIONS}):
        return refuse(request, _NOT_YOURS)
    picked, task = read_picked(dataset, request.POST), TASKS[name]
    if not verb:
        return _draw(request, dataset, picked, name, read_form(task, dataset, None))
    form = read_form(task, dataset, request.POST)
    order = form.orders().get(verb) if form.is_valid() else None
    if order is None:
        return _draw(request, dataset, picked, name, form)
    try:
        if "confirmed" in request.POST or (order.is_quick and not picked.is_all):
            return _carry_out(request, dataset, picked, order)
        preview = order.preview(dataset, picked.selection)
    except DomainError as error:
        if name == "plain":
            raise
        form.add_error(None, str(error))
        return _draw(request, dataset, picked, name, form)
    return _draw(request, dataset, picked, name, form, preview=preview, verb=verb)


@never_cache
@require_GET
@workspace_required
def selection_outcome(request: PageRequest, dataset_id: UUID, job_id: UUID) -> HttpResponse:
    """Nothing while the job is at work; then what it did, with the way back."""
    jobs = Job.objects.visible_to(request.workspace).for_pages()
    job = get_object_or_404(jobs, pk=job_id, dataset_id=dataset_id)
    if job.is_active and not job.result.get("published"):
        return HttpResponse(status=204)
    say_ended(request, job)
    return trigger_client_event(render(request, "components/_toasts.html"), "job-ended")


def _task_and_verb(request: PageRequest) -> tuple[str, str]:
    """An unknown task is the question what to do. A button of the bar says both at once, such as `plain:approved`."""
    name, _, verb = request.POST.get("task", "").partition(":")
    return (name if name in TASKS else "plain"), verb or request.POST.get("verb", "")


def _draw(
    request: PageRequest,
    dataset: Dataset,
    picked: Picked,
    name: str,
    form: BulkForm,
    *,
    preview: Preview | None = None,
    verb: str = "",
) -> HttpResponse:
    task = TASKS[name]
    context: dict[str, Any] = {
        "dataset": dataset,
        "picked": picked,
        "task_name": name,
        "task": task,
        "verbs": _verbs(request, task),
        "form": form,
        "verb": verb,
        "preview": preview,
        "calls_query": joined(f"task={name}", picked.example_query),
    }
    if preview is None:
        context["matched"] = SelectedIds(dataset, picked.selection).count()
        context["is_job"] = context["matched"] > AT_ONCE
    else:
        context["samples"] = _samples(preview)
    return render_page(
        request,
        "records/selection_change.html",
        "records/_selection_change.html",
        context,
        status=422 if form.is_bound and preview is None else 200,
    )


def _verbs(request: PageRequest, task: Task) -> list[tuple[str, str]]:
    return [(verb, label) for verb, label in task.verbs if request.membership.can_write or verb in DECISIONS]


def _samples(preview: Preview) -> list[tuple[Record, Any]]:
    records = Record.objects.without_content().in_bulk([sample.record_id for sample in preview.samples])
    return [
        (records[sample.record_id], sample.changes)
        for sample in preview.samples
        if sample.record_id in records
    ]


def _carry_out(request: PageRequest, dataset: Dataset, picked: Picked, order: Order) -> HttpResponse:
    outcome = order.carry_out(dataset, picked.selection, author=page_author(request))
    say_changed(request, outcome)
    if request.htmx:
        response = render(request, "records/_selection_done.html", {"dataset": dataset})
        if isinstance(outcome, Job):
            trigger_client_event(response, "job-begun")
        return trigger_client_event(response, "records-changed")
    query = dict(picked.fields).get("filter", "")
    list_url = reverse("records:record_list", args=[dataset.id])
    return redirect(f"{list_url}?{query}" if query else list_url)
