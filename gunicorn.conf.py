"""How web runs, under `manage.py up` and in a container alike. gunicorn finds this file by its name."""

import gc
import os
from pathlib import Path
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
preload_app = True
timeout = 120  # Of a process that does not move at all: a transfer may take as long as it wants.
graceful_timeout = 10
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def when_ready(server: Any) -> None:
    """Before it forks: what is loaded by now lives as long as the server, and the collector need not walk it again and
    again. A batch of logs makes objects enough to set it off many times."""
    gc.collect()
    gc.freeze()
