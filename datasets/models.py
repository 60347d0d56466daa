from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from datasets.querysets import (
    AttachmentQuerySet,
    DatasetQuerySet,
    EventQuerySet,
    JobQuerySet,
    RevisionQuerySet,
    ViewQuerySet,
    WorkerQuerySet,
)
from files.models import File, Sharing
from project.accounts.models import Membership, User, Workspace
from project.accounts.types import Author
from project.lib.ids import new_id
from project.lib.labels import label_of


class Door(models.TextChoices):
    """By which way a change came in."""

    PAGE = "page", "Page"
    ADMIN = "admin", "Admin"
    MISTRAL = "mistral", "Mistral API"
    CHATBOTKIT = "chatbotkit", "ChatBotKit API"
    KEYWORDSAI = "keywordsai", "Keywords AI API"
    COMMAND = "command", "Command line"
    SCHEDULE = "schedule", "Schedule"


class Dataset(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="datasets")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    alias = models.CharField(max_length=128, blank=True, help_text="A name for the id, once in a workspace.")
    meta = models.JSONField(default=dict, blank=True)
    sharing = models.CharField(max_length=9, choices=Sharing.choices, default=Sharing.PRIVATE)
    record_max_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of a chunk of a document."
    )
    separators = models.TextField(blank=True, help_text="Where documents are cut first, separated by commas.")
    search_min_score = models.FloatField(null=True, blank=True)
    search_max_records = models.PositiveIntegerField(null=True, blank=True)
    search_max_tokens = models.PositiveIntegerField(null=True, blank=True)
    extras = models.JSONField(default=dict, blank=True, help_text="What a dialect keeps for its clients.")
    record_count = models.PositiveIntegerField(default=0, editable=False)
    revision_number = models.PositiveIntegerField(default=0, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "alias"],
                condition=~Q(alias="") & Q(deleted_at=None),
                name="dataset_alias_once",
            ),
        )
        indexes = (models.Index(fields=["workspace", "-id"], name="dataset_by_workspace"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name, or what stands for it: through an API a dataset may have none."""
        return label_of("dataset", self.name, self.id)

    @property
    def slug(self) -> str:
        return slugify(self.name) or str(self.id)


class Attachment(models.Model):
    """A file as a source of a dataset's records."""

    class Type(models.TextChoices):
        SOURCE = "source", "Source"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="attachments")
    type = models.CharField(max_length=6, choices=Type.choices, default=Type.SOURCE)
    synced_version = models.PositiveIntegerField(null=True, editable=False)
    synced_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dataset", "file"], name="attachment_once"),)

    def __str__(self) -> str:
        return f"{self.file} in {self.dataset}"


class Revision(models.Model):
    """One change set of a dataset. It gets its number when it is published, in the order of commits, without gaps."""

    class Kind(models.TextChoices):
        CREATE = "create", "Added"
        IMPORT = "import", "Imported"
        UPDATE = "update", "Edited"
        TRASH = "trash", "Moved to trash"
        RESTORE = "restore", "Restored"
        SYNC = "sync", "Synced from file"
        ERASE = "erase", "Deleted for good"
        UNDO = "undo", "Undone"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(null=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    door = models.CharField(max_length=10, choices=Door.choices)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key_id = models.UUIDField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True)
    undoes = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="undone_by")
    details = models.JSONField(default=dict, blank=True, help_text="What was asked for, and further counts.")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dataset", "number"], name="revision_number_once"),)
        indexes = (models.Index(fields=["dataset"], condition=Q(number=None), name="revision_pending"),)

    def __str__(self) -> str:
        return f"Revision {self.number}" if self.number else "Pending revision"


class Snapshot(models.Model):
    """A name for a revision."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="snapshots")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="snapshots")
    name = models.CharField(max_length=100)
    note = models.TextField(blank=True)
    record_count = models.PositiveIntegerField(default=0, editable=False, help_text="When it was made.")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dataset", "name"], name="snapshot_name_once"),)

    def __str__(self) -> str:
        return self.name


class View(models.Model):
    """A list of records to which people come back: its filter, columns and order, as the address of the list says
    them. Its owner's own, or shared with the workspace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="views")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    query = models.TextField(blank=True, help_text="Of the list, in a stable order.")
    is_shared = models.BooleanField(default=False)
    second_percent = models.PositiveSmallIntegerField(
        default=0, help_text="The share of its queue on which two people decide."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ViewQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["dataset", "owner", "name"], name="view_name_once"),
            models.UniqueConstraint(
                fields=["dataset", "name"], condition=Q(is_shared=True), name="view_shared_name_once"
            ),
            models.CheckConstraint(condition=Q(second_percent__lte=100), name="view_percent_is_a_share"),
        )

    def __str__(self) -> str:
        return self.name

    def is_changeable_by(self, member: Membership) -> bool:
        """Its owner may, and of a shared one the owners of the workspace."""
        return member.user_id == self.owner_id or (self.is_shared and member.can_manage)


class DefaultView(models.Model):
    """The view with which a dataset opens for one person."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(View, on_delete=models.CASCADE, related_name="defaults")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dataset", "user"], name="default_view_once"),)

    def __str__(self) -> str:
        return f"{self.view} for {self.user}"


class Job(models.Model):
    """Long work. This row is the truth; a Celery message only says that there is something to claim."""

    class Kind(models.TextChoices):
        IMPORT_FILE = "import_file", "Import from file"
        IMPORT_RECORDS = "import_records", "Import from dataset"
        IMPORT_LOGS = "import_logs", "Import from logs"
        IMPORT_THREADS = "import_threads", "Import from threads"
        IMPORT_LOG_FILE = "import_log_file", "Import of logs"
        RUN_CAMPAIGN = "run_campaign", "Campaign"
        SAMPLE_LOGS = "sample_logs", "Sample of logs"
        SAMPLE_THREADS = "sample_threads", "Sample of threads"
        ERASE_RECORDS = "erase_records", "Erasure of records"
        SYNC_FILE = "sync_file", "Sync of a file"
        PLAN_SYNC = "plan_sync", "Plan of a sync"
        BULK_CHANGE = "bulk_change", "Bulk change"
        UNDO_REVISION = "undo_revision", "Undo"
        PURGE_DATASET = "purge_dataset", "Erase deleted dataset"

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        CANCELLING = "cancelling", "Cancelling"
        CANCELLED = "cancelled", "Cancelled"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.CANCELLING)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="jobs")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, null=True, related_name="jobs")
    file = models.ForeignKey(File, on_delete=models.SET_NULL, null=True, related_name="jobs")
    revision = models.OneToOneField(Revision, on_delete=models.SET_NULL, null=True, related_name="job")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    api_key_id = models.UUIDField(null=True, blank=True)
    door = models.CharField(max_length=10, choices=Door.choices)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    settings = models.JSONField(default=dict, help_text="What was asked for.")
    phase = models.CharField(max_length=40, blank=True)
    done = models.BigIntegerField(default=0, help_text="In this phase, in its own unit.")
    total = models.BigIntegerField(null=True, help_text="In this phase; unknown while empty.")
    unit = models.CharField(max_length=10, default="records")
    rate = models.FloatField(null=True, help_text="Units a second, lately.")
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict, help_text="Counts at the end.")
    errors = models.JSONField(default=list, help_text="Causes with their count and first line numbers.")
    checkpoint = models.JSONField(default=dict, help_text="Where to go on after a restart.")
    failure = models.TextField(
        blank=True, help_text="Set when the job will fail once its work is taken back."
    )
    claim = models.UUIDField(null=True, editable=False, help_text="The run that may write.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims since the last progress.")
    sent_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["workspace", "-id"], name="job_by_workspace"),
            models.Index(fields=["dataset", "-id"], name="job_by_dataset"),
            models.Index(
                fields=["status"],
                condition=Q(status__in=["queued", "running", "cancelling"]),
                name="job_active",
            ),
        )

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def author(self) -> Author:
        """Who asked for it."""
        return Author(user_id=self.created_by_id, door=self.door, api_key_id=self.api_key_id)

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def is_being_taken_back(self) -> bool:
        return self.is_active and bool(self.failure or self.status == self.Status.CANCELLING)

    @property
    def percent(self) -> int | None:
        """0 to 100 of the present phase, or None while the total is unknown."""
        if not self.total:
            return None
        return min(100, int(self.done * 100 / self.total))

    @property
    def time_left(self) -> timedelta | None:
        """Of the present phase, or None until the rate is known."""
        if self.status != self.Status.RUNNING or not self.rate or not self.total:
            return None
        return timedelta(seconds=max(0, self.total - self.done) / self.rate)

    def is_stalled(self, now: datetime, after: timedelta) -> bool:
        """Whether its worker has not been heard of for `after`."""
        return self.claim is not None and self.heartbeat_at is not None and now - self.heartbeat_at > after


class Event(models.Model):
    """A line of what happened to datasets, records, files and jobs of a workspace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="events")
    type = models.CharField(max_length=60)
    dataset_id = models.UUIDField(null=True)
    file_id = models.UUIDField(null=True)
    record_id = models.UUIDField(null=True)
    job_id = models.UUIDField(null=True)
    revision_id = models.UUIDField(null=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    meta = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["workspace", "-id"], name="event_by_workspace"),
            models.Index(fields=["dataset_id", "-id"], name="event_by_dataset"),
        )

    def __str__(self) -> str:
        return self.type


class Worker(models.Model):
    """A worker process that was heard of, so that pages can say when none is there."""

    name = models.CharField(max_length=255, primary_key=True)
    queues = ArrayField(models.CharField(max_length=40), default=list)
    seen_at = models.DateTimeField()

    objects = WorkerQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
