"""The real product in processes of its own: `manage.py up` with its own data directory and port."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import psycopg

from project.console.programs import bound_to_parent
from project.lib.embedded import embedded_database_url

CHECKOUT = Path(__file__).resolve().parent.parent
NOT_INHERITED = (
    "DATABASE_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "STORAGE_URL",
    "DJANGO_SETTINGS_MODULE",
    "PUBLIC_URL",
)
START_SECONDS = 240  # Of a machine that does much else at the same time.
STOP_SECONDS = 60
REPAIR_SECONDS = 60
READY = "Winnow is ready: "
COMMANDS = {
    "web": r"gunicorn project\.wsgi",
    "worker": r"project\.celery --quiet worker",
    "beat": r"project\.celery --quiet beat",
    "postgres": r"/postgres -D",
    "valkey": r"valkey-server",
}
PASSWORD = "correct horse battery staple"


class Stack:
    """Start it, talk to `url`, kill what you like. `settings` are added to its environment."""

    def __init__(self, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="winnow-stack-"))
        self.folder.chmod(0o711)
        self.data_dir = self.folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        own = {"DATA_DIR": str(self.data_dir), "HOST": "127.0.0.1", "PORT": str(self.port), "DEMO": "0"}
        self.environ = {**inherited, **own, **settings}
        self.runner: subprocess.Popen[bytes] | None = None
        self._console: subprocess.Popen[str] | None = None
        self._log = self.folder / "up.log"

    @property
    def output(self) -> str:
        """What the runner and its children have printed since the last start."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def is_stopped(self) -> bool:
        return self.runner is None or self.runner.poll() is not None

    def launch(self) -> subprocess.Popen[bytes]:
        """Starts the runner and does not wait."""
        with self._log.open("wb") as log:
            self.runner = subprocess.Popen(
                bound_to_parent([sys.executable, "manage.py", "up"]),
                cwd=CHECKOUT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.runner

    def start(self) -> None:
        runner = self.launch()
        wait_until(lambda: READY in self.output or runner.poll() is not None, START_SECONDS, self._say_output)
        assert READY in self.output, self.output

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """As a person or a service manager would. Returns the exit code."""
        assert self.runner is not None
        self.runner.send_signal(number)
        return self.runner.wait(timeout=STOP_SECONDS)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        if self._console is not None:
            self._console.communicate()
        if not self.is_stopped:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def manage(self, *arguments: str) -> str:
        """What a management command printed. Raises CalledProcessError with its stderr when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=self.environ, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def call(self, *arguments: str) -> str:
        """Like `manage`, quicker, for commands that go well: one process runs them all."""
        if self._console is None:
            self._console = subprocess.Popen(
                bound_to_parent([sys.executable, "-m", "tests.console"]),
                cwd=CHECKOUT,
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._console.stdin is not None
        assert self._console.stdout is not None
        print(json.dumps(arguments), file=self._console.stdin, flush=True)
        return str(json.loads(self._console.stdout.readline())).strip()

    def create_key(self, workspace: str = "Wonderland", **options: str) -> str:
        """The secret. Options are those of the command: `environment`, `dataset`, `scopes`."""
        extra = [part for name, value in options.items() for part in (f"--{name}", value)]
        return self.call("create_key", "--workspace", workspace, *extra)

    def create_user(self, email: str, workspace: str = "Wonderland", password: str = PASSWORD) -> None:
        self.call("create_user", email, "--workspace", workspace, "--password", password)

    def pids(self) -> dict[str, int]:
        """The process ids of the runner's children, by the names that it gives them."""
        assert self.runner is not None
        found = {}
        for pid in children_of(self.runner.pid):
            command = command_of(pid)
            found.update({name: pid for name, pattern in COMMANDS.items() if re.search(pattern, command)})
        return found

    def pid_of(self, name: str) -> int:
        return self.pids()[name]

    def kill(self, name: str) -> int:
        """kill -9, without a word. Returns the process id that is no more."""
        pid = self.pid_of(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_everything(self) -> None:
        """kill -9 of the runner and of all that descends from it, as when the machine loses its power."""
        assert self.runner is not None
        kill_each([self.runner.pid, *descendants_of(self.runner.pid)])
        self.runner.wait()

    def wait_until_replaced(self, name: str, pid: int) -> None:
        """Until the runner has started another one, and everything answers again."""
        wait_until(lambda: self.pids().get(name, pid) != pid, REPAIR_SECONDS, self._say_output)
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        wait_until(
            lambda: set(self.pids()) == set(COMMANDS) and self.has_live_worker() and self.answers(),
            REPAIR_SECONDS,
            self._say_output,
        )

    def answers(self) -> bool:
        """Whether web answers and reaches its database."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as response:
                return bool(response.status == HTTPStatus.OK)
        except OSError:
            return False

    def has_live_worker(self) -> bool:
        """Whether the worker process that runs now has been heard of."""
        try:
            with psycopg.connect(self.database_url) as connection:
                row = "SELECT FROM datasets_worker WHERE name LIKE %s"
                return connection.execute(row, [f"%:{self.pids().get('worker')}"]).rowcount == 1
        except psycopg.OperationalError:
            return False

    @property
    def database_url(self) -> str:
        """For psycopg."""
        return embedded_database_url(self.data_dir)

    def _say_output(self) -> str:
        return self.output


def wait_until(is_true: Callable[[], bool], seconds: float, explain: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not happen within {seconds} seconds. {explain()}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def descendants_of(pid: int) -> list[int]:
    found = children_of(pid)
    return found + [deeper for child in found for deeper in descendants_of(child)]


def kill_each(pids: Iterable[int]) -> None:
    """kill -9. One of them may have ended by then: PostgreSQL ends all of its processes when one is killed."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """A process that only waits to be reaped does not count."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
