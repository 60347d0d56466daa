from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from project.accounts.actions import (
    create_key,
    create_user,
    create_workspace,
    key_for_secret,
    record_audit,
    revoke_key,
)
from project.accounts.errors import AccountInvalidError, AccountTakenError, KeyUnknownError
from project.accounts.models import ApiKey, AuditEntry, Membership, User, Workspace
from tests.factories.accounts import PASSWORD, ApiKeyFactory

pytestmark = pytest.mark.django_db


def test_a_workspace_is_made_with_its_owner(alice: User) -> None:
    workspace = create_workspace("Looking glass", owner=alice)
    membership = Membership.objects.get(workspace=workspace)
    assert (membership.user, membership.role) == (alice, Membership.Role.OWNER)


def test_workspaces_get_serial_numbers_in_their_order() -> None:
    first, second = create_workspace("First"), create_workspace("Second")
    assert second.serial == first.serial + 1


def test_a_workspace_without_an_owner_gets_a_service_user_who_cannot_sign_in() -> None:
    workspace = create_workspace("Machines")
    owner = Membership.objects.get(workspace=workspace).user
    assert not owner.has_usable_password()


def test_a_workspace_name_is_trimmed_and_given_once() -> None:
    create_workspace("  Twice ")
    with pytest.raises(AccountTakenError, match="choose another name"):
        create_workspace("Twice")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_workspace_name_has_a_length(name: str) -> None:
    with pytest.raises(AccountInvalidError):
        create_workspace(name)


def test_a_user_signs_in_with_a_lower_case_address(workspace: Workspace) -> None:
    user = create_user(" Dora@Example.COM ", PASSWORD, workspace=workspace, role=Membership.Role.VIEWER)
    assert user.email == "dora@example.com"
    assert user.check_password(PASSWORD)
    assert Membership.objects.get(user=user).role == Membership.Role.VIEWER


def test_a_user_without_a_workspace_is_a_member_of_none() -> None:
    user = create_user("dora@example.com", PASSWORD)
    assert not Membership.objects.filter(user=user).exists()
    assert not user.is_staff


def test_an_admin_may_sign_in_to_the_admin() -> None:
    user = create_user("root@example.com", PASSWORD, is_admin=True)
    assert user.is_staff
    assert user.is_superuser


def test_an_address_is_taken_in_any_case(alice: User) -> None:
    with pytest.raises(AccountTakenError, match=r"alice@example\.com"):
        create_user("ALICE@example.com", PASSWORD)


@pytest.mark.parametrize(
    ("email", "password"), [("nonsense", PASSWORD), ("a@example.com", "short"), ("", PASSWORD)]
)
def test_a_wrong_address_or_a_weak_password_makes_no_user(email: str, password: str) -> None:
    with pytest.raises(AccountInvalidError):
        create_user(email, password)
    assert not User.objects.exists()


def test_a_key_is_known_by_its_secret_alone(workspace: Workspace, alice: User) -> None:
    key, secret = create_key(workspace, user=alice, name=" nightly ")
    assert key_for_secret(secret) == key
    assert key.name == "nightly"
    assert secret not in str(ApiKey.objects.filter(pk=key.pk).values())


def test_a_key_has_every_right_unless_told(workspace: Workspace, alice: User) -> None:
    key, _ = create_key(workspace, user=alice)
    assert key.scopes == ["read", "write", "export"]
    assert key.environment == ApiKey.Environment.PROD
    assert key.dataset_id is None


def test_a_key_keeps_each_right_once(workspace: Workspace, alice: User) -> None:
    key, _ = create_key(workspace, user=alice, scopes=["export", "read", "export"])
    assert key.scopes == ["read", "export"]
    assert key.allows("read")
    assert not key.allows("write")


def test_a_key_acts_for_the_first_owner_unless_told(workspace: Workspace, alice: User, bob: User) -> None:
    key, _ = create_key(workspace)
    assert key.user == alice


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "delete"]])
def test_a_key_with_unknown_rights_is_refused(workspace: Workspace, alice: User, scopes: list[str]) -> None:
    with pytest.raises(AccountInvalidError, match="read, write, export"):
        create_key(workspace, user=alice, scopes=scopes)
    assert not ApiKey.objects.exists()


def test_a_key_for_an_unknown_environment_is_refused(workspace: Workspace, alice: User) -> None:
    with pytest.raises(AccountInvalidError, match="prod or test"):
        create_key(workspace, user=alice, environment="staging")


def test_making_and_revoking_a_key_is_audited_without_its_secret(workspace: Workspace, alice: User) -> None:
    key, secret = create_key(workspace, user=alice)
    revoke_key(key, user=alice)
    entries = AuditEntry.objects.visible_to(workspace).order_by("id")
    assert [entry.action for entry in entries] == ["key.create", "key.revoke"]
    assert {entry.subject_id for entry in entries} == {key.id}
    assert secret not in str([entry.details for entry in entries])


def test_a_revoked_key_is_unknown_at_once(workspace: Workspace, alice: User) -> None:
    key, secret = create_key(workspace, user=alice)
    revoke_key(key, user=alice)
    with pytest.raises(KeyUnknownError, match="revoked"):
        key_for_secret(secret)


def test_revoking_twice_is_told_once(workspace: Workspace, alice: User) -> None:
    key, _ = create_key(workspace, user=alice)
    revoke_key(key, user=alice)
    revoked_at = ApiKey.objects.get(pk=key.pk).revoked_at
    revoke_key(key, user=alice)
    assert ApiKey.objects.get(pk=key.pk).revoked_at == revoked_at
    assert AuditEntry.objects.filter(action="key.revoke").count() == 1


def test_an_expired_key_is_unknown(workspace: Workspace, alice: User) -> None:
    now = timezone.now()
    _, over = create_key(workspace, user=alice, expires_at=now - timedelta(seconds=1))
    key, ahead = create_key(workspace, user=alice, expires_at=now + timedelta(hours=1))
    assert key_for_secret(ahead) == key
    with pytest.raises(KeyUnknownError, match="expired"):
        key_for_secret(over)


@pytest.mark.parametrize("secret", ["", "wn_prod_guess", "x" * 10_000, "ключ"])
def test_a_guessed_secret_is_unknown(secret: str) -> None:
    ApiKeyFactory.create()
    with pytest.raises(KeyUnknownError):
        key_for_secret(secret)


def test_the_use_of_a_key_is_noted_once_a_minute(workspace: Workspace, alice: User) -> None:
    key, secret = create_key(workspace, user=alice)
    key_for_secret(secret)
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    key_for_secret(secret)
    assert first is not None
    assert ApiKey.objects.get(pk=key.pk).last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    key_for_secret(secret)
    assert ApiKey.objects.get(pk=key.pk).last_used_at > first - timedelta(minutes=1)  # type: ignore[operator]


def test_only_usable_keys_are_counted_as_usable() -> None:
    now = timezone.now()
    usable = ApiKeyFactory.create(expires_at=now + timedelta(hours=1))
    ApiKeyFactory.create(revoked_at=now)
    ApiKeyFactory.create(expires_at=now)
    assert list(ApiKey.objects.usable(now)) == [usable]
    assert usable.is_usable(now)


def test_an_audit_entry_is_seen_in_its_workspace_only(
    workspace: Workspace, stranger_workspace: Workspace, alice: User
) -> None:
    record_audit(workspace, user=alice, action="record.erase", subject_id=uuid4(), details={"records": 3})
    assert AuditEntry.objects.visible_to(workspace).get().details == {"records": 3}
    assert not AuditEntry.objects.visible_to(stranger_workspace).exists()
