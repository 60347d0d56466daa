"""The embedded servers, wherever the data may lie."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from kombu import Connection

from project.console import engines
from project.console.programs import StartError
from project.console.supervisor import Supervisor
from project.lib.embedded import MAX_SOCKET_PATH, socket_folder
from tests.services import TEST_SETTINGS
from tests.stack import is_running, wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, so that tests say themselves how long a path is; closed to others, as a home folder is."""
    made = Path(tempfile.mkdtemp(prefix="winnow-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.parametrize(
    "name",
    ["data", "with space", "it's 100%, #1?", "long" * 40, "größe/数据"],
    ids=["closed to others", "space", "odd signs", "long", "other scripts"],
)
def test_engines_run_in_any_folder(folder: Path, name: str) -> None:
    data_dir = folder / name
    supervisor = Supervisor(lambda _name, _line: None)
    engines.make_folders(data_dir)
    try:
        supervisor.start_stage(engines.postgres(data_dir, TEST_SETTINGS), engines.valkey(data_dir))
        engines.ensure_database(data_dir)
        engines.ensure_database(data_dir)
        environ = engines.engine_environ(data_dir)
        with psycopg.connect(environ["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT lower('ÄÖ'), current_setting('timezone')").fetchone() == (
                "äö",
                "UTC",
            )
        with Connection(environ["BROKER_URL"]) as broker:
            broker.ensure_connection(max_retries=1)
    finally:
        supervisor.stop()
        shutil.rmtree(socket_folder(data_dir), ignore_errors=True)


def test_socket_paths_fit_into_the_kernels_limit(folder: Path) -> None:
    for length in (10, 40, 80, 200):
        assert len(str(socket_folder(folder / ("x" * length)) / ".s.PGSQL.5432.lock")) <= MAX_SOCKET_PATH


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder that belongs to somebody else")
    foreign = folder / "run"
    foreign.mkdir()
    os.chown(foreign, 12345, 12345)
    with pytest.raises(StartError, match="belongs to somebody else"):
        engines.make_private_folder(foreign)


def test_a_link_in_place_of_a_socket_folder_is_refused(folder: Path) -> None:
    (folder / "run").symlink_to(folder)
    with pytest.raises(StartError, match="belongs to somebody else"):
        engines.make_private_folder(folder / "run")


def test_a_killed_initdb_leaves_nothing_half_done(folder: Path) -> None:
    data_dir = folder / "data"
    engines.make_folders(data_dir)
    (data_dir / "postgres.new").mkdir()
    (data_dir / "postgres.new" / "rubbish").touch()
    engines.postgres(data_dir)
    assert (data_dir / "postgres" / "PG_VERSION").exists()
    assert not (data_dir / "postgres.new").exists()


def test_a_data_directory_that_cannot_be_made_is_one_sentence(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(StartError, match="cannot be used: Not a directory"):
        engines.make_folders(folder / "file" / "data")


def test_a_dead_postmaster_that_nobody_reaped_is_no_obstacle(folder: Path) -> None:
    """As in a container whose first process never waits for its children."""
    data_dir = folder / "data"
    engines.make_folders(data_dir)
    program = engines.postgres(data_dir, TEST_SETTINGS)
    first = subprocess.Popen(program.command, stderr=subprocess.DEVNULL)
    wait_until(lambda: program.is_ready(first.pid), 30)
    first.kill()
    wait_until(lambda: not is_running(first.pid), 30)
    supervisor = Supervisor(lambda _name, _line: None)
    try:
        supervisor.start_stage(engines.postgres(data_dir, TEST_SETTINGS))
        engines.ensure_database(data_dir)
    finally:
        supervisor.stop()
        first.wait()
