"""What follows from DATA_DIR alone, so that every command finds it without being told: the Unix sockets on which the
embedded PostgreSQL and broker listen, and the secret key that the runner made."""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote

SECRET_KEY_NAME = "secret_key"
PLAIN_PATH = re.compile(r"[\w/. -]+")
MAX_SOCKET_PATH = 100  # The kernel's limit is 107 bytes; the longest name we put in the folder has its share.


def socket_folder(data_dir: Path) -> Path:
    """`DATA_DIR/run`, or a short folder elsewhere for a path that is too long for a socket or means more in a URL."""
    folder = data_dir / "run"
    length = len(os.fsencode(folder / ".s.PGSQL.5432.lock"))
    if length <= MAX_SOCKET_PATH and PLAIN_PATH.fullmatch(str(folder)):
        return folder
    return Path("/tmp") / f"winnow-{os.getuid()}-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]}"


def embedded_database_url(data_dir: Path) -> str:
    return f"postgres://winnow@{quote(str(socket_folder(data_dir)), safe='')}/winnow"


def embedded_broker_url(data_dir: Path) -> str:
    return f"redis+socket://{socket_folder(data_dir) / 'valkey.sock'}"


def stored_secret_key(data_dir: Path) -> str:
    """Empty until the first `manage.py up`; Django then says that it needs one."""
    path = data_dir / SECRET_KEY_NAME
    return path.read_text().strip() if path.exists() else ""
