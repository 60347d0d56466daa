"""create_key, create_user and create_demo: one line when it went well, one sentence when not."""

from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from datasets.models import Dataset
from project.accounts.actions import key_for_secret, revoke_key
from project.accounts.models import ApiKey, Membership, User, Workspace
from project.console import demo
from project.console.demo_records import DEMO_DRAFTS
from records.models import Record
from tests.factories.accounts import PASSWORD


def run(name: str, *arguments: str) -> str:
    output = StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_create_key_prints_the_key_and_nothing_else(workspace: Workspace, alice: User) -> None:
    printed = run("create_key", "--workspace", workspace.name)
    assert printed.count("\n") == 1
    key = key_for_secret(printed.strip())
    assert (key.workspace, key.user, key.scopes) == (workspace, alice, ["read", "write", "export"])


def test_create_key_makes_the_workspace_once(db: None) -> None:
    first = key_for_secret(run("create_key", "--workspace", "New").strip())
    second = key_for_secret(run("create_key", "--workspace", "New").strip())
    assert first.workspace == second.workspace == Workspace.objects.get(name="New")


def test_create_key_takes_environment_scopes_and_dataset(dataset: Dataset) -> None:
    options = ("--environment", "test", "--scopes", "read, export", "--dataset", str(dataset.id))
    secret = run("create_key", "--workspace", dataset.workspace.name, *options).strip()
    key = key_for_secret(secret)
    assert secret.startswith("wn_test_")
    assert (key.environment, key.scopes, key.dataset_id) == ("test", ["read", "export"], dataset.id)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--scopes", "read,fly"), "not fly"),
        (("--scopes", ","), "not none"),
        (("--dataset", str(uuid4())), "has no dataset"),
        (("--dataset", "seven"), "seven is not the id of a dataset"),
        (("--environment", "moon"), "invalid choice"),
    ],
)
def test_create_key_refuses_with_a_sentence(db: None, options: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("create_key", "--workspace", "New", *options)
    assert not ApiKey.objects.exists()
    assert not Workspace.objects.exists()


def test_create_key_refuses_a_dataset_of_another_workspace(dataset: Dataset, charlie: User) -> None:
    with pytest.raises(CommandError, match="has no dataset"):
        run("create_key", "--workspace", "Chocolate factory", "--dataset", str(dataset.id))


def test_create_user_joins_a_workspace_that_is_there(workspace: Workspace, alice: User) -> None:
    run(
        "create_user",
        "Dora@example.com",
        "--workspace",
        workspace.name,
        "--password",
        PASSWORD,
        "--role",
        "viewer",
    )
    dora = User.objects.get(email="dora@example.com")
    assert dora.check_password(PASSWORD)
    assert not dora.is_staff
    assert Membership.objects.get(user=dora).role == Membership.Role.VIEWER


def test_create_user_owns_the_workspace_that_is_made_for_them(db: None) -> None:
    run("create_user", "dora@example.com", "--workspace", "New", "--password", PASSWORD, "--admin")
    membership = Membership.objects.get(user__email="dora@example.com")
    assert (membership.workspace.name, membership.role) == ("New", Membership.Role.OWNER)
    assert membership.user.is_superuser


def test_create_user_takes_the_password_from_the_environment(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_PASSWORD", PASSWORD)
    run("create_user", "dora@example.com", "--workspace", "New")
    assert User.objects.get(email="dora@example.com").check_password(PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("alice@example.com", PASSWORD, "already"),
        ("nobody", PASSWORD, "valid email"),
        ("dora@example.com", "123", "too short"),
    ],
)
def test_create_user_refuses_with_a_sentence(alice: User, email: str, password: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("create_user", email, "--workspace", "New", "--password", password)
    assert not Workspace.objects.filter(name="New").exists()


def test_the_demo_can_be_signed_in_to_and_has_records(data_dir: Path, db: None) -> None:
    email, password, key = run("create_demo").split()
    assert User.objects.get(email=email).check_password(password)
    assert key_for_secret(key).workspace.name == "Demo"
    assert Record.objects.count() == len(DEMO_DRAFTS)
    assert stat.S_IMODE((data_dir / demo.ACCESS_NAME).stat().st_mode) == 0o600


def test_the_demo_is_made_once_and_printed_again(data_dir: Path, db: None) -> None:
    assert run("create_demo") == run("create_demo")
    assert User.objects.count() == 1


def test_the_demo_never_enters_a_database_in_use(data_dir: Path, alice: User) -> None:
    with pytest.raises(CommandError, match="There are users already"):
        run("create_demo")
    assert not (data_dir / demo.ACCESS_NAME).exists()


def test_a_changed_password_and_a_revoked_key_are_not_printed_as_if_they_held(
    data_dir: Path, db: None
) -> None:
    run("create_demo")
    access = demo.DemoAccess(**json.loads((data_dir / demo.ACCESS_NAME).read_text()))
    user = User.objects.get(email=access.email)
    user.set_password("another one entirely")
    user.save()
    revoke_key(key_for_secret(access.key), user=user)
    known = demo.known_access(data_dir)
    assert known == demo.DemoAccess(access.email, "(was changed)", "(was revoked)")


def test_a_spoilt_access_file_is_no_obstacle(data_dir: Path, db: None) -> None:
    (data_dir / demo.ACCESS_NAME).write_text('{"email": 1}')
    assert demo.known_access(data_dir) is None
