from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from project.accounts.models import ApiKey, User, Workspace
from project.lib.ids import new_id
from threads.querysets import SamplingRuleQuerySet
from threads.sampling import SampleRule
from threads.schedules import KINDS, WEEKDAYS, WEEKLY, Schedule


class SamplingRule(models.Model):
    """A sample that is drawn again and again, each time from the logs that came in since the last time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="sampling_rules")
    dataset_id = models.UUIDField(help_text="Where the records go.")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    condition = models.JSONField(help_text="The filter.")
    draw_values = models.JSONField(help_text="How many of the matching logs are taken, and the seed.")
    skips_equal = models.BooleanField(default=False)
    schedule_kind = models.CharField(max_length=6, choices=list(KINDS.items()))
    at = models.TimeField(help_text="Of an hourly rule the minute counts.")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, choices=list(enumerate(WEEKDAYS)))
    zone = models.CharField(max_length=64)
    since = models.DateTimeField(help_text="Logs that say they happened earlier are never taken.")
    window_end = models.DateTimeField(
        null=True, editable=False, help_text="What came in before was looked at."
    )
    next_run_at = models.DateTimeField(null=True, editable=False, help_text="Empty while it is paused.")
    trouble = models.TextField(blank=True, help_text="Why it was paused, if nobody did.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SamplingRuleQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(schedule_kind=WEEKLY, weekday__isnull=False, weekday__lte=6)
                | (~Q(schedule_kind=WEEKLY) & Q(weekday=None)),
                name="rule_weekday_if_weekly",
            ),
        )
        indexes = (
            models.Index(fields=["workspace", "-id"], name="rule_by_workspace"),
            models.Index(fields=["dataset_id", "-id"], name="rule_by_dataset"),
            models.Index(
                fields=["next_run_at"], condition=Q(next_run_at__isnull=False), name="rule_by_next_run"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def draw(self) -> SampleRule:
        return SampleRule.from_json(self.draw_values)

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.schedule_kind, self.at, self.zone, self.weekday)

    @property
    def is_paused(self) -> bool:
        return self.next_run_at is None

    @property
    def takes_history(self) -> bool:
        """Whether it takes logs that were there before it was made."""
        return self.since < self.created_at

    def wait(self, now: datetime) -> None:
        """Until the next time of its schedule."""
        self.next_run_at, self.trouble = self.schedule.next_after(now), ""
        self.save(update_fields=["next_run_at", "trouble", "window_end", "updated_at"])

    def pause(self, *, trouble: str = "") -> None:
        self.next_run_at, self.trouble = None, trouble
        self.save(update_fields=["next_run_at", "trouble", "updated_at"])


class SamplingRun(models.Model):
    """A window of a sampling rule, and the job that samples it. The windows follow each other without a gap."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(SamplingRule, on_delete=models.CASCADE, related_name="runs")
    begins_at = models.DateTimeField(null=True, help_text="Empty for the first window, which has no begin.")
    ends_at = models.DateTimeField(help_text="Not in it any more.")
    job_id = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "begins_at"], nulls_distinct=False, name="sampling_window_once"
            ),
            models.CheckConstraint(
                condition=Q(begins_at=None) | Q(begins_at__lt=F("ends_at")), name="sampling_window_has_length"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} up to {self.ends_at:%Y-%m-%d %H:%M}"
