"""A dataset of threads: each becomes one conversation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.lib.filters import FilterError
from records import actions
from records.logpages.sample_forms import ThreadDrawForm
from records.logpages.sample_pages import SampleKind, show_create, show_preview
from records.logpages.scope import Scope
from records.logpages.threadpreviews import preview_of_threads
from records.threadsamples import ThreadSample
from threads.content import AHEAD
from threads.ids import EPOCH
from threads.threadfields import THREAD_FIELDS

TICKED = "ticked"  # Says that rows were to be ticked, so that none of them does not mean all.


@require_http_methods(["GET", "POST"])
@editor_required
def thread_sample_create(request: PageRequest) -> HttpResponse:
    """Of the threads that the address shows."""
    try:
        scope = THREADS.scope_of(request)
    except FilterError:
        return redirect(THREADS.url_of_list(request.GET.urlencode()))
    if TICKED in request.GET and "thread_identifier" not in request.GET:
        messages.error(request, "Tick the threads first, then make a dataset of them.")
        return redirect(THREADS.url_of_list(scope.query))
    if TICKED in request.GET:  # Also those to which a log comes meanwhile.
        scope = scope.between(EPOCH, scope.end + AHEAD)
    return show_create(request, THREADS, scope)


@require_GET
@editor_required
def thread_sample_preview(request: PageRequest) -> HttpResponse:
    return show_preview(request, THREADS)


def _sample(scope: Scope, form: ThreadDrawForm) -> ThreadSample:
    return ThreadSample(scope.environment, scope.start, scope.end, form.rule, scope.filter.condition)


THREADS = SampleKind(
    "thread_sample",
    "threads",
    "thread_list",
    THREAD_FIELDS,
    ThreadDrawForm,
    _sample,
    preview_of_threads,
    (actions.start_thread_sample, actions.start_thread_sample_of_its_own),
    other_keys=(TICKED,),
)
