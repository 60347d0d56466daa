from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page
from records.campaignpages.judge_forms import (
    CLASSIFICATION,
    OPTIONS,
    BaseOptionFormSet,
    JudgeForm,
    OptionFormSet,
    TrialForm,
    typed_rows,
    values_of,
)
from records.judged import find_subject
from threads.asking import ask_now
from threads.errors import TemplateInvalidError
from threads.judge_actions import create_judge, delete_judge, update_judge
from threads.models import Campaign, Judge
from threads.types import JudgeDraft

CAMPAIGNS_SHOWN = 20


@require_GET
@workspace_required
def judge_list(request: PageRequest) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "").strip()
    judges = Judge.objects.visible_to(request.workspace).named_like(search).with_campaign_counts()
    try:
        page = newest_page(judges, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        return redirect("campaigns:judge_list")
    subject = request.GET.get("subject", "")
    context = {"page": page, "search": search, "subject": subject, **_model_facts()}
    return render_page(request, "campaigns/judge_list.html", "campaigns/_judge_table.html", context)


@require_GET
@workspace_required
def judge_detail(request: PageRequest, judge_id: UUID) -> HttpResponse:
    judge = _get_judge(request, judge_id)
    form = TrialForm(initial={"subject": request.GET.get("subject", "")})
    return render(request, "campaigns/judge_detail.html", _about(request, judge, form))


@require_http_methods(["GET", "POST"])
@editor_required
def judge_create(request: PageRequest) -> HttpResponse:
    form, options = _forms(request, {}, [])
    if request.method == "POST" and (draft := _draft(form, options)) is not None:
        try:
            judge = create_judge(request.workspace, draft, owner=request.user)
        except DomainError as error:
            _blame(form, error)
        else:
            return redirect("campaigns:judge_detail", judge.id)
    return _draw_form(request, "campaigns/judge_create.html", form, options)


@require_http_methods(["GET", "POST"])
@editor_required
def judge_edit(request: PageRequest, judge_id: UUID) -> HttpResponse:
    judge = _get_judge(request, judge_id)
    form, options = _forms(request, *values_of(judge))
    if request.method == "POST" and (draft := _draft(form, options)) is not None:
        try:
            update_judge(judge, draft)
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("campaigns:judge_detail", judge.id)
    return _draw_form(request, "campaigns/judge_edit.html", form, options, judge=judge)


@require_http_methods(["GET", "POST"])
@editor_required
def judge_delete(request: PageRequest, judge_id: UUID) -> HttpResponse:
    judge = _get_judge(request, judge_id)
    if request.method == "POST":
        delete_judge(judge)
        messages.success(request, f"Deleted the judge {judge.name}. What it said of logs stays with them.")
        return redirect("campaigns:judge_list")
    return render(request, "campaigns/judge_delete.html", {"judge": judge})


@require_http_methods(["GET", "POST"])
@editor_required
def judge_try(request: PageRequest, judge_id: UUID) -> HttpResponse:
    """Asks the judge about one log or record while the person waits; nothing is kept."""
    judge = _get_judge(request, judge_id)
    form = TrialForm(request.POST if request.method == "POST" else None)
    context, status = _about(request, judge, form), 200
    if request.method == "POST" and form.is_valid():
        try:
            context["subject"] = subject = find_subject(request.workspace, form.cleaned_data["subject"])
            context["asked"] = ask_now(judge.draft, subject.conversation)
        except DomainError as error:
            form.add_error(None, str(error))
            status = 422
    return render_page(
        request, "campaigns/judge_detail.html", "campaigns/_judge_trial.html", context, status=status
    )


def _get_judge(request: PageRequest, judge_id: UUID) -> Judge:
    judges = Judge.objects.visible_to(request.workspace).with_campaign_counts()
    return get_object_or_404(judges, pk=judge_id)


def _about(request: PageRequest, judge: Judge, form: TrialForm) -> dict[str, Any]:
    campaigns = Campaign.objects.visible_to(request.workspace).filter(judge=judge).newest_first()
    return {
        "judge": judge,
        "campaigns": campaigns[:CAMPAIGNS_SHOWN],
        "form": form,
        **_model_facts(),
    }


def _model_facts() -> dict[str, object]:
    return {"is_model_set": bool(settings.JUDGE_URL), "asked_instead": settings.JUDGE_MODEL}


def _forms(
    request: PageRequest, values: dict[str, Any], rows: list[dict[str, str]]
) -> tuple[JudgeForm, BaseOptionFormSet]:
    """Of a judge with these values. `more` asks for further rows: what was typed comes back unchecked with them."""
    posted = request.POST if request.method == "POST" else None
    if posted is None or "more" not in posted:
        shown = (
            None if posted else rows
        )  # Beside what was sent, a row like the one before would count as empty.
        return JudgeForm(posted, initial=values), OptionFormSet(posted, initial=shown, prefix=OPTIONS)
    return JudgeForm(initial=posted.dict()), OptionFormSet(initial=typed_rows(posted), prefix=OPTIONS)


def _draft(form: JudgeForm, options: BaseOptionFormSet) -> JudgeDraft | None:
    """What both parts of the form say, when it was sent and can be a judge."""
    if not form.is_valid() & options.is_valid():
        return None
    if form.cleaned_data["kind"] == CLASSIFICATION and not options.pairs:
        form.add_error("kind", "Enter at least one option.")
        return None
    return form.draft(options.pairs)


def _blame(form: JudgeForm, error: DomainError) -> None:
    form.add_error("instructions" if isinstance(error, TemplateInvalidError) else None, str(error))


def _draw_form(
    request: PageRequest, template: str, form: JudgeForm, options: BaseOptionFormSet, **context: object
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context |= {"form": form, "options": options, **_model_facts()}
    return render(request, template, context, status=status)
