"""Lists of logs: which ones a request asks for, in which order, and how many there are."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest

from project.accounts.models import ApiKey
from project.api.keys import logs_of
from project.api.keywordsai.access import in_environment
from project.api.keywordsai.paging import Place, Sizes
from project.api.keywordsai.schemas.logs import LogsIn
from project.lib.errors import InvalidError
from threads.models import Log
from threads.querysets import LogQuerySet
from threads.reading import NumberedPage, numbered_page

SIZES = Sizes(default=100, most=1000)
COUNTED = 1_000_000  # Further no list counts.

_SORTS = {
    "id": "id",
    "timestamp": "id",
    "cost": "cost",
    "latency": "latency",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "all_tokens": "total_tokens",
    "time_to_first_token": "time_to_first_token",
    "tokens_per_second": "tokens_per_second",
}
_TEST = {"true": ApiKey.Environment.TEST, "false": ApiKey.Environment.PROD}


class SortError(InvalidError):
    """Nothing that logs can be sorted by."""


def logs_in(key: ApiKey, wanted: LogsIn) -> LogQuerySet:
    """Within the window and the environment. Raises KeyRefusedError for a key that is bound to one dataset."""
    asked = _TEST.get(wanted.is_test.lower(), wanted.environment)
    return in_environment(logs_of(key), key, asked).between(wanted.start_time, wanted.end_time)


def query_filters(request: HttpRequest) -> dict[str, Any]:
    """Of a list's query, what is not of the list itself: fields with the value that they must have."""
    return {
        name: values if len(values) > 1 else values[0]
        for name, values in request.GET.lists()
        if name not in LogsIn.model_fields
    }


def page_of(logs: LogQuerySet, wanted: LogsIn, place: Place) -> NumberedPage[Log]:
    """Raises SortError, TimeLimitError, and FilterError for a pattern that cannot be used."""
    return numbered_page(_ordered(logs, wanted.sort_by), number=place.page, size=place.size, cap=COUNTED)


def _ordered(logs: LogQuerySet, sort_by: str) -> LogQuerySet:
    name = sort_by.removeprefix("-")
    if name not in _SORTS:
        raise SortError(f"Logs cannot be sorted by {name[:40]!r}; they can by {', '.join(_SORTS)}.")
    if _SORTS[name] == "id":
        return logs.newest_first() if sort_by.startswith("-") else logs.oldest_first()
    value = F(_SORTS[name])
    order = value.desc(nulls_last=True) if sort_by.startswith("-") else value.asc(nulls_last=True)
    return logs.order_by(order, "-id")
