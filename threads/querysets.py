from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from project.accounts.models import Workspace
    from threads.models import Log, Thread


class LogQuerySet(models.QuerySet["Log"]):
    def visible_to(self, workspace: Workspace) -> LogQuerySet:
        return self.filter(workspace=workspace)


class ThreadQuerySet(models.QuerySet["Thread"]):
    def visible_to(self, workspace: Workspace) -> ThreadQuerySet:
        return self.filter(workspace=workspace)
