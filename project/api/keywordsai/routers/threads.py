from __future__ import annotations

from typing import Any

from django.db.models import DecimalField, F
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import NullIf
from ninja import Query, Router

from project.api.keys import KeyRequest
from project.api.keywordsai.access import in_environment, threads_of
from project.api.keywordsai.auth import READ
from project.api.keywordsai.errors import FAILURES
from project.api.keywordsai.fields import THREAD_NAMES, filters_data, names_in
from project.api.keywordsai.filters import current_filters, filter_group
from project.api.keywordsai.log_lists import COUNTED, SIZES, SortError
from project.api.keywordsai.paging import envelope
from project.api.keywordsai.schemas.errors import ErrorOut
from project.api.keywordsai.schemas.logs import FiltersIn
from project.api.keywordsai.schemas.threads import ThreadOut, ThreadPageOut, ThreadsIn
from threads.errors import LogNotFoundError
from threads.querysets import ThreadQuerySet
from threads.reading import numbered_page
from threads.threadfields import THREAD_FIELDS

router = Router(tags=["threads"])

_SORTS: dict[str, F | ExpressionWrapper[Any]] = {
    "timestamp": F("last_log_at"),
    "total_cost": F("cost"),
    "total_tokens": F("total_tokens"),
    "number_of_requests": F("log_count"),
    "log_count": F("log_count"),
    "average_latency": ExpressionWrapper(F("latency") / NullIf(F("timed_count"), 0), DecimalField()),
}


@router.post(
    "/log_threads",
    auth=READ,
    operation_id="list_threads",
    response={200: ThreadPageOut, FAILURES: ErrorOut},
)
def list_threads(request: KeyRequest, wanted: Query[ThreadsIn], sent: FiltersIn) -> ThreadPageOut:
    place = wanted.place(SIZES)
    group = filter_group(sent.filters, names_in(THREAD_NAMES), connector=sent.operator)
    threads = in_environment(threads_of(request.auth), request.auth, wanted.environment)
    threads = threads.between(wanted.start_time, wanted.end_time).matching(group)
    page = numbered_page(_ordered(threads, wanted.sort_by), number=place.page, size=place.size, cap=COUNTED)
    return envelope(
        ThreadPageOut,
        request,
        place,
        count=page.count,
        results=[ThreadOut.from_thread(thread) for thread in page.rows],
        current_filters=current_filters(sent.filters),
        filters_data=filters_data(THREAD_NAMES, THREAD_FIELDS),
    )


@router.get(
    "/log_thread/{path:thread_identifier}",
    auth=READ,
    operation_id="retrieve_thread",
    response={200: ThreadOut, FAILURES: ErrorOut},
)
def retrieve_thread(request: KeyRequest, thread_identifier: str) -> ThreadOut:
    thread = threads_of(request.auth).filter(identifier=thread_identifier).first()
    if thread is None:
        raise LogNotFoundError(f"There is no thread {thread_identifier}.")
    return ThreadOut.from_thread(thread)


def _ordered(threads: ThreadQuerySet, sort_by: str) -> ThreadQuerySet:
    name = sort_by.removeprefix("-")
    if name not in _SORTS:
        raise SortError(f"Threads cannot be sorted by {name[:40]!r}; they can by {', '.join(_SORTS)}.")
    value = _SORTS[name]
    order = value.desc(nulls_last=True) if sort_by.startswith("-") else value.asc(nulls_last=True)
    return threads.order_by(order, "-id")
