"""A dataset of logs."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from records import actions
from records.logpages.previews import count_sample, preview_of
from records.logpages.sample_forms import DrawForm, TargetForm
from records.logpages.sample_pages import SampleKind, show_create, show_preview
from records.logpages.scope import Scope, joined
from records.logsamples import LogSample
from records.pages import Total
from threads.fields import LOG_FIELDS


@require_http_methods(["GET", "POST"])
@editor_required
def sample_create(request: PageRequest) -> HttpResponse:
    """Of the logs that the address shows."""
    try:
        scope = LOGS.scope_of(request)
    except FilterError:
        return redirect(LOGS.url_of_list(request.GET.urlencode()))
    if "repeat" in request.POST and DrawForm(request.POST).is_valid():
        return redirect(f"{reverse('threads:rule_create')}?{_repeated(scope, request)}")
    return show_create(request, LOGS, scope)


@require_GET
@editor_required
def sample_preview(request: PageRequest) -> HttpResponse:
    return show_preview(request, LOGS)


@require_GET
@editor_required
def sample_total(request: PageRequest) -> HttpResponse:
    """Counts what the preview saw only a part of."""
    form = DrawForm(request.GET)
    try:
        scope = LOGS.scope_of(request)
        if not form.is_valid() or not form.rule.is_share:
            return HttpResponse(status=204)
        matching, taken = count_sample(request.workspace, _sample(scope, form))
    except DomainError:  # The preview says what is wrong, or that there are at least so many.
        return HttpResponse(status=204)
    totals = {"matching": Total(matching), "taken": Total(taken)}
    return render(request, "threads/_sample_total.html", totals)


def _repeated(scope: Scope, request: PageRequest) -> str:
    """The address of a rule that samples so again and again: what the form says, and the logs it is about."""
    names = (*DrawForm.base_fields, *TargetForm.base_fields)
    given = [(name, value) for name in names if (value := request.POST.get(name))]
    return joined(scope.fixed.query, urlencode(given))


def _sample(scope: Scope, form: DrawForm) -> LogSample:
    return LogSample(
        scope.environment,
        scope.start,
        scope.end,
        form.rule,
        condition=scope.filter.condition,
        skips_equal=form.cleaned_data["skips_equal"],
    )


LOGS = SampleKind(
    "sample",
    "logs",
    "log_list",
    LOG_FIELDS,
    DrawForm,
    _sample,
    preview_of,
    (actions.start_sample, actions.start_sample_of_its_own),
)
