"""The columns that a person keeps for a list. Part of `records.models`."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from project.accounts.models import User
from project.lib.ids import new_id


class KeptColumnsQuerySet(models.QuerySet["KeptColumns"]):
    def of_list(self, user: User, list_id: UUID) -> KeptColumnsQuerySet:
        return self.filter(user=user, list_id=list_id)

    def names_of(self, user: User, list_id: UUID) -> list[str]:
        """Empty for who has kept none."""
        return self.of_list(user, list_id).values_list("names", flat=True).first() or []


class KeptColumns(models.Model):
    """The columns that a person sees in a list whose address names none."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kept_columns")
    list_id = models.UUIDField(help_text="The dataset, or the workspace whose logs are listed.")
    names = ArrayField(models.TextField())

    objects = KeptColumnsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "kept columns"
        constraints = (models.UniqueConstraint(fields=["user", "list_id"], name="columns_once"),)

    def __str__(self) -> str:
        return ", ".join(self.names)
