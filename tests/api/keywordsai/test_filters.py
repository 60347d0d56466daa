"""Filters as this vendor spells them, against the table that all spellings share."""

from __future__ import annotations

from typing import Any

import pytest

from project.accounts.models import Workspace
from project.api.keywordsai.fields import log_field
from project.api.keywordsai.filters import ALIASES, OPERATORS, filter_group
from project.lib.errors import LimitError
from project.lib.filters import Condition, FilterError, Group, Operator
from tests.api.keywordsai.calls import Caller, refusal, said
from tests.factories.threads import LogDraftFactory, keep_logs
from tests.threads.filter_table import CASES, keep_rows

_NULLS = {Operator.IS_NULL: True, Operator.IS_NOT_NULL: False}
_WORDS = {operator: word for word, operator in reversed(OPERATORS.items())}
_NAMES = {
    "logged_at": "timestamp",
    "id": "unique_id",
    "api_key_id": "organization_key_id",
    "meta": "metadata",
}


def spelled(field: str, operator: Operator, value: Any) -> dict[str, Any] | None:
    """The condition in the vendor's words; None for one that it cannot say."""
    name = _NAMES.get(field, field.replace("meta.", "metadata__").replace("scores.", "scores__"))
    if operator in _NULLS:
        return {name: {"operator": "isnull", "value": _NULLS[operator]}}
    if operator not in _WORDS:
        return None
    given = list(value) if isinstance(value, tuple) else value
    is_ignored = operator in {Operator.EMPTY, Operator.NOT_EMPTY}
    return {name: {"operator": _WORDS[operator], "value": [""] if is_ignored else given}}


def test_every_operator_finds_what_the_table_says(api: Caller, workspace: Workspace) -> None:
    keep_rows(workspace)
    tried, wrong = set(), []
    for field, operator, value, expected in CASES:
        filters = spelled(field, operator, value)
        if filters is None:
            continue
        tried.add(operator)
        listed = said(api.post("/request-logs/list/", {"filters": filters}, include_fields="note"))
        found = {row["note"] for row in listed["results"]}
        if found != expected:
            wrong.append((filters, found, expected))
    assert wrong == []
    assert tried == {*OPERATORS.values(), Operator.IS_NOT_NULL}


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_its_operator_in_any_case(alias: str) -> None:
    asked = read({"model": {"operator": ALIASES[alias], "value": ["a"]}})
    for word in (alias, alias.upper(), alias.capitalize()):
        assert read({"model": {"operator": word, "value": ["a"]}}) == asked


def read(filters: Any, connector: str = "AND") -> Group:
    return filter_group(filters, log_field, connector=connector)


A = Condition("model", Operator.IS, ("a",))
B = Condition("model", Operator.IS, ("b",))
C = Condition("model", Operator.IS, ("c",))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, Group()),
        ({"model": {"operator": "", "value": "a"}}, Group((A,))),
        ({"model": {"operator": "", "value": ["a"]}}, Group((A,))),
        ({"model": {"operator": None, "value": "a"}}, Group((A,))),
        ({"model": {"value": "a"}}, Group((A,))),
        ({"model": "a"}, Group((A,))),
        ({"model": ["a", "b"]}, Group((Condition("model", Operator.IS, ("a", "b")),))),
        ({"model": None}, Group((Condition("model", Operator.IS, (None,)),))),
        (
            {"latency": [{"operator": "gte", "value": [1]}, {"operator": "lt", "value": [5]}]},
            Group(
                (
                    Group(
                        (
                            Condition("latency", Operator.AT_LEAST, (1,)),
                            Condition("latency", Operator.BELOW, (5,)),
                        )
                    ),
                )
            ),
        ),
        (
            {"created_or_timestamp": {"filter_params": {"timestamp": {"gte": "2026", "lte": "2027"}}}},
            Group(
                (
                    Group(
                        (
                            Group(
                                (
                                    Condition("logged_at", Operator.AT_LEAST, ("2026",)),
                                    Condition("logged_at", Operator.AT_MOST, ("2027",)),
                                )
                            ),
                        )
                    ),
                )
            ),
        ),
        (
            {"model": [{"value": "a", "connector": "OR"}, {"value": "b"}, {"value": "c"}]},
            Group((Group((Group((A, B), is_any=True), C)),)),
        ),
        (
            {"x": {"connector": "OR", "filter_params": {"model": "a", "note": "n"}}, "status": "failed"},
            Group(
                (
                    Group((A, Condition("note", Operator.IS, ("n",))), is_any=True),
                    Condition("status", Operator.IS, ("failed",)),
                )
            ),
        ),
        (
            {"metadata": {"operator_function": "mapContainsKey", "operator_args": ["a"]}},
            Group((Group((Condition("meta", Operator.HAS_KEY, ("a",)),)),)),
        ),
        ({"metadata.a.b": "x"}, Group((Condition("meta.a.b", Operator.IS, ("x",)),))),
        ({"trace_id": "t"}, Group((Condition("trace_unique_id", Operator.IS, ("t",)),))),
        ({"note": {"operator": "empty", "value": [""]}}, Group((Condition("note", Operator.EMPTY),))),
        ({"note": {"operator": "notEmpty"}}, Group((Condition("note", Operator.NOT_EMPTY),))),
    ],
)
def test_every_form_is_read_to_one_value(filters: Any, expected: Group) -> None:
    assert read(filters) == expected


def test_a_connector_beside_the_filters_joins_the_fields() -> None:
    assert read({"model": "a", "note": "n"}, "or").is_any


@pytest.mark.parametrize(
    ("filters", "word"),
    [
        ([], "object"),
        ({"mood": "good"}, "metadata__<key>"),
        ({"metadata__": "x"}, "metadata__<key>"),
        ({"model": {"operator": "near", "value": 1}}, "'regex'"),
        ({"model": {"operator": 5, "value": 1}}, "word"),
        ({"model": {}}, "value"),
        ({"model": []}, "value"),
        ({"model": {"operator": "in", "value": []}}, "value"),
        ({"model": {"operator": "gt"}}, "value"),
        ({"model": {"value": 1, "extra": 2}}, "extra"),
        ({"model": {"near": 1}}, "near"),
        ({"model": [{"value": 1}, 5]}, "objects"),
        ({"model": {"operator": "isnull", "value": "maybe"}}, "true or false"),
        ({"model": [{"value": 1, "connector": "XOR"}, {"value": 2}]}, "AND or OR"),
        ({"x": {"filter_params": {}, "connector": 5}}, "AND or OR"),
        ({"x": {"filter_params": []}}, "object"),
        ({"metadata": {"operator_function": "other", "operator_args": ["a"]}}, "mapContainsKey"),
        ({"metadata": {"operator_function": "mapContainsKey", "operator_args": []}}, "keys"),
    ],
)
def test_what_cannot_be_read_is_told(filters: Any, word: str) -> None:
    with pytest.raises(FilterError, match=word.replace("<", r"\<")):
        read(filters)


def nested(depth: int) -> dict[str, Any]:
    filters: dict[str, Any] = {"model": "a"}
    for _ in range(depth):
        filters = {"x": {"connector": "AND", "filter_params": filters}}
    return filters


def test_a_filter_may_be_nested_and_not_without_end(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace, LogDraftFactory.create(model="a"), LogDraftFactory.create(model="b"))
    assert said(api.post("/request-logs/list/", {"filters": nested(20)}))["count"] == 1
    with pytest.raises(LimitError):
        read(nested(100))
    assert "nested" in refusal(api.post("/request-logs/list/", {"filters": nested(100)}), 413)
    body = b'{"filters": ' + b'{"x":{"filter_params":' * 1000 + b"{}" + b"}}" * 1000 + b"}"
    assert "nested" in refusal(api.call("POST", "/request-logs/list/", body), 400)
    many = {"model": [{"operator": "not", "value": str(n)} for n in range(2000)]}
    assert api.post("/request-logs/list/", {"filters": many}).status_code == 413


def test_a_filter_of_text_that_no_database_can_hold_is_refused(api: Caller) -> None:
    for text in ("\\u0000", "\\ud800"):
        for body in (f'{{"filters": {{"model": "{text}"}}}}', f'{{"filters": {{"metadata__{text}": "a"}}}}'):
            refusal(api.call("POST", "/request-logs/list/", body.encode()), 400)
            refusal(
                api.call("POST", "/log_threads/", body.replace("model", "thread_identifier").encode()), 400
            )


def test_a_pattern_that_explodes_is_given_up(
    api: Caller, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threads.reading.READ_MS", 300)
    keep_logs(workspace, note="a" * 401 + "b")
    slow = {"note": {"operator": "regex", "value": r"^(a+)(a+)(a+)\1\2\3b$"}}
    assert "narrow" in refusal(api.post("/request-logs/list/", {"filters": slow}), 413)
    assert said(api.get("/request-logs/list/"))["count"] == 1
