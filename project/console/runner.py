"""The one-command form: everything that the product needs, started in order under one process."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from django.core.management import call_command
from django.db import OperationalError, connection

from project.console import claims, demo, engines, secretkey, stack, statics
from project.console.programs import Program, StartError
from project.console.supervisor import RUNNER, Supervisor
from project.console.terminal import Terminal
from project.lib.embedded import embedded_broker_url, embedded_database_url


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the environment says about this run."""

    data_dir: Path
    host: str
    port: int
    has_demo: bool
    has_own_database: bool
    has_own_broker: bool


class Runner:
    def __init__(self, options: RunOptions, terminal: Terminal) -> None:
        self._options = options
        self._terminal = terminal
        self._supervisor = Supervisor(terminal.say)
        self._lock = -1

    def run(self) -> None:
        """Returns after a signal, when every child has ended. Raises StartError when it cannot start."""
        os.umask(0o077)  # What people store is nobody else's on this machine.
        with ExitStack() as held:
            held.enter_context(_signals_stop(self._supervisor))
            engines.make_folders(self._options.data_dir)
            self._lock = claims.lock_data_dir(self._options.data_dir)
            held.callback(os.close, self._lock)
            listener = held.enter_context(claims.listen(self._options.host, self._options.port))
            held.callback(self._supervisor.stop)
            self._start(listener)
            if not self._supervisor.is_stopping:
                self._terminal.write(self._banner(listener))
            self._supervisor.watch()
            self._terminal.say(RUNNER, "Stopping.")
        engines.leave_folders(self._options.data_dir)
        self._terminal.say(RUNNER, "Stopped.")

    def _start(self, listener: socket.socket) -> None:
        self._start_engines()
        if not self._supervisor.is_stopping:
            self._prepare()
        environ = {"DATA_DIR": str(self._options.data_dir), "PYTHONUNBUFFERED": "1"}
        programs = (
            stack.web(listener, environ),
            stack.worker(environ),
            stack.beat(environ, self._options.data_dir),
        )
        self._supervisor.start_stage(*map(self._holding_lock, programs))

    def _start_engines(self) -> None:
        data_dir = self._options.data_dir
        if self._options.has_own_database:
            self._terminal.say(RUNNER, "Starting PostgreSQL.")
            self._supervisor.start_stage(self._holding_lock(engines.postgres(data_dir)))
        if self._options.has_own_broker:
            self._supervisor.start_stage(self._holding_lock(engines.valkey(data_dir)))

    def _prepare(self) -> None:
        """Everything that must be there before the first request."""
        data_dir = self._options.data_dir
        secretkey.ensure_secret_key(data_dir)
        if self._options.has_own_database:
            engines.ensure_database(data_dir)
        try:
            call_command("migrate", interactive=False, verbosity=0)
            statics.collect_static_files(data_dir)
            if self._options.has_demo:
                demo.ensure_demo(data_dir)
        except OperationalError as error:
            raise StartError(f"The database does not answer: {str(error).splitlines()[0]}") from None
        finally:
            connection.close()

    def _holding_lock(self, program: Program) -> Program:
        return replace(program, pass_fds=(*program.pass_fds, self._lock))

    def _banner(self, listener: socket.socket) -> str:
        lines = ["", f"Winnow is ready: {address_of(listener)}/app/", ""]
        access = demo.known_access(self._options.data_dir) if self._options.has_demo else None
        connection.close()
        if access is not None:
            lines += [f"  Sign in as  {access.email}", f"  Password    {access.password}"]
            lines += [f"  API key     {access.key}"]
        else:
            lines += [
                "  Make a user  .venv/bin/python manage.py create_user YOU@EXAMPLE.COM --workspace NAME --admin"
            ]
            lines += ["  Make a key   .venv/bin/python manage.py create_key --workspace NAME"]
        return "\n".join(
            [*lines, f"  Data        {self._options.data_dir}", "", "Ctrl-C stops everything.", ""]
        )


def run_options(environ: dict[str, str], data_dir: Path) -> RunOptions:
    """Raises StartError for a PORT that is none."""
    port = environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise StartError(f"PORT is a number from 1 to 65535, not {port}.")
    return RunOptions(
        data_dir=data_dir,
        host=environ.get("HOST") or "127.0.0.1",
        port=int(port),
        has_demo=environ.get("DEMO", "1").lower() not in {"0", "no", "false", "off"},
        has_own_database=environ.get("DATABASE_URL", "") in {"", embedded_database_url(data_dir)},
        has_own_broker=environ.get("BROKER_URL", "") in {"", embedded_broker_url(data_dir)},
    )


def address_of(listener: socket.socket) -> str:
    """As a person would type it."""
    host, port = listener.getsockname()[:2]
    host = "localhost" if host in {"127.0.0.1", "::1", *stack.ANY_ADDRESS} else host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals_stop(supervisor: Supervisor) -> Iterator[None]:
    def request_stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.request_stop()

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, request_stop) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
