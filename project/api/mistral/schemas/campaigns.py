from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from project.accounts.models import ApiKey
from project.api.mistral.filters import said_of
from project.api.mistral.paging import PageIn, PageOut
from project.api.mistral.schemas.base import NO_NUL, In, Out, Text
from project.api.mistral.schemas.events import EventPreviewOut, JsonValue, SearchParamsIn
from project.api.mistral.schemas.judges import NO_JUDGE, ClassificationOut, JudgeOut
from project.lib import filterwords
from threads.models import Campaign
from threads.types import CampaignDraft

MAX_EVENTS = 10_000

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=50), NO_NUL]


class CampaignIn(In):
    search_params: SearchParamsIn
    judge_id: UUID
    name: Name
    description: Text
    max_nb_events: Annotated[int, Field(ge=1, le=MAX_EVENTS)]

    def to_draft(self, key: ApiKey) -> CampaignDraft:
        """Raises FilterError."""
        return CampaignDraft(
            workspace=key.workspace,
            environment=key.environment,
            name=self.name,
            description=self.description,
            condition=self.search_params.to_filter(),
            max_logs=self.max_nb_events,
            sent_condition={"filters": self.search_params.filters},
        )


class CampaignsIn(PageIn):
    q: Text = ""


class SearchParamsOut(Out):
    filters: JsonValue


class CampaignOut(Out):
    id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    name: str
    owner_id: UUID
    workspace_id: UUID
    description: str
    max_nb_events: int
    search_params: SearchParamsOut
    judge: JudgeOut

    @classmethod
    def from_campaign(cls, campaign: Campaign) -> CampaignOut:
        return cls(
            id=campaign.id,
            created_at=campaign.created_at,
            updated_at=campaign.updated_at,
            deleted_at=campaign.deleted_at,
            name=campaign.name,
            owner_id=campaign.owner_id,
            workspace_id=campaign.workspace_id,
            description=campaign.description,
            max_nb_events=campaign.max_logs,
            search_params=SearchParamsOut(**_search_params_of(campaign)),
            judge=JudgeOut.from_judge(campaign.judge) if campaign.judge else _no_judge(campaign),
        )


class CampaignPageOut(PageOut):
    results: list[CampaignOut]


class CampaignsOut(Out):
    campaigns: CampaignPageOut


class CampaignStatusOut(Out):
    status: str


class EventPreviewPageOut(PageOut):
    results: list[EventPreviewOut]


class SelectedEventsOut(Out):
    completion_events: EventPreviewPageOut


def _search_params_of(campaign: Campaign) -> dict[str, Any]:
    """As it was sent; one that was made elsewhere is told in this vendor's words."""
    return campaign.sent_condition or {"filters": said_of(filterwords.group_from_json(campaign.condition))}


def _no_judge(campaign: Campaign) -> JudgeOut:
    """The vendor's client demands a judge in each campaign: for one without a judge, one that says nothing."""
    return JudgeOut(
        id=NO_JUDGE,
        created_at=campaign.created_at,
        updated_at=campaign.created_at,
        deleted_at=None,
        owner_id=campaign.owner_id,
        workspace_id=campaign.workspace_id,
        name="No judge",
        description="This campaign selects and does not judge.",
        model_name="",
        output=ClassificationOut(options=[]),
        instructions="",
        tools=[],
    )
