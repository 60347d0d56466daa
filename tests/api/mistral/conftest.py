from __future__ import annotations

import pytest

from tests.api.mistral.calls import Caller


@pytest.fixture
def api(alice_key: str) -> Caller:
    """Alice's key, with every scope."""
    return Caller(alice_key)


@pytest.fixture
def stranger_api(charlie_key: str) -> Caller:
    return Caller(charlie_key)


@pytest.fixture
def reader_api(reader_key: str) -> Caller:
    return Caller(reader_key)


@pytest.fixture
def bound_api(bound_key: str) -> Caller:
    return Caller(bound_key)
