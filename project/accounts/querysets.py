from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.db.models import F, Q

from project.accounts import keys

if TYPE_CHECKING:
    from project.accounts.models import ApiKey, AuditEntry, Membership, User, Workspace


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, *, name: str = "") -> User:
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, *, name: str = "") -> User:
        user = self.create_user(email, password, name=name)
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def visible_to_user(self, user: User) -> WorkspaceQuerySet:
        return self.filter(memberships__user=user).order_by("name")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_user(self, user: User) -> MembershipQuerySet:
        """With their workspaces, the first joined first."""
        return self.filter(user=user).select_related("workspace").order_by("created_at", "id")

    def active_in(self, workspace: Workspace) -> MembershipQuerySet:
        """Of users who may still act there."""
        return self.filter(workspace=workspace, user__is_active=True)

    def owners(self) -> MembershipQuerySet:
        return self.filter(role="owner").order_by("created_at")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, workspace: Workspace) -> ApiKeyQuerySet:
        return self.filter(workspace=workspace)

    def usable(self, now: datetime) -> ApiKeyQuerySet:
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def for_secret(self, secret: str) -> ApiKeyQuerySet:
        """The key of this secret text whose user is still active and a member, with what every request needs."""
        own = self.filter(secret_hash=keys.hash_secret(secret), user__is_active=True)
        return own.filter(user__memberships__workspace=F("workspace")).select_related("workspace", "user")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, workspace: Workspace) -> AuditEntryQuerySet:
        return self.filter(workspace=workspace)
