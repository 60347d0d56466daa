"""The event log as it grows: an endless list of lines, for as long as the client listens."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from datasets.models import Event
from datasets.querysets import EventQuerySet
from project.api.chatbotkit import lines
from project.api.chatbotkit.errors import TooManyError
from project.api.chatbotkit.paging import JSONL
from project.api.chatbotkit.schemas.events import EventOut
from project.lib.ids import first_id_at

MAX_LISTENERS = 3  # In one process: each holds one of its threads, and the site needs the others.
POLL_SECONDS = 1.0
# Events are seen when their transaction ends, which may be after that of one with a later id.
LATENESS = timedelta(minutes=2)
BATCH = 500

_places = threading.BoundedSemaphore(MAX_LISTENERS)


class Listener(Iterator[bytes]):
    """Holds a place from its making until `close`, which the response calls however it ends."""

    def __init__(self, request: HttpRequest, events: EventQuerySet, *, history: int) -> None:
        past = list(events.order_by("-id")[:history])[::-1]
        seen = {*_recent_ids(events), *(event.id for event in past)}
        if not _places.acquire(blocking=False):
            raise TooManyError("As many subscriptions are open as this server takes; try again later.")
        self._is_open = True
        self._connection: socket.socket | None = request.META.get("gunicorn.socket")
        self._lines = self._listen(events, past, seen)

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            _places.release()

    def _listen(self, events: EventQuerySet, fresh: list[Event], seen: set[UUID]) -> Iterator[bytes]:
        while self._is_open and not _has_left(self._connection):
            yield from lines.jsonl(map(EventOut.from_event, fresh))
            time.sleep(POLL_SECONDS)
            fresh, seen = _fresh(events, seen)


def subscribe(request: HttpRequest, events: EventQuerySet, *, history: int) -> StreamingHttpResponse:
    """Raises TooManyError."""
    return StreamingHttpResponse(Listener(request, events, history=history), content_type=JSONL)


def _fresh(events: EventQuerySet, seen: set[UUID]) -> tuple[list[Event], set[UUID]]:
    """The events not seen yet, and those that need to be remembered as seen."""
    ids = _recent_ids(events)
    fresh = [event_id for event_id in ids if event_id not in seen][:BATCH]
    return list(events.filter(id__in=fresh).order_by("id")), seen.intersection(ids).union(fresh)


def _recent_ids(events: EventQuerySet) -> list[UUID]:
    recent = events.filter(id__gte=first_id_at(timezone.now() - LATENESS))
    return list(recent.order_by("id").values_list("id", flat=True))


def _has_left(connection: socket.socket | None) -> bool:
    """Whether the client closed its end: nothing is sent while nothing happens, so no write would tell."""
    if connection is None:
        return False
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True
