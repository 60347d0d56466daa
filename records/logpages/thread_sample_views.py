"""A dataset of threads: each becomes one conversation."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from datasets.authors import page_author
from datasets.models import Job
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from project.lib.htmx import render_page
from project.lib.ids import new_id
from records import actions
from records.logpages.sample_forms import TargetForm, ThreadDrawForm
from records.logpages.sample_views import SEED_CHARACTERS, dataset_of
from records.logpages.scope import Scope, joined, read_scope
from records.logpages.threadpreviews import preview_of_threads
from records.threadsamples import ThreadSample
from threads.content import AHEAD
from threads.ids import EPOCH
from threads.threadfields import THREAD_FIELDS

TICKED = "ticked"  # Says that rows were to be ticked, so that none of them does not mean all.


@require_http_methods(["GET", "POST"])
@editor_required
def thread_sample_create(request: PageRequest) -> HttpResponse:
    """Makes a dataset of the threads that the address shows, with its time fixed and its seed in it."""
    try:
        scope = _scope(request)
    except FilterError:
        return redirect(f"{reverse('threads:thread_list')}?{request.GET.urlencode()}")
    if TICKED in request.GET and "thread_identifier" not in request.GET:
        messages.error(request, "Tick the threads first, then make a dataset of them.")
        return redirect(f"{reverse('threads:thread_list')}?{scope.query}")
    if TICKED in request.GET:  # Also those to which a log comes meanwhile.
        scope = scope.between(EPOCH, scope.end + AHEAD)
    if request.method == "GET" and (scope.window or not request.GET.get("seed")):
        seed = request.GET.get("seed") or new_id().hex[-SEED_CHARACTERS:]
        return redirect(f"{request.path}?{joined(scope.fixed.query, urlencode({'seed': seed}))}")
    form = ThreadDrawForm(request.POST or None, initial={"seed": request.GET.get("seed", "")})
    target_form = TargetForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid() & target_form.is_valid():
        try:
            job = _start(request, _sample(scope, form), target_form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("datasets:job_detail", job.id)
    context = {
        **_about(scope),
        "form": form,
        "target_form": target_form,
        "preview_url": f"{reverse('threads:thread_sample_preview')}?{scope.fixed.query}",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "threads/thread_sample_create.html", context, status=status)


@require_GET
@editor_required
def thread_sample_preview(request: PageRequest) -> HttpResponse:
    """What the sample would take, for the fields as they stand in the form."""
    form = ThreadDrawForm(request.GET)
    context: dict[str, object] = {"form": form}
    try:
        scope = _scope(request)
        context |= _about(scope)
        if form.is_valid():
            dataset = dataset_of(request)
            context["dataset"] = dataset
            context["preview"] = preview_of_threads(request.workspace, _sample(scope, form), dataset=dataset)
    except DomainError as error:
        context["error"] = str(error)
    page, partial = "threads/thread_sample_preview.html", "threads/_thread_sample_preview.html"
    return render_page(request, page, partial, context)


def _scope(request: PageRequest) -> Scope:
    own_keys = (*ThreadDrawForm.base_fields, *TargetForm.base_fields, TICKED)
    return read_scope(request.GET, now=timezone.now(), registry=THREAD_FIELDS, other_keys=own_keys)


def _sample(scope: Scope, form: ThreadDrawForm) -> ThreadSample:
    return ThreadSample(scope.environment, scope.start, scope.end, form.rule, scope.filter.condition)


def _start(request: PageRequest, sample: ThreadSample, target: TargetForm) -> Job:
    author, dataset = page_author(request), target.cleaned_data["dataset"]
    if dataset is not None:
        return actions.start_thread_sample(dataset, sample, author=author)
    return actions.start_thread_sample_of_its_own(
        request.workspace, sample, name=target.cleaned_data["name"], owner=request.user, author=author
    )


def _about(scope: Scope) -> dict[str, object]:
    return {
        "scope": scope,
        "chips": scope.filter.chips,
        "list_url": f"{reverse('threads:thread_list')}?{scope.fixed.query}",
    }
