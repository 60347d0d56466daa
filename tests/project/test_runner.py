"""The one command, as a person uses it: real processes, real signals."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
from collections.abc import Iterator

import pytest

from tests.stack import COMMANDS, PASSWORD, REPAIR_SECONDS, Stack, descendants_of, is_running, wait_until


@pytest.fixture
def second_stack(own_stack: Stack) -> Iterator[Stack]:
    """Not started, and configured for nothing in particular yet."""
    second = Stack()
    yield second
    second.close()


def test_interrupt_stops_everything_and_the_next_start_finds_the_data(own_stack: Stack) -> None:
    command = ("create_user", "alice@example.com", "--workspace", "Wonderland", "--password", PASSWORD)
    own_stack.manage(*command)
    assert own_stack.stop(signal.SIGINT) == 0
    own_stack.start()
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        own_stack.manage(*command)
    assert "already" in refusal.value.stderr


def test_parts_that_are_killed_are_replaced_and_a_line_says_so(own_stack: Stack) -> None:
    killed = {name: own_stack.kill(name) for name in COMMANDS}
    for name, pid in killed.items():
        own_stack.wait_until_replaced(name, pid)
        assert f"{name} was killed by SIGKILL; starting it again" in own_stack.output
    wait_until(
        own_stack.answers, REPAIR_SECONDS
    )  # A child of the killed one may have taken the first call along.


def test_a_data_directory_in_use_is_one_sentence(own_stack: Stack, second_stack: Stack) -> None:
    second_stack.environ["DATA_DIR"] = str(own_stack.data_dir)
    assert second_stack.launch().wait(timeout=20) == 1
    assert "is in use by process" in second_stack.output
    assert len(second_stack.output.splitlines()) == 1
    assert own_stack.answers()


def test_a_taken_port_is_one_sentence_and_nothing_was_started(own_stack: Stack, second_stack: Stack) -> None:
    second_stack.environ["PORT"] = str(own_stack.port)
    assert second_stack.launch().wait(timeout=20) == 1
    assert f"Port {own_stack.port} on 127.0.0.1 is already taken" in second_stack.output
    assert len(second_stack.output.splitlines()) == 1
    assert not (second_stack.data_dir / "postgres").exists()


def test_callers_wait_while_web_is_replaced_instead_of_being_refused(own_stack: Stack) -> None:
    own_stack.kill("web")
    with socket.create_connection(("127.0.0.1", own_stack.port), timeout=30) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(20).startswith(b"HTTP/1.1 200")


def test_secrets_are_readable_by_their_owner_alone(own_stack: Stack) -> None:
    mode = (own_stack.data_dir / "secret_key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((own_stack.data_dir / "run").stat().st_mode) == 0o700


def test_up_starts_every_part_and_sigterm_leaves_no_process_behind(own_stack: Stack) -> None:
    """The last one here, so that nobody need start it again."""
    assert own_stack.answers()
    assert set(own_stack.pids()) == set(COMMANDS)
    assert own_stack.runner is not None
    everyone = descendants_of(own_stack.runner.pid)
    assert own_stack.stop(signal.SIGTERM) == 0
    assert not [pid for pid in everyone if is_running(pid)]
