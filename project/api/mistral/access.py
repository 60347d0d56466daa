"""From a key to the judges and campaigns that it opens."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from project.accounts.models import ApiKey
from project.api.keys import require_whole_workspace
from project.api.mistral.fields import EventField, event_field, judge_field_name
from threads.errors import CampaignNotFoundError, JudgeNotFoundError
from threads.judgequerysets import CampaignQuerySet, JudgeQuerySet
from threads.models import Campaign, Judge


def judges_of(key: ApiKey) -> JudgeQuerySet:
    """Raises KeyRefusedError for a key that is bound to one dataset."""
    require_whole_workspace(key)
    return Judge.objects.visible_to(key.workspace)


def judge_for(key: ApiKey, judge_id: UUID) -> Judge:
    """Raises JudgeNotFoundError, or KeyRefusedError as `judges_of`."""
    judge = judges_of(key).filter(pk=judge_id).first()
    if judge is None:
        raise JudgeNotFoundError(f"There is no judge {judge_id}.")
    return judge


def campaigns_of(key: ApiKey) -> CampaignQuerySet:
    """Of the key's environment. Raises KeyRefusedError for a key that is bound to one dataset."""
    require_whole_workspace(key)
    return Campaign.objects.visible_to(key.workspace).in_environment(key.environment)


def campaign_for(key: ApiKey, campaign_id: UUID) -> Campaign:
    """With its judge. Raises CampaignNotFoundError, or KeyRefusedError as `campaigns_of`."""
    campaign = campaigns_of(key).filter(pk=campaign_id).first()
    if campaign is None:
        raise CampaignNotFoundError(f"There is no campaign {campaign_id}.")
    campaign.workspace = key.workspace
    return campaign


def judge_fields(judges: Iterable[Judge]) -> list[EventField]:
    """The fields under which the answers of these judges stand."""
    return [event_field(judge_field_name(judge.id)) for judge in judges]
