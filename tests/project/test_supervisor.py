"""The supervisor over small shell programs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.console.programs import Program, StartError, bound_to_parent
from project.console.supervisor import LONGEST_PAUSE_SECONDS, Child, Supervisor
from tests.stack import is_running, wait_until


class Lines:
    """What was said, as `name: line`."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, name: str, line: str) -> None:
        self.said.append(f"{name}: {line}")


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def supervisor(lines: Lines) -> Iterator[Supervisor]:
    made = Supervisor(lines)
    yield made
    made.stop()


def shell(script: str, name: str = "shell", **options: object) -> Program:
    return Program(name=name, command=bound_to_parent(["/bin/sh", "-c", script]), **options)  # type: ignore[arg-type]


def test_output_is_passed_on_without_the_noise(supervisor: Supervisor, lines: Lines) -> None:
    supervisor.start_stage(shell("echo one; echo noise 2; echo three; sleep 60", noise="^noise"))
    wait_until(lambda: len(lines.said) == 2, 10)
    assert lines.said == ["shell: one", "shell: three"]


def test_a_program_that_ends_before_it_is_ready_says_why(supervisor: Supervisor) -> None:
    with pytest.raises(StartError, match="shell ended with status 3: no room on the disk"):
        supervisor.start_stage(shell("echo no room on the disk; exit 3", is_ready=lambda _pid: False))


def test_stages_stop_in_the_other_direction(lines: Lines) -> None:
    supervisor = Supervisor(lines)
    for name in ("first", "second"):
        script = f"trap 'echo {name} ends; exit 0' TERM; echo up; while :; do sleep 0.05; done"
        supervisor.start_stage(shell(script, name))
    wait_until(lambda: len(lines.said) == 2, 10)
    supervisor.stop()
    assert lines.said[2:] == ["second: second ends", "first: first ends"]


def test_a_program_that_does_not_stop_is_killed_with_its_children(lines: Lines, tmp_path: Path) -> None:
    supervisor = Supervisor(lines)
    script = f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/pid; echo up; while :; do sleep 0.05; done"
    supervisor.start_stage(shell(script, stop_seconds=0.2))
    wait_until(lambda: bool(lines.said), 10)
    supervisor.stop()
    assert "winnow: shell does not stop; killing it." in lines.said
    wait_until(lambda: not is_running(int((tmp_path / "pid").read_text())), 10)


def test_a_program_that_keeps_dying_is_started_less_and_less_often(lines: Lines) -> None:
    child = Child(shell("exit 1"), lines)
    pauses = []
    for _ in range(8):
        child.start()
        wait_until(lambda: child.is_dead, 10)
        pauses.append(child.plan_restart())
    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_what_dies_is_started_again_until_a_stop_is_requested(supervisor: Supervisor, tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    starts.touch()
    supervisor.start_stage(shell(f"echo x >> {starts}; sleep 0.5; exit 1"))
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    wait_until(lambda: starts.read_text().count("x") == 3, 30)
    supervisor.request_stop()
    watching.join(timeout=5)
    seen = starts.read_text()
    time.sleep(1.5)
    assert starts.read_text() == seen
