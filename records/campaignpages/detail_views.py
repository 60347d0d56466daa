from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from datasets import job_cards
from datasets.authors import page_author
from datasets.models import Job
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib import filterwords
from project.lib.errors import DomainError
from project.lib.htmx import fetched_ahead, render_page
from records import actions
from records.campaignpages.answers import can_resume, neighbors_of, read_answers, tally_of
from records.logpages.reader import read_log
from records.logpages.sample_forms import TargetForm
from records.logpages.scope import ALL, joined
from threads.answers import AnswerChoice, read_choice
from threads.fields import LOG_FIELDS
from threads.models import Campaign, CampaignLog, Log


@never_cache
@require_GET
@workspace_required
def campaign_detail(request: PageRequest, campaign_id: UUID) -> HttpResponse:
    """The campaign with its job, what its judge said, and its logs; htmx gets the logs and figures alone."""
    campaign = _get_campaign(request, campaign_id)
    job, choice = _job(request, campaign), _choice(request, campaign)
    context = {**_about(request, campaign, job), **_answers(request, campaign, choice, job)}
    if job is not None:
        now = timezone.now()
        context["card"] = job_cards.card_of(job, now, is_worker_there=job_cards.has_worker(now))
    row = _open_row(request, campaign)
    if row is not None:
        context |= _reader(request, row, choice)
    return render_page(request, "campaigns/campaign_detail.html", "campaigns/_campaign_answers.html", context)


@require_GET
@workspace_required
@fetched_ahead
def campaign_log(request: PageRequest, campaign_id: UUID, place: int) -> HttpResponse:
    """One of its logs beside the list, for htmx; the address of both together has `log=`."""
    campaign = _get_campaign(request, campaign_id)
    row = get_object_or_404(CampaignLog.objects.of_campaign(campaign), place=place)
    row.campaign = campaign
    context = {"campaign": campaign, **_reader(request, row, _choice(request, campaign))}
    return render(request, "campaigns/_campaign_log.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def campaign_import(request: PageRequest, campaign_id: UUID) -> HttpResponse:
    """Makes records of the logs of the campaign, or of those of the answer that the address names."""
    campaign = _get_campaign(request, campaign_id)
    choice = _choice(request, campaign)
    form = TargetForm(request.POST or None, workspace=request.workspace, initial={"name": campaign.name})
    if request.method == "POST" and form.is_valid():
        try:
            job = _start_import(request, campaign, choice, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("datasets:job_detail", job.id)
    context = {
        "campaign": campaign,
        "choice": choice,
        "form": form,
        "log_count": CampaignLog.objects.of_campaign(campaign).chosen_by(choice).count(),
        "back_url": _address(campaign, choice),
    }
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/campaign_import.html", context, status=status)


def _get_campaign(request: PageRequest, campaign_id: UUID) -> Campaign:
    campaign = get_object_or_404(Campaign.objects.visible_to(request.workspace), pk=campaign_id)
    campaign.workspace = request.workspace
    return campaign


def _job(request: PageRequest, campaign: Campaign) -> Job | None:
    jobs = Job.objects.visible_to(request.workspace).for_pages()
    return jobs.filter(pk=campaign.job_id or campaign.pk).first()


def _choice(request: PageRequest, campaign: Campaign) -> AnswerChoice:
    scale = campaign.judge.scale if campaign.judge else None
    answer = request.GET.get("answer", "").replace("\x00", "")
    return read_choice(scale, answer=answer, state=request.GET.get("state", ""))


def _address(campaign: Campaign, choice: AnswerChoice, *queries: str) -> str:
    query = joined(choice.query, *queries)
    path = reverse("campaigns:campaign_detail", args=[campaign.id])
    return f"{path}?{query}" if query else path


def _about(request: PageRequest, campaign: Campaign, job: Job | None) -> dict[str, Any]:
    condition = filterwords.group_from_json(campaign.condition)
    return {
        "campaign": campaign,
        "job": job,
        "filter_words": filterwords.in_words(condition, LOG_FIELDS),
        "is_model_set": bool(settings.JUDGE_URL),
    }


def _answers(
    request: PageRequest, campaign: Campaign, choice: AnswerChoice, job: Job | None
) -> dict[str, Any]:
    after = request.GET.get("after", "")
    after_place = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
    tally = tally_of(campaign, choice)
    page = read_answers(request.workspace, campaign, choice, after=after_place)
    return {
        "choice": choice,
        "tally": tally,
        "rows": page.rows,
        "can_resume": can_resume(campaign, job, tally),
        "own_url": _address(campaign, choice, f"after={after_place}" if after_place else ""),
        "all_url": _address(campaign, AnswerChoice()),
        "first_url": _address(campaign, choice) if after_place else "",
        "next_url": _address(campaign, choice, f"after={page.next_place}") if page.next_place else "",
        "place_query": joined(choice.query, f"after={after_place}" if after_place else ""),
    }


def _open_row(request: PageRequest, campaign: Campaign) -> CampaignLog | None:
    place = request.GET.get("log", "")
    if not (place.isascii() and place.isdecimal() and len(place) < 10):
        return None
    row = CampaignLog.objects.of_campaign(campaign).filter(place=int(place)).first()
    if row is not None:
        row.campaign = campaign
    return row


def _reader(request: PageRequest, row: CampaignLog, choice: AnswerChoice) -> dict[str, Any]:
    campaign = row.campaign
    logs = Log.objects.visible_to(request.workspace).in_environment(campaign.environment)
    log = logs.filter(pk=row.log_id).first()
    previous_place, next_place = neighbors_of(row, choice)
    after = request.GET.get("after", "")
    return {
        "open": row,
        "log": log,
        "reading": read_log(request.workspace, log) if log else None,
        "previous_place": previous_place,
        "next_place": next_place,
        "place_query": joined(choice.query, urlencode({"after": after}) if after else ""),
        "same_query": urlencode([("env", campaign.environment), ("window", ALL)]),
    }


def _start_import(request: PageRequest, campaign: Campaign, choice: AnswerChoice, form: TargetForm) -> Job:
    dataset, author = form.cleaned_data["dataset"], page_author(request)
    if dataset is not None:
        return actions.start_campaign_import(dataset, campaign, author=author, choice=choice)
    return actions.start_campaign_import_of_its_own(
        campaign, name=form.cleaned_data["name"], owner=request.user, author=author, choice=choice
    )
