"""What a page of logs or threads is about, as it stands in its address: an environment, a time and a filter. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

from project.accounts.models import ApiKey
from project.lib.filters import FieldRegistry, FilterError
from project.lib.moments import MomentError, parse_moment
from records.filterbar import ListFilter, clean_query, read_filter
from records.filterforms import FORM_KEYS
from records.gridstate import COLUMNS_KEY
from threads.ids import EPOCH

PROD = ApiKey.Environment.PROD.value
ENVIRONMENTS = ((PROD, "Production"), (ApiKey.Environment.TEST.value, "Test"))
ALL = "all"
WEEK = "7d"
WINDOWS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(days=1)),
    WEEK: ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
    "90d": ("Last 90 days", timedelta(days=90)),
    ALL: ("All time", None),
}
PLACE_KEYS = ("after", "before")
EXACT_KEY = "exact"
_OWN_KEYS = {"env", "window", "from", "to"}
_OTHER_KEYS = {*_OWN_KEYS, *FORM_KEYS, *PLACE_KEYS, "log", "view", "since", EXACT_KEY}


@dataclass(frozen=True, slots=True)
class Scope:
    """Both ends of the time are included. `window` names a time that ends now; it is empty for a fixed one."""

    environment: str
    start: datetime
    end: datetime
    window: str
    filter: ListFilter

    @property
    def place_pairs(self) -> list[tuple[str, str]]:
        """Environment and time as they stand in an address; what is usual is left out."""
        pairs = [("env", self.environment)] if self.environment != PROD else []
        if not self.window:
            return [*pairs, ("from", spelled(self.start)), ("to", spelled(self.end))]
        return [*pairs, ("window", self.window)] if self.window != WEEK else pairs

    @property
    def query(self) -> str:
        return joined(urlencode(self.place_pairs), self.filter.query)

    @property
    def fixed(self) -> Scope:
        """The same time, which does not move on."""
        return replace(self, window="")

    @property
    def label(self) -> str:
        if self.window:
            return WINDOWS[self.window][0]
        if self.start == EPOCH:
            return f"Up to {self.end:%Y-%m-%d %H:%M}"
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"

    @property
    def is_unrestricted(self) -> bool:
        return not self.filter.pairs

    def in_environment(self, environment: str) -> Scope:
        return replace(self, environment=environment)

    def in_window(self, window: str) -> Scope:
        return replace(self, window=window)

    def between(self, start: datetime, end: datetime) -> Scope:
        return replace(self, start=start, end=end, window="")

    def query_with_filter(self, query: str) -> str:
        return joined(urlencode(self.place_pairs), query)


def read_scope(
    given: QueryDict, *, now: datetime, registry: FieldRegistry, other_keys: tuple[str, ...] = ()
) -> Scope:
    """Raises FilterError for a time that cannot be read."""
    list_filter = read_filter(
        given.lists(), registry=registry, other_keys={*_OTHER_KEYS, *other_keys}, carried_keys=(COLUMNS_KEY,)
    )
    environment = given.get("env", PROD)
    environment = environment if environment in dict(ENVIRONMENTS) else PROD
    if given.get("from") or given.get("to"):
        start = _moment(given, "from") or EPOCH
        end = _moment(given, "to") or now
        if end < start:
            raise FilterError("The time ends before it begins; choose another one.")
        return Scope(environment, start, end, "", list_filter)
    window = given.get("window", WEEK)
    window = window if window in WINDOWS else WEEK
    length = WINDOWS[window][1]
    return Scope(environment, now - length if length else EPOCH, now, window, list_filter)


def clean_scope_query(given: QueryDict, scope: Scope) -> str | None:
    """The query string that the address should have, if it has another. Raises FilterError."""
    cleaned = clean_query(given, scope.filter)
    return None if cleaned is None else scope.query_with_filter(cleaned)


def spelled(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def joined(*queries: str) -> str:
    return "&".join(query for query in queries if query)


def _moment(given: QueryDict, name: str) -> datetime | None:
    text = given.get(name, "")
    try:
        return parse_moment(text) if text else None
    except MomentError as error:
        raise FilterError(f"“{name}” {error}.") from None
