"""What one runner holds alone: its data directory and its port. Both are taken before anything is started."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

from project.console.programs import StartError

LOCK_NAME = "runner.lock"
HANDOVER_SECONDS = 30
BACKLOG = 1024


def lock_data_dir(data_dir: Path) -> int:
    """A file descriptor that holds the lock. The children inherit it, so that after a kill -9 of the runner the next
    one waits until the last of them is gone. Raises StartError while another runner lives."""
    try:
        descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"The data directory {data_dir} cannot be used: {error.strerror}.") from None
    deadline = time.monotonic() + HANDOVER_SECONDS
    while not _try_lock(descriptor):
        holder = _holder(descriptor)
        if _is_alive(holder) or time.monotonic() > deadline:
            os.close(descriptor)
            raise StartError(
                f"The data directory {data_dir} is in use by process {holder}; stop that, or set DATA_DIR to another."
            )
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def listen(host: str, port: int) -> socket.socket:
    """The socket on which web will answer. Held here, it survives the death of web: who calls meanwhile waits.

    Raises StartError for a port that is taken or an address that this machine does not have.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"Port {port} on {host} is already taken; set PORT to a free one.") from None
        raise StartError(
            f"Cannot listen on {host} port {port}: {error.strerror}; set HOST or PORT."
        ) from None


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> int:
    with suppress(ValueError):
        return int(os.pread(descriptor, 20, 0))
    return 0


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
