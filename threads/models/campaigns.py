from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from project.accounts.models import ApiKey, User, Workspace
from project.lib.ids import new_id
from threads.answers import score_words
from threads.judgequerysets import CampaignLogQuerySet, CampaignQuerySet, JudgeQuerySet
from threads.types import JudgeDraft, Scale


class Judge(models.Model):
    """Instructions for a model that reads a conversation and gives it one of the answers of a scale."""

    class Kind(models.TextChoices):
        CLASSIFICATION = "classification", "Options"
        REGRESSION = "regression", "Numbers"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="judges")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=50)
    description = models.TextField(blank=True)
    model_name = models.CharField(max_length=500)
    instructions = models.TextField(help_text="A Jinja template.")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    scale_values = models.JSONField(help_text="The options, or the numbers and what they mean.")
    tools = ArrayField(models.TextField(), default=list, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = JudgeQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=Q(deleted_at=None), name="judge_name_once"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def scale(self) -> Scale:
        return Scale.from_json(self.scale_values)

    @property
    def draft(self) -> JudgeDraft:
        return JudgeDraft(
            name=self.name,
            description=self.description,
            model_name=self.model_name,
            instructions=self.instructions,
            scale=self.scale,
            tools=tuple(self.tools),
        )


class Campaign(models.Model):
    """A saved selection of logs, and what a judge said of each, if there is a judge and a model to ask."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="campaigns")
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    judge = models.ForeignKey(
        Judge, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=50)
    description = models.TextField(blank=True)
    condition = models.JSONField(help_text="The filter.")
    sent_condition = models.JSONField(null=True, help_text="The filter as its sender wrote it.")
    max_logs = models.PositiveIntegerField()
    job_id = models.UUIDField(null=True, editable=False, help_text="The job that selects and judges.")
    selected_count = models.PositiveIntegerField(default=0, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["workspace", "environment", "-id"], name="campaign_by_workspace"),)

    def __str__(self) -> str:
        return self.name


class CampaignLog(models.Model):
    """A log that a campaign selected, at its place from 1, newest first."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="logs")
    place = models.PositiveIntegerField()
    log_id = models.UUIDField()
    answer = models.JSONField(null=True, help_text="A text or a number.")
    analysis = models.TextField(blank=True, help_text="The judge's reasons.")
    failure = models.TextField(blank=True, help_text="Why there is no answer.")
    asked_at = models.DateTimeField(null=True)

    objects = CampaignLogQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["campaign", "place"], name="campaign_place_once"),)
        indexes = (
            models.Index(
                fields=["campaign", "place"], condition=Q(asked_at=None), name="campaign_log_unasked"
            ),
            models.Index(fields=["log_id"], name="campaign_log_by_log"),
        )

    def __str__(self) -> str:
        return f"{self.place} of {self.campaign_id}"

    @property
    def answer_in_words(self) -> str:
        """Empty while there is none."""
        return "" if self.answer is None else score_words(self.answer)
