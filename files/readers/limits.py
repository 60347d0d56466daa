"""What the child may use. Set after its libraries are loaded, before it opens the document."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

_FORBIDDEN_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


class ForbiddenError(Exception):
    """A reader tried to reach the network or to start a program."""


def limit_resources(*, memory_bytes: int, seconds: int) -> None:
    """Memory above what is mapped already, processor time, and no byte written to any file."""
    _lower(resource.RLIMIT_AS, _mapped_bytes() + memory_bytes)
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)


def lift_memory_limit() -> None:
    """So that a refusal can still be said when memory has run out."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def forbid_network_and_programs() -> None:
    """For the rest of the process; it cannot be taken back."""
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN_EVENTS):
        raise ForbiddenError(event)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _mapped_bytes() -> int:
    """Address space in use, where the system tells it."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0
