from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datasets import job_cards
from datasets.authors import page_author
from datasets.models import Job
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page
from records import actions
from records.campaignpages.campaign_forms import MAX_LOGS, CampaignForm, CampaignNameForm
from records.campaignpages.selecting import condition_of, count_matching, draft_of
from records.logpages.scope import Scope, read_scope
from threads.fields import LOG_FIELDS
from threads.models import Campaign


@require_GET
@workspace_required
def campaign_list(request: PageRequest) -> HttpResponse:
    now, search = timezone.now(), request.GET.get("q", "").replace("\x00", "").strip()
    campaigns = Campaign.objects.visible_to(request.workspace).named_like(search)
    try:
        page = newest_page(
            campaigns, after=request.GET.get("after", ""), before=request.GET.get("before", "")
        )
    except CursorError:
        return redirect("campaigns:campaign_list")
    jobs = Job.objects.visible_to(request.workspace).in_bulk([one.job_id for one in page.rows])
    cards = job_cards.cards_of(list(jobs.values()), now, is_worker_there=job_cards.has_worker(now))
    by_job = {card.job.id: card for card in cards}
    context = {
        "page": page,
        "rows": [(campaign, by_job.get(campaign.job_id or campaign.pk)) for campaign in page.rows],
        "search": search,
        "is_active": any(job.is_active for job in jobs.values()),
    }
    return render_page(request, "campaigns/campaign_list.html", "campaigns/_campaign_table.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def campaign_create(request: PageRequest) -> HttpResponse:
    """A campaign of the logs that the address shows; its time is fixed, so that what is counted is what is selected."""
    try:
        scope = read_scope(request.GET, now=timezone.now(), registry=LOG_FIELDS)
    except FilterError:
        return redirect(f"{reverse('threads:log_list')}?{request.GET.urlencode()}")
    if request.method == "GET" and scope.window:
        return redirect(f"{request.path}?{scope.fixed.query}")
    form = CampaignForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = _start(request, scope, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("campaigns:campaign_detail", campaign.id)
    context = {
        "form": form,
        "scope": scope,
        "chips": scope.filter.chips,
        "list_url": f"{reverse('threads:log_list')}?{scope.fixed.query}",
        "is_model_set": bool(settings.JUDGE_URL),
        **_matching(request, scope),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/campaign_create.html", context, status=status)


@require_http_methods(["GET", "POST"])
@editor_required
def campaign_rename(request: PageRequest, campaign_id: UUID) -> HttpResponse:
    campaign = _get_campaign(request, campaign_id)
    values = {"name": campaign.name, "description": campaign.description}
    form = CampaignNameForm(request.POST or None, initial=values)
    if request.method == "POST" and form.is_valid():
        actions.update_campaign(campaign, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("campaigns:campaign_detail", campaign.id)
    status = 422 if form.is_bound else 200
    return render(
        request, "campaigns/campaign_rename.html", {"form": form, "campaign": campaign}, status=status
    )


@require_http_methods(["GET", "POST"])
@editor_required
def campaign_delete(request: PageRequest, campaign_id: UUID) -> HttpResponse:
    campaign = _get_campaign(request, campaign_id)
    if request.method == "POST":
        actions.delete_campaign(campaign)
        messages.success(request, f"Deleted the campaign {campaign.name}. Its answers stay with the logs.")
        return redirect("campaigns:campaign_list")
    return render(request, "campaigns/campaign_delete.html", {"campaign": campaign})


@require_POST
@editor_required
def campaign_resume(request: PageRequest, campaign_id: UUID) -> HttpResponse:
    campaign = _get_campaign(request, campaign_id)
    try:
        actions.resume_campaign(campaign, author=page_author(request))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("campaigns:campaign_detail", campaign.id)


def _get_campaign(request: PageRequest, campaign_id: UUID) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.workspace), pk=campaign_id)


def _start(request: PageRequest, scope: Scope, form: CampaignForm) -> Campaign:
    draft = draft_of(request.workspace, scope, form.cleaned_data)
    judge = form.cleaned_data["judge"]
    return actions.start_campaign(draft, judge=judge, owner=request.user, author=page_author(request))


def _matching(request: PageRequest, scope: Scope) -> dict[str, Any]:
    """How many logs the campaign could take, or why that cannot be told."""
    try:
        total = count_matching(request.workspace, scope.environment, condition_of(scope), cap=MAX_LOGS)
    except DomainError as error:
        return {"error": str(error)}
    return {"matching": total}
