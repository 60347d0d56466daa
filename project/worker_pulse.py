"""Each Celery worker keeps one row fresh, so that the pages can say when nobody is there to do the work."""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from typing import Any

from celery.signals import worker_ready, worker_shutdown
from django.db import DatabaseError, connection
from django.utils import timezone

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 5
FORGET_AFTER = timedelta(hours=1)


def pulse_name(hostname: str, pid: int) -> str:
    """One row for each process, also when several containers think they have the same host name."""
    return f"{hostname}:{pid}"


class Pulse(threading.Thread):
    """A thread beside the worker's loop, with a connection of its own that is open only while it writes."""

    def __init__(self, name: str, queues: list[str]) -> None:
        super().__init__(name="worker-pulse", daemon=True)
        self._row = name
        self._queues = queues
        self._stopped = threading.Event()
        self._is_failing = False

    def run(self) -> None:
        self._forget_the_long_dead()
        self._beat()
        while not self._stopped.wait(INTERVAL_SECONDS):
            self._beat()

    def stop(self) -> None:
        """Removes the row: a worker that ends cleanly is gone from the pages at once."""
        from datasets.models import Worker  # noqa: PLC0415  (Celery loads this before the apps are there)

        self._stopped.set()
        self.join(timeout=INTERVAL_SECONDS)
        self._write(lambda: Worker.objects.filter(name=self._row).delete())

    def _beat(self) -> None:
        from datasets.models import Worker  # noqa: PLC0415

        seen = {"queues": self._queues, "seen_at": timezone.now()}
        self._write(lambda: Worker.objects.update_or_create(name=self._row, defaults=seen))

    def _forget_the_long_dead(self) -> None:
        from datasets.models import Worker  # noqa: PLC0415

        before = timezone.now() - FORGET_AFTER
        self._write(lambda: Worker.objects.filter(seen_at__lt=before).delete())

    def _write(self, change: Any) -> None:
        try:
            change()
        except DatabaseError as error:
            if not self._is_failing:
                logger.warning("the database does not take this worker's pulse: %s", error)
            self._is_failing = True
        else:
            self._is_failing = False
        finally:
            connection.close()


_pulses: list[Pulse] = []


@worker_ready.connect
def start_pulse(sender: Any, **_: Any) -> None:
    """`sender` is the consumer of the worker's main process."""
    pulse = Pulse(pulse_name(sender.hostname, os.getpid()), sorted(sender.app.amqp.queues.consume_from))
    _pulses.append(pulse)
    pulse.start()


@worker_shutdown.connect
def stop_pulse(**_: Any) -> None:
    while _pulses:
        _pulses.pop().stop()
