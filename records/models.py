from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from pgvector.django import HalfVectorField, HnswIndex

from datasets.models import Dataset, Job, Revision, View
from project.accounts.models import User
from project.lib.fieldtypes import JsonTextField
from project.lib.ids import new_id
from records.changefields import CHANGEABLE, in_words
from records.content import PREVIEW_CHARACTERS, transcript
from records.keptcolumns import KeptColumns as KeptColumns
from records.querysets import (
    CurationQuerySet,
    DecisionQuerySet,
    OpinionQuerySet,
    QueueLeaseQuerySet,
    RecordChangeQuerySet,
    RecordManager,
    SyncConflictQuerySet,
    SyncPlanQuerySet,
)


class Record(models.Model):
    """One curated example. Its rows are written in bulk, so its foreign keys are kept by the actions, not by the
    database: a check per row and key would cost more than the COPY itself."""

    class Form(models.TextChoices):
        CONVERSATION = "conversation", "Conversation"
        TEXT = "text", "Text"

    class Status(models.TextChoices):
        NEW = "new", "New"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        FLAGGED = "flagged", "Flagged"

    class Origin(models.TextChoices):
        EXPLORER = "EXPLORER", "Logs"
        UPLOADED_FILE = "UPLOADED_FILE", "Uploaded file"
        DIRECT_INPUT = "DIRECT_INPUT", "Direct input"
        PLAYGROUND = "PLAYGROUND", "Threads"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey(
        Dataset, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="records"
    )
    revision = models.ForeignKey(
        Revision, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="records"
    )
    form = models.CharField(max_length=12, choices=Form.choices)
    payload = JsonTextField(null=True, help_text="The conversation, verbatim.")
    text = models.TextField(blank=True)
    meta = models.JSONField(default=dict)
    source = models.CharField(max_length=1024, blank=True)
    origin = models.CharField(max_length=20, choices=Origin.choices, default=Origin.DIRECT_INPUT)
    key = models.CharField(max_length=255, blank=True, help_text="The user's own key.")
    file_id = models.UUIDField(null=True, blank=True, help_text="The file it came from.")
    place = models.PositiveIntegerField(
        null=True, blank=True, help_text="Its line or chunk in that file, from 1."
    )
    log_ids = ArrayField(models.UUIDField(), null=True, blank=True, help_text="The logs it was made of.")
    source_fingerprint = models.BinaryField(
        max_length=16,
        null=True,
        editable=False,
        help_text="Of the text as the file gave it: another one than now was edited.",
    )
    fingerprint = models.BinaryField(max_length=16, editable=False)
    preview = models.CharField(max_length=PREVIEW_CHARACTERS, editable=False)
    characters = models.PositiveIntegerField(default=0, editable=False)
    tokens = models.PositiveIntegerField(default=0, editable=False)
    turns = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RecordManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(form="text", payload=None) | Q(form="conversation", payload__isnull=False),
                name="record_form_has_content",
            ),
        )
        indexes = (
            models.Index(fields=["dataset", "id"], name="record_in_order"),
            models.Index(fields=["dataset", "tokens", "id"], name="record_by_tokens"),
            models.Index(fields=["dataset", "turns", "id"], name="record_by_turns"),
            models.Index(fields=["dataset", "created_at"], name="record_by_creation"),
            models.Index(fields=["revision", "id"], name="record_by_revision"),
            models.Index(
                fields=["dataset", "trashed_at"], condition=Q(trashed_at__isnull=False), name="record_trash"
            ),
            models.Index(fields=["id"], condition=Q(trashed_at__isnull=False), name="record_trashed"),
            models.Index(
                fields=["dataset", "file_id", "place"],
                condition=Q(file_id__isnull=False),
                name="record_by_file",
            ),
            models.Index(fields=["dataset", "key"], condition=~Q(key=""), name="record_by_key"),
            models.Index(
                fields=["dataset", "source"],
                condition=Q(origin__in=("EXPLORER", "PLAYGROUND")),
                name="record_by_log_name",
            ),
            GinIndex(fields=["log_ids"], condition=Q(log_ids__isnull=False), name="record_by_log"),
            GinIndex(fields=["meta"], opclasses=["jsonb_path_ops"], name="record_by_meta"),
        )

    def __str__(self) -> str:
        return self.preview[:80] or str(self.id)

    @property
    def as_payload(self) -> dict[str, Any]:
        """The conversation, or the text as the one message of a user."""
        if self.payload is not None:
            payload: dict[str, Any] = self.payload.value
            return payload
        return {"messages": [{"role": "user", "content": self.text}]}

    @property
    def as_text(self) -> str:
        """The text, or the conversation as a transcript."""
        return self.text if self.payload is None else transcript(self.payload.value)

    @property
    def status(self) -> str:
        return self.curation.status

    @property
    def tags(self) -> list[str]:
        return self.curation.tags

    @property
    def split(self) -> str:
        return self.curation.split

    @property
    def updated_at(self) -> datetime:
        return self.curation.updated_at

    def get_status_display(self) -> str:
        return self.curation.get_status_display()


class Curation(models.Model):
    """What people set on a record, apart from it: a status for a hundred thousand records then rewrites small rows with
    few indexes. Every record has one, and every change of a record writes to it, so its row is the record's lock."""

    record = models.OneToOneField(
        Record, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="curation"
    )
    dataset_id = models.UUIDField()
    status = models.CharField(max_length=8, choices=Record.Status.choices, default=Record.Status.NEW)
    split = models.CharField(max_length=20, blank=True)
    tags = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    updated_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When anything of the record was last changed."
    )

    objects = CurationQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["dataset_id", "status", "record"], name="curation_by_status"),
            models.Index(fields=["dataset_id", "updated_at", "record"], name="curation_by_update"),
            models.Index(
                fields=["dataset_id", "split", "record"], condition=~Q(split=""), name="curation_by_split"
            ),
            GinIndex(fields=["tags"], condition=~Q(tags=[]), name="curation_by_tag"),
        )

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.record_id}"


class RecordWords(models.Model):
    """The words of a record, apart from it: a change of tags or status then rewrites no full-text index."""

    record = models.OneToOneField(
        Record, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="words_row"
    )
    dataset_id = models.UUIDField()
    words = SearchVectorField()

    class Meta:
        verbose_name_plural = "record words"
        indexes = (GinIndex(fields=["words"], name="record_words"),)


class RecordEmbedding(models.Model):
    """The vector of a record's text, apart from it, and the model that made it."""

    DIMENSIONS = 256

    record = models.OneToOneField(
        Record, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="embedding"
    )
    dataset_id = models.UUIDField()
    model = models.CharField(max_length=100, help_text="Empty while there is no vector.")
    vector = HalfVectorField(dimensions=DIMENSIONS)

    class Meta:
        indexes = (
            models.Index(fields=["model", "dataset_id"], name="embedding_by_model"),
            HnswIndex(name="record_embedding", fields=["vector"], opclasses=["halfvec_cosine_ops"]),
        )


class SyncConflict(models.Model):
    """A chunk that a person edited and whose file changed it as well: the person's text stays, this is the file's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset_id = models.UUIDField()
    file_id = models.UUIDField()
    record_id = models.UUIDField()
    job_id = models.UUIDField(null=True)
    file_text = models.TextField(blank=True, help_text="Empty when the file has lost the chunk.")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)

    objects = SyncConflictQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["dataset_id", "file_id"], name="conflict_by_file"),
            models.Index(fields=["record_id"], name="conflict_by_record"),
        )

    def __str__(self) -> str:
        return f"Conflict over {self.record_id}"

    @property
    def is_lost(self) -> bool:
        """Whether the file has no text in its place any more."""
        return not self.file_text


class SyncPlan(models.Model):
    """What a sync found that there is to do, and did if it was not asked for the plan alone."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="sync_plan")
    dataset_id = models.UUIDField()
    file_id = models.UUIDField()
    recipe = models.JSONField(help_text="The version of the file, and how it was cut.")
    counts = models.JSONField(help_text="By kind of change.")
    samples = models.JSONField(help_text="The first ones of each kind, with the file's text but no record's.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SyncPlanQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["dataset_id", "file_id"], name="plan_by_file"),)

    def __str__(self) -> str:
        return f"Plan of a sync of {self.file_id}"

    @property
    def version(self) -> int:
        """Of the file."""
        return int(self.recipe["version"])

    @property
    def changes_anything(self) -> bool:
        return any(self.counts[kind] for kind in self.counts if kind not in {"unchanged", "edited"})


class RecordChange(models.Model):
    """What a revision replaced in one record: the old values of the fields named in `fields`, the others empty.
    With content come the values that were computed from it, so that going back computes nothing."""

    FIELDS = CHANGEABLE

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset_id = models.UUIDField()
    revision = models.ForeignKey(
        Revision, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="changes"
    )
    record_id = models.UUIDField()
    fields = ArrayField(models.CharField(max_length=20))
    form = models.CharField(max_length=12, null=True)  # noqa: DJ001  (null: not changed)
    payload = JsonTextField(null=True)
    text = models.TextField(null=True)  # noqa: DJ001
    meta = models.JSONField(null=True)
    source = models.CharField(max_length=1024, null=True)  # noqa: DJ001
    tags = ArrayField(models.CharField(max_length=100), null=True)
    status = models.CharField(max_length=8, null=True)  # noqa: DJ001
    split = models.CharField(max_length=20, null=True)  # noqa: DJ001
    key = models.CharField(max_length=255, null=True)  # noqa: DJ001
    file_id = models.UUIDField(null=True)
    place = models.PositiveIntegerField(null=True)
    source_fingerprint = models.BinaryField(max_length=16, null=True, editable=False)
    trashed_at = models.DateTimeField(null=True)
    fingerprint = models.BinaryField(max_length=16, null=True, editable=False)
    preview = models.CharField(max_length=PREVIEW_CHARACTERS, null=True)  # noqa: DJ001
    characters = models.PositiveIntegerField(null=True)
    tokens = models.PositiveIntegerField(null=True)
    turns = models.PositiveIntegerField(null=True)

    objects = RecordChangeQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["revision", "record_id"], name="change_once"),)
        indexes = (
            models.Index(fields=["record_id"], name="change_by_record"),
            models.Index(fields=["dataset_id"], name="change_by_dataset"),
        )

    def __str__(self) -> str:
        return f"{', '.join(self.fields)} of {self.record_id}"

    @property
    def fields_in_words(self) -> str:
        """What changed, as people call it."""
        return in_words(self.fields)


class RecordBlock(models.Model):
    """How many live records lie from `first_id` to the next block's: page N is found without counting the rows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset_id = models.UUIDField()
    first_id = models.UUIDField()
    live = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["dataset_id", "first_id"], name="block_once"),)

    def __str__(self) -> str:
        return f"{self.live} from {self.first_id}"


class QueueLease(models.Model):
    """That one person has a record of a queue before them. Until it expires nobody else is given the record, in no
    queue; who comes later takes the row over."""

    record = models.OneToOneField(
        Record, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="lease"
    )
    view = models.ForeignKey(View, on_delete=models.CASCADE, db_constraint=False, related_name="leases")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    tab = models.UUIDField(null=True, help_text="The page that shows it.")
    expires_at = models.DateTimeField()

    objects = QueueLeaseQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["view", "user"], name="lease_once"),)

    def __str__(self) -> str:
        return f"{self.record_id} until {self.expires_at}"


class Decision(models.Model):
    """What one person said about a record in a queue. Of two who are asked for an opinion, the second closes it. It
    stays when its view is deleted, as it is: there may be a million of them."""

    class Choice(models.TextChoices):
        APPROVED = "approved", "Approve"
        REJECTED = "rejected", "Reject"
        FLAGGED = "flagged", "Flag"
        SKIPPED = "skipped", "Skip"

    class Part(models.TextChoices):
        ONLY = "only", "Decided alone"
        FIRST = "first", "First opinion"
        SECOND = "second", "Second opinion"
        NONE = "none", "Skipped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset_id = models.UUIDField()
    record_id = models.UUIDField()
    view = models.ForeignKey(
        View, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="decisions"
    )
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    part = models.CharField(max_length=6, choices=Part.choices)
    revision_id = models.UUIDField(null=True, help_text="That set the status, if the status became another.")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["record_id"], name="decision_by_record"),
            models.Index(
                fields=["view", "record_id"], condition=Q(withdrawn_at=None), name="decision_by_view"
            ),
            models.Index(
                fields=["view", "created_at"],
                include=["user", "part", "record_id"],
                condition=Q(withdrawn_at=None),
                name="decision_by_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.choice} {self.record_id}"


class Opinion(models.Model):
    """Whether two people agree on a record. It stands while the record has the status that it had then: whoever sets
    another one has settled it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a second"
        AGREED = "agreed", "Agreed"
        DISAGREED = "disagreed", "Disagreed"
        SETTLED = "settled", "Settled"

    record = models.OneToOneField(
        Record, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="opinion"
    )
    dataset_id = models.UUIDField()
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who was first."
    )
    choice = models.CharField(max_length=8, choices=Decision.Choice.choices, help_text="Of the first.")
    status = models.CharField(max_length=8, help_text="Of the record, before they agree.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["dataset_id", "state"], include=["user"], name="opinion_by_state"),)

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.record_id}"
