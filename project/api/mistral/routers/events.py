from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from project.api.addresses import absolute_url
from project.api.keys import KeyRequest, log_for, logs_of
from project.api.mistral.auth import READ
from project.api.mistral.errors import FAILURES
from project.api.mistral.fields import EventField, event_fields
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.events import (
    CursorIn,
    EventIdsOut,
    EventOut,
    EventPageOut,
    EventPreviewOut,
    EventsOut,
    SearchIn,
)
from project.lib.keyset import newest_page
from project.lib.timelimits import time_limit
from threads.models import Log
from threads.reading import READ_MS
from threads.similar import logs_like

MAX_IDS = 10_000

router = Router(tags=["chat completion events"])


@router.post(
    "/chat-completion-events/search",
    auth=READ,
    operation_id="search_events",
    response={200: EventsOut, FAILURES: ErrorOut},
)
def search_events(request: KeyRequest, wanted: SearchIn, place: Query[CursorIn]) -> EventsOut:
    fields, condition = wanted.wanted_fields(), wanted.search_params.to_filter()
    logs = logs_of(request.auth).matching(condition).without_content()
    with time_limit(READ_MS):
        page = newest_page(logs, after=place.cursor, size=place.page_size)
    return _page_of(page.rows, fields, request, cursor=page.next_cursor)


@router.post(
    "/chat-completion-events/search-ids",
    auth=READ,
    operation_id="search_event_ids",
    response={200: EventIdsOut, FAILURES: ErrorOut},
)
def search_event_ids(request: KeyRequest, wanted: SearchIn) -> EventIdsOut:
    logs = logs_of(request.auth).matching(wanted.search_params.to_filter())
    with time_limit(READ_MS):
        ids = [str(log_id) for log_id in logs.newest_first().values_list("id", flat=True)[: MAX_IDS + 1]]
    return EventIdsOut(completion_event_ids=ids[:MAX_IDS], is_truncated=len(ids) > MAX_IDS)


@router.get(
    "/chat-completion-events/{event_id}",
    auth=READ,
    operation_id="fetch_event",
    response={200: EventOut, FAILURES: ErrorOut},
)
def fetch_event(request: KeyRequest, event_id: UUID) -> EventOut:
    return EventOut.from_log(log_for(request.auth, event_id))


@router.get(
    "/chat-completion-events/{event_id}/similar-events",
    auth=READ,
    operation_id="fetch_similar_events",
    response={200: EventsOut, FAILURES: ErrorOut},
)
def fetch_similar_events(request: KeyRequest, event_id: UUID) -> EventsOut:
    log = log_for(request.auth, event_id)
    return _page_of(logs_like(log, logs_of(request.auth)), [*event_fields()], request)


def _page_of(
    logs: Sequence[Log], fields: Sequence[EventField], request: HttpRequest, *, cursor: str = ""
) -> EventsOut:
    return EventsOut(
        completion_events=EventPageOut(
            results=[EventPreviewOut.from_log(log, fields) for log in logs],
            next=_link(request, cursor) if cursor else None,
            cursor=cursor or None,
        )
    )


def _link(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    return absolute_url(request, f"{request.path}?{query.urlencode()}")
