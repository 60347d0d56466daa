from __future__ import annotations

import pytest

from project.accounts.actions import create_key
from project.accounts.models import User, Workspace
from tests.api.keywordsai.calls import Caller


@pytest.fixture
def api(alice_key: str) -> Caller:
    """Alice's key to production, with every scope."""
    return Caller(alice_key)


@pytest.fixture
def test_api(workspace: Workspace, alice: User) -> Caller:
    """Alice's key to the test environment."""
    return Caller(create_key(workspace, user=alice, environment="test")[1])


@pytest.fixture
def stranger_api(charlie_key: str) -> Caller:
    return Caller(charlie_key)


@pytest.fixture
def reader_api(reader_key: str) -> Caller:
    return Caller(reader_key)


@pytest.fixture
def bound_api(bound_key: str) -> Caller:
    return Caller(bound_key)
