from __future__ import annotations

from typing import IO

from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q

from files.contenttypes import type_words
from files.querysets import FileQuerySet, UploadQuerySet
from project.accounts.models import User, Workspace
from project.lib.ids import new_id
from project.lib.labels import label_of


class Sharing(models.TextChoices):
    """Who may read: the workspace, its protected guests, or everybody who has the id."""

    PRIVATE = "private", "Private"
    PROTECTED = "protected", "Protected"
    PUBLIC = "public", "Public"


class File(models.Model):
    """Stored bytes with what must be known of them. The content lies in object storage under `storage_name`."""

    class Origin(models.TextChoices):
        UPLOAD = "upload", "Uploaded"
        EXPORT = "export", "Exported"

    class Visibility(models.TextChoices):
        WORKSPACE = "workspace", "Workspace"
        USER = "user", "Only me"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="files")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    alias = models.CharField(max_length=128, blank=True, help_text="A name for the id, once in a workspace.")
    description = models.TextField(blank=True)
    meta = models.JSONField(default=dict, blank=True)
    sharing = models.CharField(max_length=9, choices=Sharing.choices, default=Sharing.PRIVATE)
    extras = models.JSONField(default=dict, blank=True, help_text="What a dialect keeps for its clients.")
    purpose = models.CharField(max_length=40, blank=True)
    content_type = models.CharField(max_length=127, default="application/octet-stream")
    visibility = models.CharField(max_length=9, choices=Visibility.choices, default=Visibility.WORKSPACE)
    origin = models.CharField(max_length=6, choices=Origin.choices, default=Origin.UPLOAD)
    version = models.PositiveIntegerField(default=0, editable=False, help_text="0 until there is content.")
    storage_name = models.CharField(max_length=255, blank=True, editable=False)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = FileQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace", "alias"],
                condition=~Q(alias="") & Q(deleted_at=None),
                name="file_alias_once",
            ),
        )
        indexes = (
            models.Index(fields=["workspace", "-id"], name="file_by_workspace"),
            models.Index(fields=["id"], condition=~Q(deleted_at=None), name="file_deleted"),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name, or what stands for it: through an API a file may have none."""
        return label_of("file", self.name, self.id)

    @property
    def type_words(self) -> str:
        return type_words(self.content_type)

    def open(self) -> IO[bytes]:
        """The content from its start; the caller closes it. Raises FileNotFoundError when storage lost it, or when
        there is none yet."""
        if not self.storage_name:
            raise FileNotFoundError
        return default_storage.open(self.storage_name, "rb")


class FileVersion(models.Model):
    """A content that a file has or had. The newest is also on the file itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    storage_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=127)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["file", "number"], name="file_version_once"),)

    def __str__(self) -> str:
        return f"Version {self.number} of {self.file_id}"

    @property
    def type_words(self) -> str:
        return type_words(self.content_type)

    def open(self) -> IO[bytes]:
        """As that of a file."""
        return default_storage.open(self.storage_name, "rb")


class Upload(models.Model):
    """A direct upload that was announced. It may arrive again and again until its time is over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="uploads")
    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size_bytes = models.BigIntegerField()
    storage_name = models.CharField(max_length=255, blank=True, help_text="Where storage itself receives it.")
    etag = models.CharField(max_length=255, blank=True, help_text="Of what arrived there last.")
    version = models.ForeignKey(FileVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UploadQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
