"""The cast: alice owns the workspace, bob edits in it, charlie owns another one and must see nothing of this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from datasets.models import Dataset, Door
from project.accounts.actions import create_key
from project.accounts.models import Membership, User, Workspace
from project.accounts.types import Author
from records.actions import add_records
from records.models import Record
from tests.factories.accounts import MembershipFactory, UserFactory, WorkspaceFactory
from tests.factories.datasets import DatasetFactory
from tests.factories.records import RecordDraftFactory
from tests.stack import Stack

KILLABLE = {"tests/project/test_faults.py", "tests/project/test_runner.py"}
MADE_BY_MIGRATIONS = {"django_content_type", "auth_permission"}


@pytest.hookimpl(trylast=True)  # After pytest-django has put them into an order of its own.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the running product begin first: they wait much, and the others fill the time."""
    for item in items:
        if _uses_stack(item):
            item.add_marker(pytest.mark.stack)
    items.sort(key=lambda item: not _uses_stack(item))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _Scheduling(config, log)


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """File by file; but those that maltreat the product are one, so that it is started for them only once."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "killable" if file in KILLABLE else file


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """After a test that commits, the database is emptied. Its rows are few: to delete them is much quicker than to
    truncate, which makes every table and index anew. What the migrations made stays and is not made again."""
    connection.ops.sql_flush = _delete_rows  # type: ignore[assignment, method-assign]
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


def _delete_rows(_style: object, tables: Sequence[str], **_options: bool) -> list[str]:
    return [f'DELETE FROM "{table}"' for table in tables if table not in MADE_BY_MIGRATIONS]


def _uses_stack(item: pytest.Item) -> bool:
    return not {"stack", "own_stack"}.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes make names that nobody can read, and gzip's differ from one xdist worker to the next."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The real product, running. Tests share it: each uses a workspace of its own, and none kills anything."""
    yield from _running_stack()


@pytest.fixture(scope="session")
def killable_stack() -> Iterator[Stack]:
    """A second one. Its jobs are taken up again after 6 seconds without a sign of life: the same thing, sooner."""
    yield from _running_stack(JOB_STALE_SECONDS="6")


@pytest.fixture
def own_stack(killable_stack: Stack) -> Stack:
    """The real product, running, for a test to maltreat. Whoever comes next finds it whole."""
    if killable_stack.is_stopped:
        killable_stack.start()
    else:
        killable_stack.wait_until_whole()
    return killable_stack


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory.create(name="Wonderland")


@pytest.fixture
def stranger_workspace(db: None) -> Workspace:
    return WorkspaceFactory.create(name="Chocolate factory")


@pytest.fixture
def alice(workspace: Workspace) -> User:
    return _member("alice", workspace, Membership.Role.OWNER)


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return _member("bob", workspace, Membership.Role.EDITOR)


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    return _member("vera", workspace, Membership.Role.VIEWER)


@pytest.fixture
def charlie(stranger_workspace: Workspace) -> User:
    return _member("charlie", stranger_workspace, Membership.Role.OWNER)


@pytest.fixture
def alice_client(alice: User) -> Client:
    return _client_of(alice)


@pytest.fixture
def bob_client(bob: User) -> Client:
    return _client_of(bob)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return _client_of(viewer)


@pytest.fixture
def charlie_client(charlie: User) -> Client:
    return _client_of(charlie)


@pytest.fixture
def author(alice: User) -> Author:
    return Author(user_id=alice.id, door=Door.PAGE)


@pytest.fixture
def alice_key(alice: User, workspace: Workspace) -> str:
    """The secret of a key to alice's workspace with every scope."""
    return create_key(workspace, user=alice)[1]


@pytest.fixture
def reader_key(alice: User, workspace: Workspace) -> str:
    """The secret of a key that may only read."""
    return create_key(workspace, user=alice, scopes=["read"])[1]


@pytest.fixture
def bound_key(alice: User, workspace: Workspace, dataset: Dataset) -> str:
    """The secret of a key with every scope for `dataset` alone."""
    return create_key(workspace, user=alice, dataset_id=dataset.id)[1]


@pytest.fixture
def charlie_key(charlie: User, stranger_workspace: Workspace) -> str:
    return create_key(stranger_workspace, user=charlie)[1]


@pytest.fixture
def dataset(workspace: Workspace, alice: User) -> Dataset:
    """Empty, in alice's workspace."""
    return DatasetFactory.create(workspace=workspace, owner=alice, name="Support")


@pytest.fixture
def stranger_dataset(stranger_workspace: Workspace, charlie: User) -> Dataset:
    return DatasetFactory.create(workspace=stranger_workspace, owner=charlie, name="Recipes")


@pytest.fixture
def records(dataset: Dataset, author: Author) -> Sequence[Record]:
    """Three conversations in alice's dataset."""
    return add_records(dataset, RecordDraftFactory.create_batch(3), author=author)


def _running_stack(**settings: str) -> Iterator[Stack]:
    running = Stack(**settings)
    try:
        running.start()
        yield running
    finally:
        running.close()


def _member(name: str, workspace: Workspace, role: Membership.Role) -> User:
    user = UserFactory.create(email=f"{name}@example.com", name=name.capitalize())
    MembershipFactory.create(user=user, workspace=workspace, role=role)
    return user


def _client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
