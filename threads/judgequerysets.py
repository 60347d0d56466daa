from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from project.accounts.models import Workspace
    from threads.models import Campaign, CampaignLog, Judge


class JudgeQuerySet(models.QuerySet["Judge"]):
    def visible_to(self, workspace: Workspace) -> JudgeQuerySet:
        return self.filter(workspace=workspace, deleted_at=None)

    def newest_first(self) -> JudgeQuerySet:
        return self.order_by("-id")

    def named_like(self, text: str) -> JudgeQuerySet:
        return self.filter(name__icontains=text) if text else self

    def of_kinds(self, kinds: Sequence[str]) -> JudgeQuerySet:
        """All of them for none."""
        return self.filter(kind__in=kinds) if kinds else self

    def asking(self, model_names: Sequence[str]) -> JudgeQuerySet:
        """All of them for none."""
        return self.filter(model_name__in=model_names) if model_names else self


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, workspace: Workspace) -> CampaignQuerySet:
        """With their judges."""
        return self.filter(workspace=workspace, deleted_at=None).select_related("judge")

    def in_environment(self, environment: str) -> CampaignQuerySet:
        return self.filter(environment=environment)

    def newest_first(self) -> CampaignQuerySet:
        return self.order_by("-id")

    def named_like(self, text: str) -> CampaignQuerySet:
        return self.filter(name__icontains=text) if text else self


class CampaignLogQuerySet(models.QuerySet["CampaignLog"]):
    def of_campaign(self, campaign: Campaign) -> CampaignLogQuerySet:
        return self.filter(campaign=campaign).order_by("place")

    def at_places(self, begin: int, size: int) -> CampaignLogQuerySet:
        """A page, without counting what lies before it."""
        return self.filter(place__gt=begin, place__lte=begin + size)

    def unasked(self) -> CampaignLogQuerySet:
        return self.filter(asked_at=None)
