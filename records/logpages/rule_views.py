"""Rules that sample logs on a schedule: those of the workspace and of a dataset, each with its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datasets.authors import page_author
from datasets.models import Dataset
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from project.lib.keyset import newest_page
from project.lib.moments import MomentError, parse_moment
from records import actions
from records.logpages.rule_forms import HistoryForm, ScheduleForm, draw_values, terms_of
from records.logpages.rules import filter_words, read_rules, read_runs
from records.logpages.sample_forms import DrawForm, TargetForm
from records.logpages.scope import Scope, read_scope
from threads.fields import LOG_FIELDS
from threads.models import SamplingRule, SamplingRun
from threads.querysets import SamplingRuleQuerySet

_FORMS = (DrawForm, TargetForm, ScheduleForm, HistoryForm)


@dataclass(frozen=True, slots=True)
class _RuleForms:
    """The parts of the page on which a rule is made."""

    draw: DrawForm
    target: TargetForm
    schedule: ScheduleForm
    history: HistoryForm

    def are_valid(self) -> bool:
        """All of them are asked, so that each says what is wrong."""
        wrong = [
            form for form in (self.draw, self.target, self.schedule, self.history) if not form.is_valid()
        ]
        return not wrong


@require_GET
@workspace_required
def rule_list(request: PageRequest) -> HttpResponse:
    return _draw_list(request, SamplingRule.objects.visible_to(request.workspace))


@require_GET
@workspace_required
def dataset_rule_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    rules = SamplingRule.objects.visible_to(request.workspace).into(dataset.id)
    return _draw_list(request, rules, dataset=dataset)


@require_http_methods(["GET", "POST"])
@editor_required
def rule_create(request: PageRequest) -> HttpResponse:
    """Of the logs that the address shows. Its time says only what the preview looks at and where history may begin."""
    try:
        scope = _scope(request)
    except FilterError:
        return redirect(f"{reverse('threads:log_list')}?{request.GET.urlencode()}")
    given = request.POST or None
    forms = _RuleForms(
        DrawForm(given, initial=request.GET.dict()),
        TargetForm(given, initial=request.GET.dict(), workspace=request.workspace),
        ScheduleForm(given),
        HistoryForm(given, initial={"since": scope.start}),
    )
    if request.method == "POST" and forms.are_valid():
        try:
            rule = _create(request, scope, forms)
        except DomainError as error:
            forms.draw.add_error(None, str(error))
        else:
            messages.success(request, f"{rule.name} is there.")
            return redirect("threads:rule_detail", rule.id)
    context = {
        "form": forms.draw,
        "target_form": forms.target,
        "schedule_form": forms.schedule,
        "history_form": forms.history,
        "scope": scope,
        "chips": scope.filter.chips,
        "list_url": f"{reverse('threads:log_list')}?{scope.fixed.query}",
        "preview_url": f"{reverse('threads:sample_preview')}?{scope.fixed.query}",
    }
    return render(request, "threads/rule_create.html", context, status=422 if given else 200)


@never_cache
@require_GET
@workspace_required
def rule_detail(request: PageRequest, rule_id: UUID) -> HttpResponse:
    """With its runs; `before=` is the end of the window before which they begin."""
    rule = _get_rule(request, rule_id)
    try:
        before = parse_moment(request.GET["before"]) if request.GET.get("before") else None
    except MomentError:
        return redirect("threads:rule_detail", rule.id)
    page = read_runs(rule, timezone.now(), before=before)
    context = {
        "rule": rule,
        "dataset": Dataset.objects.visible_to(request.workspace).filter(pk=rule.dataset_id).first(),
        "filter": filter_words(rule),
        "page": page,
        "is_active": any(row.job is not None and row.job.is_active for row in page.rows),
        "is_first_page": before is None,
    }
    return render(request, "threads/rule_detail.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def rule_edit(request: PageRequest, rule_id: UUID) -> HttpResponse:
    rule = _get_rule(request, rule_id)
    given = request.POST or None
    form = DrawForm(given, initial=draw_values(rule))
    schedule_form = ScheduleForm(given, initial=ScheduleForm.values_of(rule))
    if request.method == "POST" and form.is_valid() & schedule_form.is_valid():
        terms = terms_of(schedule_form, form)
        try:
            actions.change_sampling_rule(rule, terms, author=page_author(request), now=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("threads:rule_detail", rule.id)
    context = {"rule": rule, "filter": filter_words(rule), "form": form, "schedule_form": schedule_form}
    return render(request, "threads/rule_edit.html", context, status=422 if given else 200)


@require_POST
@editor_required
def rule_pause(request: PageRequest, rule_id: UUID) -> HttpResponse:
    rule = actions.pause_sampling_rule(_get_rule(request, rule_id), author=page_author(request))
    messages.success(request, f"{rule.name} is paused. What comes in meanwhile is taken when it goes on.")
    return redirect("threads:rule_detail", rule.id)


@require_POST
@editor_required
def rule_resume(request: PageRequest, rule_id: UUID) -> HttpResponse:
    author, now = page_author(request), timezone.now()
    rule = actions.resume_sampling_rule(_get_rule(request, rule_id), author=author, now=now)
    messages.success(request, f"{rule.name} goes on: {rule.schedule}.")
    return redirect("threads:rule_detail", rule.id)


@require_POST
@editor_required
def rule_run(request: PageRequest, rule_id: UUID) -> HttpResponse:
    rule = _get_rule(request, rule_id)
    try:
        actions.run_sampling_rule(rule, author=page_author(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("threads:rule_detail", rule.id)


@require_POST
@editor_required
def run_repeat(request: PageRequest, rule_id: UUID, run_id: UUID) -> HttpResponse:
    rule = _get_rule(request, rule_id)
    run = get_object_or_404(SamplingRun.objects.select_related("rule"), pk=run_id, rule=rule)
    try:
        actions.repeat_run(run, author=page_author(request))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("threads:rule_detail", rule.id)


@require_http_methods(["GET", "POST"])
@editor_required
def rule_delete(request: PageRequest, rule_id: UUID) -> HttpResponse:
    rule = _get_rule(request, rule_id)
    if request.method == "POST":
        actions.delete_sampling_rule(rule, author=page_author(request))
        messages.success(request, f"Deleted {rule.name}. What it brought stays.")
        return redirect("threads:rule_list")
    return render(request, "threads/rule_delete.html", {"rule": rule})


def _draw_list(
    request: PageRequest, rules: SamplingRuleQuerySet, *, dataset: Dataset | None = None
) -> HttpResponse:
    try:
        page = newest_page(rules, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        return redirect(request.path)
    context: dict[str, Any] = {
        "rows": read_rules(page.rows, request.workspace, timezone.now()),
        "page": page,
        "dataset": dataset,
    }
    return render(
        request, "threads/rule_list.html" if dataset is None else "threads/dataset_rule_list.html", context
    )


def _create(request: PageRequest, scope: Scope, forms: _RuleForms) -> SamplingRule:
    dataset = forms.target.cleaned_data["dataset"]
    values: dict[str, Any] = {
        "environment": scope.environment,
        "condition": scope.filter.condition,
        "since": forms.history.chosen,
        "owner": request.user,
        "author": page_author(request),
        "now": timezone.now(),
    }
    terms = terms_of(forms.schedule, forms.draw)
    if dataset is not None:
        return actions.create_sampling_rule(dataset, terms, **values)
    name = forms.target.cleaned_data["name"]
    return actions.create_rule_of_its_own(request.workspace, terms, dataset_name=name, **values)


def _scope(request: PageRequest) -> Scope:
    own_keys = tuple(name for form in _FORMS for name in form.base_fields)
    return read_scope(request.GET, now=timezone.now(), registry=LOG_FIELDS, other_keys=own_keys)


def _get_rule(request: PageRequest, rule_id: UUID) -> SamplingRule:
    rules = SamplingRule.objects.visible_to(request.workspace).select_related("owner", "workspace")
    return get_object_or_404(rules, pk=rule_id)
