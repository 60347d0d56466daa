from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from project.accounts.actions import create_key, key_for_secret
from project.accounts.errors import KeyUnknownError
from project.accounts.models import ApiKey, AuditEntry, Membership, User, Workspace
from tests.factories.accounts import UserFactory, WorkspaceFactory

PASSWORD = "correct horse battery staple"


def change(row: User | Workspace | Membership | ApiKey) -> str:
    return reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def clerk_client(db: None) -> Client:
    """Who may edit users and nothing else."""
    clerk = UserFactory.create(email="clerk@example.com", is_staff=True)
    clerk.user_permissions.set(
        Permission.objects.filter(content_type__app_label="accounts", content_type__model="user")
    )
    client = Client()
    client.force_login(clerk)
    return client


def test_a_user_is_made_with_a_password_that_signs_in(admin_client: Client, client: Client) -> None:
    form = {"email": "Dodo@Example.com", "name": "Dodo", "usable_password": "true"}
    admin_client.post("/admin/accounts/user/add/", {**form, "password1": PASSWORD, "password2": PASSWORD})
    dodo = User.objects.get(email="dodo@example.com")
    assert not dodo.is_staff
    client.post("/app/sign-in/", {"username": "dodo@example.com", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(dodo.pk)


@pytest.mark.parametrize(("one", "two"), [("short", "short"), (PASSWORD, PASSWORD + "!"), ("", "")])
def test_a_weak_or_mistyped_password_makes_no_user(admin_client: Client, one: str, two: str) -> None:
    form = {"email": "dodo@example.com", "usable_password": "true", "password1": one, "password2": two}
    assert admin_client.post("/admin/accounts/user/add/", form).status_code == 200
    assert not User.objects.filter(email="dodo@example.com").exists()


def test_an_address_is_taken_however_it_is_written(admin_client: Client, alice: User) -> None:
    form = {
        "email": "ALICE@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert admin_client.post("/admin/accounts/user/add/", form).status_code == 200
    assert User.objects.filter(email__iexact="alice@example.com").count() == 1


def test_a_password_is_changed_on_its_own_form(admin_client: Client, alice: User) -> None:
    address = reverse("admin:auth_user_password_change", args=[alice.pk])
    new = {"usable_password": "true", "password1": "a new long secret", "password2": "a new long secret"}
    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {**new, "set-password": "1"}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("a new long secret")


def test_who_is_no_superuser_cannot_give_rights_away(clerk_client: Client, alice: User) -> None:
    form = {"email": alice.email, "name": "Alice", "is_active": "on", "is_superuser": "on", "is_staff": "on"}
    assert clerk_client.post(change(alice), form).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_superuser
    assert not alice.is_staff


def test_who_is_no_superuser_cannot_touch_one(clerk_client: Client, admin_user: User) -> None:
    assert clerk_client.post(change(admin_user), {"email": "mine@example.com"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    assert clerk_client.get(password).status_code == 403
    assert clerk_client.post(reverse("admin:accounts_user_delete", args=[admin_user.pk])).status_code == 403


def test_deactivating_a_user_revokes_their_keys(admin_client: Client, alice: User, alice_key: str) -> None:
    chosen = {"action": "deactivate", "_selected_action": [str(alice.pk)]}
    admin_client.post("/admin/accounts/user/", chosen)
    alice.refresh_from_db()
    assert not alice.is_active
    with pytest.raises(KeyUnknownError):
        key_for_secret(alice_key)


def test_unticking_active_revokes_the_keys_too(admin_client: Client, alice: User, alice_key: str) -> None:
    admin_client.post(change(alice), {"email": alice.email, "name": "Alice"})
    with pytest.raises(KeyUnknownError):
        key_for_secret(alice_key)


def test_a_user_who_did_nothing_is_deleted_with_memberships_and_keys(
    admin_client: Client, workspace: Workspace, bob: User
) -> None:
    admin_client.post(reverse("admin:accounts_user_delete", args=[bob.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=bob.pk).exists()


def test_the_only_owner_of_a_workspace_is_not_deleted(admin_client: Client, alice: User) -> None:
    address = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert "Alice is the only owner of Wonderland" in admin_client.get(address).content.decode()
    admin_client.post(address, {"post": "yes"})
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_workspace_is_made_with_its_serial_number_and_its_owner(admin_client: Client, alice: User) -> None:
    before = Workspace.objects.get()
    admin_client.post("/admin/accounts/workspace/add/", {"name": "Looking glass", "owner": str(alice.pk)})
    made = Workspace.objects.get(name="Looking glass")
    assert made.serial > before.serial
    assert made.memberships.get().role == Membership.Role.OWNER


@pytest.mark.parametrize(
    "form", [{"name": "Wonderland"}, {"name": ""}, {"name": "x" * 101}, {"name": "No owner", "owner": "x"}]
)
def test_a_workspace_that_cannot_be_is_refused_on_the_form(
    admin_client: Client, alice: User, form: dict[str, str]
) -> None:
    response = admin_client.post("/admin/accounts/workspace/add/", {"owner": str(alice.pk), **form})
    assert response.status_code == 200
    assert Workspace.objects.count() == 1


def test_a_workspace_is_renamed(admin_client: Client, workspace: Workspace) -> None:
    admin_client.post(change(workspace), {"name": "Looking glass"})
    workspace.refresh_from_db()
    assert workspace.name == "Looking glass"


def test_a_membership_is_made_and_its_making_is_audited(
    admin_client: Client, admin_user: User, workspace: Workspace, charlie: User
) -> None:
    form = {"workspace": str(workspace.pk), "user": str(charlie.pk), "role": "viewer"}
    admin_client.post("/admin/accounts/membership/add/", form)
    assert Membership.objects.get(workspace=workspace, user=charlie).role == "viewer"
    entry = AuditEntry.objects.get(workspace=workspace, action="member.add")
    assert (entry.user, entry.subject_id, entry.details) == (admin_user, charlie.pk, {"role": "viewer"})


def test_the_only_owner_stays_one(admin_client: Client, alice: User) -> None:
    membership = Membership.objects.get(user=alice)
    response = admin_client.post(change(membership), {"role": "viewer"})
    assert "Alice is the only owner of Wonderland" in response.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [str(membership.pk)], "post": "yes"}
    admin_client.post("/admin/accounts/membership/", chosen)
    membership.refresh_from_db()
    assert membership.role == Membership.Role.OWNER


def test_one_of_two_owners_may_become_something_else(admin_client: Client, alice: User, bob: User) -> None:
    Membership.objects.filter(user=bob).update(role="owner")
    admin_client.post(change(Membership.objects.get(user=alice)), {"role": "reviewer"})
    assert Membership.objects.get(user=alice).role == "reviewer"


def test_a_key_shows_its_prefix_and_never_its_secret(
    admin_client: Client, workspace: Workspace, alice: User
) -> None:
    key, secret = create_key(workspace, user=alice)
    page = admin_client.get(change(key)).content.decode()
    assert key.prefix in page
    assert secret not in page
    assert key.secret_hash not in page
    assert admin_client.post(change(key), {"scopes": "read"}).status_code == 403
    assert admin_client.get("/admin/accounts/apikey/add/").status_code == 403


def test_a_key_is_revoked(
    admin_client: Client, admin_user: User, workspace: Workspace, alice_key: str
) -> None:
    key = ApiKey.objects.get()
    admin_client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEntry.objects.get(action="key.revoke").user == admin_user


def test_a_membership_form_finds_users_by_a_part_of_their_name(admin_client: Client, alice: User) -> None:
    WorkspaceFactory.create()
    asked = {"app_label": "accounts", "model_name": "membership", "field_name": "user", "term": "ali"}
    assert [one["text"] for one in admin_client.get("/admin/autocomplete/", asked).json()["results"]] == [
        "Alice"
    ]
