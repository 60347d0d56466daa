"""A workspace to look at: made when the database has no user yet, with an access that later starts print again."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import transaction

from datasets.actions import create_dataset
from datasets.models import Door
from project.accounts.actions import create_key, create_user, create_workspace, key_for_secret
from project.accounts.errors import KeyUnknownError
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.console.demo_records import DEMO_DRAFTS
from records.actions import add_records

ACCESS_NAME = "demo.json"
EMAIL = "demo@winnow.local"
WORKSPACE = "Demo"


@dataclass(frozen=True, slots=True)
class DemoAccess:
    email: str
    password: str
    key: str


@transaction.atomic
def ensure_demo(data_dir: Path) -> None:
    """Does nothing once anybody has an account. The access is on disk before the rows are committed."""
    if User.objects.exists():
        return
    password = secrets.token_urlsafe(9)
    user = create_user(EMAIL, password, name="Demo", is_admin=True)
    workspace = create_workspace(WORKSPACE, owner=user)
    _, key = create_key(workspace, user=user, name="Demo")
    _fill(workspace, user)
    _keep(data_dir / ACCESS_NAME, DemoAccess(EMAIL, password, key))


def known_access(data_dir: Path) -> DemoAccess | None:
    """What the first start printed; where it does not hold any more, a word about that."""
    try:
        access = DemoAccess(**json.loads((data_dir / ACCESS_NAME).read_text()))
    except (FileNotFoundError, TypeError, ValueError):
        return None
    user = User.objects.filter(email=access.email).first()
    if user is None:
        return None
    password = access.password if user.check_password(access.password) else "(was changed)"
    return DemoAccess(access.email, password, access.key if _opens(access.key) else "(was revoked)")


def _opens(key: str) -> bool:
    try:
        key_for_secret(key)
    except KeyUnknownError:
        return False
    return True


def _fill(workspace: Workspace, user: User) -> None:
    author = Author(user_id=user.id, door=Door.COMMAND)
    dataset = create_dataset(
        workspace,
        name="Bicycle shop support",
        description="A few conversations to try filters, tags and exports on.",
        owner=user,
        author=author,
    )
    add_records(dataset, DEMO_DRAFTS, author=author)


def _keep(path: Path, access: DemoAccess) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(access), file)
    unfinished.rename(path)
