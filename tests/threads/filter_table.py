"""What each filter finds among the same few logs. Every spelling of filters is tried against this table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from project.accounts.models import Workspace
from project.lib.filters import Operator
from tests.factories.threads import keep_logs
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

# By their notes: text, number, boolean, list and metadata in each, then the row that has none of them.
ROWS = {
    "apple": LogDraft(
        custom_identifier="Apple", latency=1, stream=True, meta={"k": "Apple", "n": 1, "t": True},
        output={"role": "assistant", "tool_calls": [{"function": {"name": "a"}}, {"function": {"name": "b"}}]},
        attributes={"prompt_name": "Apple", "routing_time": 1, "cache_bit": True},
    ),
    "pie": LogDraft(
        custom_identifier="apple%pie", latency=2.5, stream=False, meta={"k": "apple%pie", "n": 2.5, "t": False},
        output={"role": "assistant", "tool_calls": [{"function": {"name": "b"}}]},
        attributes={"prompt_name": "apple%pie", "routing_time": 2.5, "cache_bit": False},
    ),
    "blank": LogDraft(
        custom_identifier="", latency=0, meta={"k": "", "n": 0},
        attributes={"prompt_name": "", "routing_time": 0},
    ),
    "null": LogDraft(meta={"k": None, "n": None, "t": None}),
    "none": LogDraft(),
}  # fmt: skip

ALL = set(ROWS)
NULL = {"null", "none"}
TEXT: list[tuple[Operator, Any, set[str]]] = [
    (Operator.IS, "Apple", {"apple"}),
    (Operator.IS, ("Apple", "apple%pie"), {"apple", "pie"}),
    (Operator.IS, "apple", set()),
    (Operator.IS, "", {"blank"}),
    (Operator.IS, None, NULL),
    (Operator.IS, ["Apple", None], {"apple", *NULL}),
    (Operator.IS_IN_ANY_CASE, "APPLE", {"apple"}),
    (Operator.IS_NOT, "Apple", {"pie", "blank", *NULL}),
    (Operator.IS_NOT, ["Apple", ""], {"pie", *NULL}),
    (Operator.IS_NOT, None, {"apple", "pie", "blank"}),
    (Operator.IS_NOT, ("Apple", None), {"pie", "blank"}),
    (Operator.IN, ["Apple", ""], {"apple", "blank"}),
    (Operator.IN, [None], set()),
    (Operator.NOT_IN, ["Apple"], {"pie", "blank"}),
    (Operator.CONTAINS, "pp", {"apple", "pie"}),
    (Operator.CONTAINS, "%", {"pie"}),
    (Operator.CONTAINS, "_", set()),
    (Operator.CONTAINS, "", {"apple", "pie", "blank"}),
    (Operator.NOT_CONTAINS, "%", {"apple", "blank"}),
    (Operator.CONTAINS_IN_ANY_CASE, "APP", {"apple", "pie"}),
    (Operator.NOT_CONTAINS_IN_ANY_CASE, "APP", {"blank"}),
    (Operator.BEGINS, "App", {"apple"}),
    (Operator.BEGINS_IN_ANY_CASE, "APP", {"apple", "pie"}),
    (Operator.NOT_BEGINS, "App", {"pie", "blank"}),
    (Operator.ENDS, "pie", {"pie"}),
    (Operator.ENDS_IN_ANY_CASE, "PIE", {"pie"}),
    (Operator.NOT_ENDS, "pie", {"apple", "blank"}),
    (Operator.IS_NULL, None, NULL),
    (Operator.IS_NOT_NULL, None, {"apple", "pie", "blank"}),
    (Operator.EMPTY, None, {"blank", *NULL}),
    (Operator.NOT_EMPTY, None, {"apple", "pie"}),
    (Operator.MATCHES, "^A.+e$", {"apple"}),
    (Operator.MATCHES, "", {"apple", "pie", "blank"}),
]
NUMBER: list[tuple[Operator, Any, set[str]]] = [
    (Operator.IS, 1, {"apple"}),
    (Operator.IS, "2.5", {"pie"}),
    (Operator.IS, [1, "0"], {"apple", "blank"}),
    (Operator.IS, None, NULL),
    (Operator.IS_NOT, 1, {"pie", "blank", *NULL}),
    (Operator.IN, [1, 2.5], {"apple", "pie"}),
    (Operator.NOT_IN, [1], {"pie", "blank"}),
    (Operator.ABOVE, 1, {"pie"}),
    (Operator.ABOVE, "0.5", {"apple", "pie"}),
    (Operator.AT_LEAST, [1], {"apple", "pie"}),
    (Operator.BELOW, 1, {"blank"}),
    (Operator.AT_MOST, 1, {"apple", "blank"}),
    (Operator.BELOW, 1e300, {"apple", "pie", "blank"}),
    (Operator.BETWEEN, "0.5..2.5", {"apple", "pie"}),
    (Operator.BETWEEN, "..1", {"apple", "blank"}),
    (Operator.BETWEEN, "2..", {"pie"}),
    (Operator.BETWEEN, "1", {"apple"}),
    (Operator.IS_NULL, None, NULL),
    (Operator.IS_NOT_NULL, None, {"apple", "pie", "blank"}),
    (Operator.EMPTY, None, NULL),
    (Operator.NOT_EMPTY, None, {"apple", "pie", "blank"}),
]
BOOLEAN: list[tuple[Operator, Any, set[str]]] = [
    (Operator.IS, True, {"apple"}),
    (Operator.IS, "false", {"pie"}),
    (Operator.IS, [True, False], {"apple", "pie"}),
    (Operator.IS, None, {"blank", *NULL}),
    (Operator.IS_NOT, True, {"pie", "blank", *NULL}),
    (Operator.IN, [True], {"apple"}),
    (Operator.NOT_IN, [True], {"pie"}),
    (Operator.IS_NULL, None, {"blank", *NULL}),
    (Operator.IS_NOT_NULL, None, {"apple", "pie"}),
]
LIST: list[tuple[Operator, Any, set[str]]] = [
    (Operator.IS, "a", {"apple"}),
    (Operator.IN, ["a", "b"], {"apple", "pie"}),
    (Operator.OVERLAPS, ["b", "c"], {"apple", "pie"}),
    (Operator.IS_NOT, "a", {"pie", "blank", *NULL}),
    (Operator.NOT_IN, ["a"], {"pie"}),
    (Operator.NOT_OVERLAPS, ["a"], {"pie"}),
    (Operator.HAS_LENGTH, 2, {"apple"}),
    (Operator.EMPTY, None, {"blank", *NULL}),
    (Operator.NOT_EMPTY, None, {"apple", "pie"}),
    (Operator.IS_NULL, None, {"blank", *NULL}),
]
TIME: list[tuple[Operator, Any, set[str]]] = [
    (Operator.IS, "2026-03-01T12:00:00Z", {"apple"}),
    (Operator.IS, "2026-03-01 13:00:00", {"pie"}),
    (Operator.IS_NOT, "2026-03-01T14:00:00+02:00", ALL - {"apple"}),
    (Operator.IN, ["2026-03-01T12:00:00", "2026-03-01T13:00:00"], {"apple", "pie"}),
    (Operator.NOT_IN, ["2026-03-01T12:00:00"], ALL - {"apple"}),
    (Operator.ABOVE, "2026-03-01T12:00:00", ALL - {"apple"}),
    (Operator.AT_LEAST, "2026-03-01T12:00:00", ALL),
    (Operator.BELOW, "2026-03-01T13:00:00", {"apple"}),
    (Operator.AT_MOST, "2026-03-01T13:00:00", {"apple", "pie"}),
    (Operator.AT_LEAST, "0001-01-01", ALL),
    (Operator.AT_MOST, "9999-12-31T23:59:59.999999", ALL),
    (Operator.BETWEEN, "2026-03-01..2026-03-01", ALL),
    (Operator.BETWEEN, "2026-03-01T15:30..", {"none"}),
    (Operator.IS_NULL, None, set()),
    (Operator.IS_NOT_NULL, None, ALL),
]
# What a log lacks the key of matches nothing but MISSING, and a number is compared as its text.
META: list[tuple[Operator, Any, set[str]]] = [
    *((operator, value, expected - {"none"}) for operator, value, expected in TEXT),
    (Operator.MISSING, None, {"none"}),
    (Operator.EXISTS, None, ALL - {"none"}),
    (Operator.ABOVE, "B", {"pie"}),
]
CASES = [
    *(("custom_identifier", *case) for case in TEXT),
    *(("prompt_name", *case) for case in TEXT),
    *(("meta.k", *case) for case in META),
    *(("latency", *case) for case in NUMBER),
    *(("routing_time", *case) for case in NUMBER),
    *(("stream", *case) for case in BOOLEAN),
    *(("cache_bit", *case) for case in BOOLEAN),
    *(("invoked_tools", *case) for case in LIST),
    *(("logged_at", *case) for case in TIME),
    ("meta.n", Operator.IS, 2.5, {"pie"}),
    ("meta.n", Operator.IS, "1", {"apple"}),
    ("meta.t", Operator.IS, True, {"apple"}),
    ("meta", Operator.HAS_KEY, "t", {"apple", "pie", "null"}),
    ("meta", Operator.EMPTY, None, {"none"}),
    ("meta", Operator.NOT_EMPTY, None, ALL - {"none"}),
    ("id", Operator.IS, "id-pie", {"pie"}),
    ("id", Operator.IN, ["id-pie", "id-none", "id-other"], {"pie", "none"}),
    ("id", Operator.IS_NOT, ["id-pie"], ALL - {"pie"}),
    ("id", Operator.ENDS, "-pie", {"pie"}),
    ("scores.x", Operator.IS_NOT, 1, ALL),
    ("scores.x", Operator.ABOVE, 1, set()),
    ("is_root_span", Operator.IS, True, ALL),
    ("has_tool_calls", Operator.IS, True, {"apple", "pie"}),
    ("api_key_id", Operator.IS_NOT, "x", ALL),
    ("status_code", Operator.IS, 200.5, set()),
    ("status_code", Operator.BELOW, 10**30, ALL),
]


def keep_rows(workspace: Workspace) -> None:
    drafts = [
        LogDraft(**{name: getattr(draft, name) for name in draft.__dataclass_fields__} | {
            "note": note, "unique_id": f"id-{note}", "logged_at": NOON + timedelta(hours=hour),
            "thread_identifier": "t",
        })
        for hour, (note, draft) in enumerate(ROWS.items())
    ]  # fmt: skip
    keep_logs(workspace, *drafts)
