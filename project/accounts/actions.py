from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from project.accounts import keys
from project.accounts.errors import AccountInvalidError, AccountTakenError, KeyUnknownError
from project.accounts.models import ApiKey, AuditEntry, Membership, User, Workspace
from project.accounts.shortcuts import changed_keys

ALL_SCOPES = tuple(ApiKey.Scope.values)
LAST_USE_RESOLUTION = timedelta(minutes=1)
_SERIAL_LOCK = 0x57494E4E  # Any constant will do: it names the lock under which serial numbers are given.


@transaction.atomic
def create_workspace(name: str, *, owner: User | None = None) -> Workspace:
    """Raises AccountTakenError for a name in use. Without an owner a service user is made, who cannot sign in."""
    name = name.strip()
    if not name or len(name) > 100:
        raise AccountInvalidError("A workspace name has 1 to 100 characters.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SERIAL_LOCK])
    if Workspace.objects.filter(name=name).exists():
        raise AccountTakenError(f"There is a workspace named {name} already; choose another name.")
    serial = (Workspace.objects.aggregate(last=Max("serial"))["last"] or 0) + 1
    workspace = Workspace.objects.create(name=name, serial=serial)
    if owner is None:
        owner = User.objects.create_user(f"service-{serial}@winnow.invalid", name=f"{name} service")
    Membership.objects.create(workspace=workspace, user=owner, role=Membership.Role.OWNER)
    return workspace


@transaction.atomic
def create_user(
    email: str,
    password: str,
    *,
    workspace: Workspace | None = None,
    role: str = Membership.Role.EDITOR,
    name: str = "",
    is_admin: bool = False,
) -> User:
    """Raises AccountTakenError or AccountInvalidError, the latter also for a weak password."""
    email = email.strip().lower()
    try:
        validate_email(email)
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise AccountInvalidError(" ".join(error.messages)) from None
    if User.objects.filter(email=email).exists():
        raise AccountTakenError(f"There is a user with the address {email} already.")
    make = User.objects.create_superuser if is_admin else User.objects.create_user
    user = make(email, password, name=name)
    if workspace is not None:
        Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


@transaction.atomic
def create_key(
    workspace: Workspace,
    *,
    user: User | None = None,
    name: str = "",
    environment: str = ApiKey.Environment.PROD,
    scopes: Sequence[str] = ALL_SCOPES,
    dataset_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """The key and its secret, which is shown once and kept nowhere. Acts for the first owner unless told."""
    unknown = [scope for scope in scopes if scope not in ALL_SCOPES]
    if unknown or not scopes:
        raise AccountInvalidError(f"Scopes are {', '.join(ALL_SCOPES)}; not {', '.join(unknown) or 'none'}.")
    if environment not in ApiKey.Environment.values:
        raise AccountInvalidError(f"The environment is prod or test, not {environment}.")
    if user is None:
        user = Membership.objects.owners().select_related("user").filter(workspace=workspace)[0].user
    secret = keys.make_secret(environment)
    key = ApiKey.objects.create(
        workspace=workspace,
        user=user,
        name=name.strip()[:100],
        prefix=keys.prefix_of(secret),
        secret_hash=keys.hash_secret(secret),
        environment=environment,
        scopes=sorted(set(scopes), key=ALL_SCOPES.index),
        dataset_id=dataset_id,
        expires_at=expires_at,
    )
    record_audit(workspace, user=user, action="key.create", subject_id=key.id, details={"prefix": key.prefix})
    return key, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, user: User) -> None:
    """Safe to repeat."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record_audit(
            key.workspace, user=user, action="key.revoke", subject_id=key.id, details={"prefix": key.prefix}
        )


def choose_shortcuts(user: User, *, keys: Mapping[str, str], are_on: bool) -> None:
    """By the shortcut's name; an empty key is none. Raises ShortcutInvalidError."""
    user.shortcuts = {"keys": changed_keys(keys), "is_off": not are_on}
    user.save(update_fields=["shortcuts"])


@transaction.atomic
def deactivate_user(user: User, *, by: User) -> None:
    """No sign-in any more, and no key that acts for the user. Safe to repeat."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    for key in ApiKey.objects.select_related("workspace").filter(user=user, revoked_at=None):
        revoke_key(key, user=by)


def key_for_secret(secret: str) -> ApiKey:
    """Raises KeyUnknownError for a secret that is unknown, revoked or expired. Notes the use once a minute."""
    now = timezone.now()
    key = ApiKey.objects.for_secret(secret).first()
    if key is None or not key.is_usable(now):
        raise KeyUnknownError("The API key is unknown, revoked or expired; create one under Keys.")
    if key.last_used_at is None or now - key.last_used_at > LAST_USE_RESOLUTION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def record_audit(
    workspace: Workspace,
    *,
    user: User | None,
    action: str,
    subject_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    AuditEntry.objects.create(
        workspace=workspace, user=user, action=action, subject_id=subject_id, details=details or {}
    )
