"""Runs programs as children: starts them in order, starts again what died, stops them in the other direction."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from project.console.programs import Program, StartError

Say = Callable[[str, str], None]  # The name of who speaks, and a line of text.

POLL_SECONDS = 0.1
START_SECONDS = 120
STEADY_SECONDS = 10  # Who ran for as long as this is started again at once.
LONGEST_PAUSE_SECONDS = 15.0
RUNNER = "winnow"


class Child:
    """A program that runs. Its output goes line by line to `say`. Start it in a thread that lives as long as it does:
    the kernel's signal at the parent's death is bound to the thread."""

    def __init__(self, program: Program, say: Say) -> None:
        self.program = program
        self.is_ready = False
        self.failures = 0
        self._say = say
        self._last_lines: deque[str] = deque(maxlen=10)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._due = 0.0

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def last_words(self) -> str:
        """What a program that has ended said last, for the sentence that tells why it did not start."""
        if self._reader is not None:
            self._reader.join(timeout=1)
        return " ".join(self._last_lines) or "it said nothing"

    def start(self) -> None:
        self._started = time.monotonic()
        self.is_ready = False
        self._process = subprocess.Popen(
            self.program.command,
            cwd=self.program.folder,
            env={**os.environ, **self.program.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,  # Ctrl-C in the terminal must reach the runner alone.
            pass_fds=self.program.pass_fds,
        )
        self._reader = threading.Thread(target=self._read_output, args=(self._process,), daemon=True)
        self._reader.start()

    def check_ready(self) -> bool:
        if not self.is_ready and self.is_running:
            self.is_ready = self.program.is_ready(self.pid)
        return self.is_ready

    def plan_restart(self) -> float:
        """The seconds to wait; longer each time that it does not keep running."""
        lived = time.monotonic() - self._started
        self.failures = 0 if lived > STEADY_SECONDS else self.failures + 1
        pause = 0.0 if not self.failures else min(0.5 * 2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        self._due = time.monotonic() + pause
        self._process = None
        return pause

    @property
    def is_due(self) -> bool:
        return self._process is None and time.monotonic() >= self._due

    @property
    def is_dead(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def how_it_ended(self) -> str:
        code = self._process.returncode if self._process is not None else 0
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def ask_to_stop(self) -> None:
        if self.is_running and self._process is not None:
            self._process.send_signal(self.program.stop_signal)

    def wait_until_stopped(self, deadline: float) -> None:
        """Kills it with all that it started once the deadline, on the monotonic clock, has passed."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._say(RUNNER, f"{self.program.name} does not stop; killing it.")
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._reader is not None:
            self._reader.join(timeout=1)

    def _read_output(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                text = line.rstrip()
                if text and not re.search(self.program.noise, text):
                    self._last_lines.append(text)
                    self._say(self.program.name, text)


class Supervisor:
    """Children in the order of their start. They are stopped stage by stage, the last stage first."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._stages: list[list[Child]] = []
        self._stop = threading.Event()

    @property
    def children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    @property
    def is_stopping(self) -> bool:
        return self._stop.is_set()

    def request_stop(self) -> None:
        """Safe in a signal handler."""
        self._stop.set()

    def start_stage(self, *programs: Program) -> None:
        """Starts them side by side and returns when all are ready. Raises StartError when one of them ends."""
        stage = [Child(program, self._say) for program in programs]
        self._stages.append(stage)
        for child in stage:
            child.start()
        self._wait_until_ready(stage)

    def _wait_until_ready(self, stage: Sequence[Child]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_stopping and not all(child.check_ready() for child in stage):
            for child in stage:
                if child.is_dead:
                    raise StartError(f"{child.program.name} {child.how_it_ended()}: {child.last_words}")
                if time.monotonic() > deadline:
                    raise StartError(
                        f"{child.program.name} did not get ready within {START_SECONDS} seconds."
                    )
            self._stop.wait(POLL_SECONDS / 2)

    def watch(self) -> None:
        """Starts again whatever dies, until a stop is requested."""
        while not self._stop.wait(POLL_SECONDS):
            for child in self.children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        name = child.program.name
        if child.is_dead:
            how = child.how_it_ended()
            pause = child.plan_restart()
            when = f"in {pause:g} s" if pause else "at once"
            self._say(RUNNER, f"{name} {how}; starting it again {when}.")
        if child.is_due:
            child.start()
        if child.is_running and not child.is_ready and child.check_ready():
            self._say(RUNNER, f"{name} is ready again.")

    def stop(self) -> None:
        self._stop.set()
        for stage in reversed(self._stages):
            for child in stage:
                child.ask_to_stop()
            now = time.monotonic()
            for child in stage:
                child.wait_until_stopped(now + child.program.stop_seconds)
