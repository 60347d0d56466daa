from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

from threads.answers import WAITING, AnswerChoice

if TYPE_CHECKING:
    from uuid import UUID

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

    def by_name(self) -> JudgeQuerySet:
        return self.order_by("name", "id")

    def with_campaign_counts(self) -> JudgeQuerySet:
        """Adds `campaign_count`, of those that were not deleted."""
        return self.annotate(campaign_count=Count("campaigns", filter=Q(campaigns__deleted_at=None)))


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

    def without_answer(self) -> CampaignLogQuerySet:
        """Those that could not be judged."""
        return self.exclude(failure="")

    def chosen_by(self, choice: AnswerChoice) -> CampaignLogQuerySet:
        if choice.state:
            return self.unasked() if choice.state == WAITING else self.without_answer()
        if choice.low is not None and choice.high is not None:
            upper = {"answer__lte" if choice.includes_high else "answer__lt": choice.high}
            return self.filter(answer__gte=choice.low, **upper)
        return self if choice.value is None else self.filter(answer=choice.value)

    def of_log(self, log_id: UUID) -> CampaignLogQuerySet:
        """With the campaigns that selected it and were not deleted, the latest first."""
        selected = self.filter(log_id=log_id, campaign__deleted_at=None)
        return selected.select_related("campaign__judge").order_by("-campaign_id")

    def count_answers(self) -> list[tuple[str | float, int]]:
        """Each answer with the number of logs that got it."""
        counted = self.filter(answer__isnull=False).order_by().values("answer").annotate(number=Count("id"))
        return [(row["answer"], row["number"]) for row in counted if row["answer"] is not None]

    def count_failures(self, limit: int) -> list[tuple[str, int]]:
        """The commonest reasons why there is no answer."""
        counted = self.without_answer().order_by().values("failure").annotate(number=Count("id"))
        return list(counted.order_by("-number", "failure").values_list("failure", "number")[:limit])
