from __future__ import annotations

from django.db import models
from django.utils import timezone

from project.accounts.models import ApiKey, Workspace
from project.lib.ids import new_id
from threads.querysets import LogQuerySet, ThreadQuerySet


class Thread(models.Model):
    """The logs of one conversation, with totals that are kept up to date as they arrive."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="threads")
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    identifier = models.CharField(max_length=255, help_text="The id that the application gave.")
    log_count = models.PositiveIntegerField(default=0)
    first_log_at = models.DateTimeField(null=True)
    last_log_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "environment", "identifier"], name="thread_once"),
        )

    def __str__(self) -> str:
        return self.identifier


class Log(models.Model):
    """One captured model call."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="logs")
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    thread = models.ForeignKey(Thread, on_delete=models.SET_NULL, null=True, related_name="logs")
    model = models.CharField(max_length=255, blank=True)
    input = models.JSONField(default=list)
    output = models.JSONField(default=dict)
    meta = models.JSONField(default=dict)
    logged_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LogQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["workspace", "environment", "-logged_at"], name="log_by_time"),)

    def __str__(self) -> str:
        return str(self.id)
