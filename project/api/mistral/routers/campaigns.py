from __future__ import annotations

from uuid import UUID

from ninja import Query, Router, Status

from datasets.models import Job
from project.api.keys import KeyRequest, logs_of
from project.api.mistral.access import campaign_for, campaigns_of, judge_fields, judge_for
from project.api.mistral.auth import READ, WRITE, author
from project.api.mistral.errors import FAILURES
from project.api.mistral.paging import PageIn, numbered_page
from project.api.mistral.schemas.campaigns import (
    CampaignIn,
    CampaignOut,
    CampaignPageOut,
    CampaignsIn,
    CampaignsOut,
    CampaignStatusOut,
    EventPreviewPageOut,
    SelectedEventsOut,
)
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.events import EventPreviewOut
from project.api.mistral.schemas.tasks import STATUSES
from records.actions import delete_campaign, start_campaign
from threads.models import Campaign, CampaignLog
from threads.querysets import LogQuerySet

router = Router(tags=["campaigns"])


@router.post(
    "/campaigns", auth=WRITE, operation_id="create_campaign", response={201: CampaignOut, FAILURES: ErrorOut}
)
def add_campaign(request: KeyRequest, draft: CampaignIn) -> Status[CampaignOut]:
    key = request.auth
    judge = judge_for(key, draft.judge_id)
    campaign = start_campaign(draft.to_draft(key), judge=judge, owner=key.user, author=author(request))
    return Status(201, CampaignOut.from_campaign(campaign))


@router.get(
    "/campaigns", auth=READ, operation_id="list_campaigns", response={200: CampaignsOut, FAILURES: ErrorOut}
)
def list_campaigns(request: KeyRequest, wanted: Query[CampaignsIn]) -> CampaignsOut:
    campaigns = campaigns_of(request.auth).named_like(wanted.q)
    page = numbered_page(
        CampaignPageOut,
        request,
        wanted,
        count=campaigns.count(),
        rows=lambda offset, limit: [
            CampaignOut.from_campaign(campaign)
            for campaign in campaigns.newest_first()[offset : offset + limit]
        ],
    )
    return CampaignsOut(campaigns=page)


@router.get(
    "/campaigns/{campaign_id}",
    auth=READ,
    operation_id="fetch_campaign",
    response={200: CampaignOut, FAILURES: ErrorOut},
)
def fetch_campaign(request: KeyRequest, campaign_id: UUID) -> CampaignOut:
    return CampaignOut.from_campaign(campaign_for(request.auth, campaign_id))


@router.delete(
    "/campaigns/{campaign_id}",
    auth=WRITE,
    operation_id="delete_campaign",
    response={204: None, FAILURES: ErrorOut},
)
def remove_campaign(request: KeyRequest, campaign_id: UUID) -> Status[None]:
    delete_campaign(campaign_for(request.auth, campaign_id))
    return Status(204, None)


@router.get(
    "/campaigns/{campaign_id}/status",
    auth=READ,
    operation_id="fetch_campaign_status",
    response={200: CampaignStatusOut, FAILURES: ErrorOut},
)
def fetch_campaign_status(request: KeyRequest, campaign_id: UUID) -> CampaignStatusOut:
    campaign = campaign_for(request.auth, campaign_id)
    job = Job.objects.visible_to(campaign.workspace).filter(pk=campaign.job_id or campaign.pk).first()
    return CampaignStatusOut(status=STATUSES[Job.Status(job.status)] if job else "UNKNOWN")


@router.get(
    "/campaigns/{campaign_id}/selected-events",
    auth=READ,
    operation_id="list_campaign_events",
    response={200: SelectedEventsOut, FAILURES: ErrorOut},
)
def list_campaign_events(request: KeyRequest, campaign_id: UUID, wanted: Query[PageIn]) -> SelectedEventsOut:
    campaign = campaign_for(request.auth, campaign_id)
    logs = logs_of(request.auth).without_content()
    page = numbered_page(
        EventPreviewPageOut,
        request,
        wanted,
        count=campaign.selected_count,
        rows=lambda offset, limit: _selected(campaign, logs, offset, limit),
    )
    return SelectedEventsOut(completion_events=page)


def _selected(campaign: Campaign, logs: LogQuerySet, offset: int, limit: int) -> list[EventPreviewOut]:
    """Without those that were deleted since."""
    rows = CampaignLog.objects.of_campaign(campaign).at_places(offset, limit)
    ids = list(rows.values_list("log_id", flat=True))
    found, fields = logs.in_bulk(ids), judge_fields([campaign.judge] if campaign.judge else [])
    return [EventPreviewOut.from_log(found[log_id], fields) for log_id in ids if log_id in found]
