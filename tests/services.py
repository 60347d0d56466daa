"""A pytest plugin: the same embedded PostgreSQL and Valkey as in the product, for the time of the test run.

With DATABASE_URL and BROKER_URL in the environment it starts nothing. The workers of pytest-xdist inherit both.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from project.console import engines
from project.console.supervisor import Supervisor

# The data is thrown away, so nothing needs to reach a disk.
TEST_SETTINGS = {
    **engines.POSTGRES_SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}
_running: list[tuple[Supervisor, Path]] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Before pytest-django reads the settings."""
    if "DATABASE_URL" not in os.environ:
        _start()
    os.environ.setdefault("SECRET_KEY", "only-for-tests")
    return (yield)


def pytest_unconfigure() -> None:
    while _running:
        supervisor, folder = _running.pop()
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="winnow-tests-"))
    folder.chmod(0o711)
    data_dir = folder / "data"
    supervisor = Supervisor(lambda _name, _line: None)
    _running.append((supervisor, folder))
    engines.make_folders(data_dir)
    supervisor.start_stage(engines.postgres(data_dir, TEST_SETTINGS), engines.valkey(data_dir))
    engines.ensure_database(data_dir)
    os.environ.update(engines.engine_environ(data_dir))
