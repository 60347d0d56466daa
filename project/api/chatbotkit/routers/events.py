from __future__ import annotations

import re
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router

from datasets.models import Event
from datasets.querysets import EventQuerySet
from project.accounts.models import ApiKey
from project.api.chatbotkit.auth import EXPORT, READ
from project.api.chatbotkit.errors import FAILURES
from project.api.chatbotkit.filters import meta_query
from project.api.chatbotkit.paging import JSONL, Keyset, answer
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.chatbotkit.schemas.events import EventOut, EventPageOut, EventsIn, SubscriptionIn
from project.api.chatbotkit.subscriptions import subscribe
from project.api.keys import KeyRequest
from project.lib.ids import parse_id

router = Router(tags=["events"], by_alias=True)

_LINES = {"responses": {200: {"content": {JSONL: {"schema": {"type": "string"}}}}}}
_OURS = {"datasetId": "dataset_id", "recordId": "record_id", "fileId": "file_id"}
_RELATION = re.compile(r"(?:filter\[)?([a-z]+[A-Za-z]*Id)\]?")


@router.get(
    "/event/log/list", auth=READ, operation_id="list_events", response={200: EventPageOut, FAILURES: ErrorOut}
)
def list_events(request: KeyRequest, wanted: Query[EventsIn]) -> EventPageOut | HttpResponseBase:
    return _events(request, wanted)


@router.get(
    "/event/log/export",
    auth=EXPORT,
    operation_id="export_events",
    response={200: EventPageOut, FAILURES: ErrorOut},
)
def export_events(request: KeyRequest, wanted: Query[EventsIn]) -> EventPageOut | HttpResponseBase:
    return _events(request, wanted)


@router.post(
    "/event/log/subscribe",
    auth=READ,
    operation_id="subscribe_to_events",
    response={200: None, FAILURES: ErrorOut},
    openapi_extra=_LINES,
)
def subscribe_to_events(request: KeyRequest, wanted: SubscriptionIn) -> HttpResponseBase:
    return subscribe(request, _events_of(request.auth), history=wanted.history_length or 0)


def _events(request: KeyRequest, wanted: EventsIn) -> EventPageOut | HttpResponseBase:
    events = _about(request, _events_of(request.auth)).filter(meta_query(request))
    if wanted.type:
        events = events.filter(type__in=wanted.type.split(","))
    rows = Keyset(events, is_ascending=wanted.is_ascending)
    return answer(EventPageOut, request, wanted, rows, EventOut.from_event, EventOut)


def _events_of(key: ApiKey) -> EventQuerySet:
    """What the key may know of."""
    events = Event.objects.visible_to(key.workspace)
    return events if key.dataset_id is None else events.filter(dataset_id=key.dataset_id)


def _about(request: HttpRequest, events: EventQuerySet) -> EventQuerySet:
    """`datasetId=A,B` or `filter[datasetId]=A`. Nothing here is about a bot, a task or the vendor's other things."""
    for name, value in request.GET.items():
        relation = _RELATION.fullmatch(name)
        if not relation or not value:
            continue
        column = _OURS.get(relation[1])
        events = events.filter(**{f"{column}__in": _ids(str(value))}) if column else events.none()
    return events


def _ids(text: str) -> list[UUID]:
    return [found for part in text.split(",") if (found := parse_id(part.strip()))]
