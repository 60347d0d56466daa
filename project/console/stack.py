"""What the product consists of besides its engines: web, worker and beat, as programs of one machine."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from datasets.models import Worker
from project.console.programs import Program, bound_to_parent
from project.worker_pulse import pulse_name

# Nobody listens to Celery's events, and saying goodbye by them to a broker that is gone takes a worker for ever.
_WITHOUT = ("--without-gossip", "--without-mingle", "--without-heartbeat")
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def web(listener: socket.socket, environ: Mapping[str, str]) -> Program:
    arguments = f"-m gunicorn project.wsgi:application --bind fd://{listener.fileno()}"
    return Program(
        name="web",
        command=bound_to_parent([sys.executable, *arguments.split()]),
        folder=settings.BASE_DIR,
        environ=environ,
        is_ready=lambda _pid: _answers_http(listener),
        pass_fds=(listener.fileno(),),
    )


def worker(environ: Mapping[str, str]) -> Program:
    """SIGTERM ends it at once, in the middle of its jobs: they go on where they stopped when it is there again."""
    arguments = "-m celery -A project.celery --quiet worker --queues default,bulk --loglevel warning"
    return Program(
        name="worker",
        command=bound_to_parent([sys.executable, *arguments.split(), *_WITHOUT]),
        folder=settings.BASE_DIR,
        environ={**environ, "REMAP_SIGTERM": "SIGQUIT", "PYTHONWARNINGS": "ignore:You're running the worker"},
        is_ready=_has_pulse,
        noise=r"Hitting Ctrl\+C again|Cold shutdown",
    )


def beat(environ: Mapping[str, str], data_dir: Path) -> Program:
    arguments = "-m celery -A project.celery --quiet beat --loglevel warning --schedule"
    return Program(
        name="beat",
        command=bound_to_parent(
            [sys.executable, *arguments.split(), str(data_dir / "beat-schedule"), "--pidfile", ""]
        ),
        folder=settings.BASE_DIR,
        environ=environ,
    )


def _answers_http(listener: socket.socket) -> bool:
    host, port = listener.getsockname()[:2]
    client = http.client.HTTPConnection(ANY_ADDRESS.get(host, host), port, timeout=5)
    try:
        client.request("GET", "/healthz")
        return client.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def _has_pulse(pid: int) -> bool:
    try:
        return Worker.objects.filter(name__endswith=pulse_name("", pid)).exists()
    except DatabaseError:
        return False
    finally:
        connection.close()
