"""A program that runs in the foreground, and how it ends together with who started it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


class StartError(Exception):
    """Why something cannot be started, as one sentence for the person at the terminal."""


def _is_always_ready(_pid: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to stop it. `is_ready` is asked with its process id, again and again until it is true."""

    name: str
    command: Sequence[str]
    folder: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[int], bool] = _is_always_ready
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15
    pass_fds: tuple[int, ...] = ()
    noise: str = r"(?!)"  # A pattern of lines that tell a person nothing; by default it matches none.


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user of this machine."""

    uid: int
    gid: int


@cache
def engine_account() -> Account | None:
    """PostgreSQL refuses to run as root: then the engines run as nobody. None: they run as whoever started us."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def bound_to_parent(
    command: Sequence[str],
    *,
    death_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    paths: Sequence[Path] = (),
) -> list[str]:
    """The command so that it gets `death_signal` when its parent dies, also by kill -9, and runs as `account`.

    The account gets through folders closed to it on the way to `paths`, such as /root.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if account is not None:
            raise StartError(
                "PostgreSQL does not run as root, and setpriv is not installed; start as another user."
            )
        return list(command)
    options = ["--pdeathsig", death_signal.name.removeprefix("SIG")]
    if account is not None:
        options += ["--reuid", str(account.uid), "--regid", str(account.gid), "--clear-groups"]
        if not all(_is_open_to_all(path) for path in paths):
            options += ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]
            options += ["--securebits", "+no_setuid_fixup"]  # Else access(2) would not count the capability.
    return [setpriv, *options, *command]


def _is_open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
