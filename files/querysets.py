from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q, Sum

if TYPE_CHECKING:
    from files.models import File, Upload
    from project.accounts.models import User, Workspace


class FileQuerySet(models.QuerySet["File"]):
    def visible_to(self, workspace: Workspace) -> FileQuerySet:
        return self.filter(workspace=workspace, deleted_at=None)

    def open_to(self, user: User) -> FileQuerySet:
        """Without those that another user keeps for themselves."""
        return self.filter(Q(visibility="workspace") | Q(created_by=user))

    def current(self, now: datetime) -> FileQuerySet:
        """Those whose time is not over."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def with_content(self) -> FileQuerySet:
        return self.exclude(version=0)

    def newest_first(self) -> FileQuerySet:
        return self.order_by("-id")

    def named_like(self, text: str) -> FileQuerySet:
        return self.filter(name__icontains=text) if text else self

    def total_bytes(self) -> int:
        return self.aggregate(total=Sum("size_bytes"))["total"] or 0


class UploadQuerySet(models.QuerySet["Upload"]):
    def within_storage(self) -> UploadQuerySet:
        """Those whose bytes do not come through this server."""
        return self.exclude(storage_name="")

    def of_files_in_use(self) -> UploadQuerySet:
        return self.filter(file__deleted_at=None)

    def over(self, moment: datetime) -> UploadQuerySet:
        """Those whose time was over then."""
        return self.filter(expires_at__lt=moment)
