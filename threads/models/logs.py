from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from project.accounts.models import ApiKey, Workspace
from project.lib.fieldtypes import JsonTextField
from project.lib.ids import new_id
from threads.content import PREVIEW_CHARACTERS
from threads.judging import conversation_of
from threads.messages import enabled_tools, request_messages, response_messages
from threads.querysets import LogKeyQuerySet, LogQuerySet, ThreadQuerySet
from threads.types import Conversation


def _sent_text() -> models.TextField[Any, Any]:
    """NULL says that nothing was sent, which the filters tell from an empty text."""
    return models.TextField(null=True, blank=True)


class Thread(models.Model):
    """The logs of one conversation, with totals that change in the transaction that changes its logs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="threads")
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    identifier = models.CharField(max_length=255, help_text="The id that the application gave.")
    log_count = models.PositiveBigIntegerField(default=0)
    failed_count = models.PositiveBigIntegerField(default=0)
    first_log_at = models.DateTimeField()
    last_log_at = models.DateTimeField()
    cost = models.DecimalField(max_digits=30, decimal_places=12, default=0, help_text="US dollars.")
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    total_tokens = models.PositiveBigIntegerField(default=0)
    latency = models.DecimalField(max_digits=30, decimal_places=6, default=0, help_text="Seconds, summed up.")
    timed_count = models.PositiveBigIntegerField(default=0, help_text="Logs that say their latency.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "environment", "identifier"], name="thread_once"),
        )
        indexes = (
            models.Index(fields=["workspace", "environment", "last_log_at", "id"], name="thread_by_time"),
        )

    def __str__(self) -> str:
        return self.identifier

    @property
    def average_latency(self) -> float | None:
        """Seconds, over the logs that say theirs."""
        return float(self.latency / self.timed_count) if self.timed_count else None


class Log(models.Model):
    """One captured model call. The table is divided by id, which is divided by time (`threads.ids`). Rows come by COPY,
    so their foreign keys are kept by the actions, not by the database; a thread is known by its identifier."""

    class Status(models.TextChoices):
        SUCCESS = "success", "Success"
        WARNING = "warning", "Warning"
        FAILED = "failed", "Failed"
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"

    id = models.UUIDField(primary_key=True, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="logs"
    )
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    unique_id = _sent_text()
    api_key_id = models.UUIDField(null=True)
    logged_at = models.DateTimeField(help_text="When the call ended.")
    started_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(help_text="When it came in.")
    log_type = models.CharField(max_length=30)
    log_method = models.CharField(max_length=30)
    model = models.TextField(blank=True)
    provider_id = _sent_text()
    status = models.CharField(max_length=10, choices=Status.choices)
    status_code = models.IntegerField()
    error_code = _sent_text()
    error_message = _sent_text()
    thread_identifier = _sent_text()
    session_identifier = _sent_text()
    customer_identifier = _sent_text()
    customer_email = _sent_text()
    custom_identifier = _sent_text()
    group_identifier = _sent_text()
    evaluation_identifier = _sent_text()
    trace_unique_id = _sent_text()
    span_unique_id = _sent_text()
    span_parent_id = _sent_text()
    span_name = _sent_text()
    span_workflow_name = _sent_text()
    prompt_tokens = models.IntegerField(null=True)
    completion_tokens = models.IntegerField(null=True)
    total_tokens = models.IntegerField(null=True)
    cache_hit_tokens = models.IntegerField(null=True)
    cache_creation_tokens = models.IntegerField(null=True)
    cost = models.DecimalField(max_digits=20, decimal_places=12, help_text="US dollars.")
    latency = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="Seconds.")
    time_to_first_token = models.FloatField(null=True, help_text="Seconds.")
    tokens_per_second = models.FloatField(null=True)
    stream = models.BooleanField(null=True)
    has_tool_calls = models.BooleanField()
    invoked_tools = ArrayField(models.TextField(), null=True)
    positive_feedback = models.BooleanField(null=True)
    is_pinned = models.BooleanField()
    note = _sent_text()
    input_preview = models.CharField(max_length=PREVIEW_CHARACTERS, help_text="The last user message.")
    output_preview = models.CharField(max_length=PREVIEW_CHARACTERS)
    meta = models.JSONField()
    attributes = models.JSONField(help_text="Values of rarely used filter fields.")
    scores = models.JSONField(help_text="What evaluators and judges gave, by their id.")
    input = JsonTextField(null=True)
    output = JsonTextField(null=True)
    extras = JsonTextField(null=True, help_text="Whatever else was sent, verbatim.")

    objects = LogQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["workspace", "environment", "id"], name="log_by_time"),
            models.Index(fields=["workspace", "environment", "created_at"], name="log_by_arrival"),
            models.Index(
                fields=["workspace", "environment", "thread_identifier", "id"],
                name="log_by_thread",
                condition=Q(thread_identifier__isnull=False),
            ),
            models.Index(
                fields=["workspace", "environment", "customer_identifier", "id"],
                name="log_by_customer",
                condition=Q(customer_identifier__isnull=False),
            ),
            models.Index(
                fields=["workspace", "environment", "custom_identifier", "id"],
                name="log_by_custom_identifier",
                condition=Q(custom_identifier__isnull=False),
            ),
            models.Index(
                fields=["workspace", "environment", "trace_unique_id", "id"],
                name="log_by_trace",
                condition=Q(trace_unique_id__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id by which the sender knows the log: theirs, or ours as 32 hexadecimal digits."""
        return self.unique_id or self.id.hex

    @property
    def request_messages(self) -> list[dict[str, Any]]:
        return request_messages(None if self.input is None else self.input.value)

    @property
    def response_messages(self) -> list[dict[str, Any]]:
        return response_messages(None if self.output is None else self.output.value)

    def conversation(self) -> Conversation:
        """What went in and what came out, for a judge. Raises ConversationInvalidError when there is nothing."""
        messages = [*self.request_messages, *self.response_messages]
        return conversation_of(messages, tools=self.enabled_tools, properties=self.meta)

    @property
    def enabled_tools(self) -> list[dict[str, Any]]:
        return enabled_tools(self.input and self.input.value, self.extras and self.extras.value)


class LogKey(models.Model):
    """Which log carries the id that its sender gave: sent again, it is found here. One small row, since the ids
    of all times stand in one index, which the table of logs cannot have."""

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(editable=False, help_text="Hash of the sender's id.")
    workspace_id = models.UUIDField(editable=False)
    environment = models.CharField(max_length=4, choices=ApiKey.Environment.choices)
    log_id = models.UUIDField()

    objects = LogKeyQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "workspace_id", "environment"], name="log_key_once"),
        )
