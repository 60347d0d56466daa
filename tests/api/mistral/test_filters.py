"""This vendor's spelling over the table that every spelling must agree with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from project.accounts.models import Workspace
from project.api.mistral.fields import DOCUMENTED, OPERATOR_NAMES, event_field, vendors_name
from project.api.mistral.filters import filter_of, said_of
from project.lib.errors import LimitError
from project.lib.filters import Condition, FilterError, Group, Operator
from tests.api.mistral.calls import Caller, said
from tests.threads.filter_table import ALL, CASES, keep_rows
from threads.fields import LOG_FIELDS
from threads.models import Log

NAMES = {ours: vendors for vendors, ours in reversed(DOCUMENTED.items())}


@pytest.fixture
def rows(workspace: Workspace) -> None:
    keep_rows(workspace)


def found(filters: Any) -> set[str]:
    return {note for note in Log.objects.matching(filter_of(filters)).values_list("note", flat=True) if note}


def spelled() -> Iterator[tuple[str, str, Any, set[str]]]:
    """Each case in all the ways in which this vendor can say it."""
    for ours, operator, value, expected in CASES:
        name = ours.replace("meta.", "metadata.", 1) if ours.startswith("meta.") else NAMES.get(ours, ours)
        field = event_field(name)
        if operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
            is_null = operator is Operator.IS_NULL
            # What a log lacks is null, also where it lacks the key.
            yield name, "isnull", is_null, expected | {"none"} if is_null and field.is_keyed else expected
        elif operator is Operator.EMPTY and "len_eq" in field.operators:
            yield name, "len_eq", 0, expected
        else:
            for word, meaning in field.operators.items():
                if meaning is operator and word != "isnull":
                    yield name, word, list(value) if isinstance(value, tuple) else value, expected


def test_every_operator_finds_what_the_table_says(api: Caller, rows: None) -> None:
    tried, wrong = set(), []
    for name, op, value, expected in spelled():
        tried.add(op)
        filters = {"field": name, "op": op, "value": value}
        asked = {"search_params": {"filters": filters}, "extra_fields": ["note"]}
        listed = said(api.post("/chat-completion-events/search", json.dumps(asked).encode()))[
            "completion_events"
        ]["results"]
        notes = {event["extra_fields"]["note"] for event in listed}
        if notes != expected:
            wrong.append((filters, notes, expected))
    assert wrong == []
    assert tried == set(OPERATOR_NAMES)


IS_APPLE = {"field": "metadata.k", "op": "eq", "value": "Apple"}
IS_PIE = {"field": "metadata.k", "op": "eq", "value": "apple%pie"}
HAS_LATENCY = {"field": "total_time_elapsed", "op": "isnull", "value": False}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (None, ALL),
        ({}, ALL),
        ({"AND": []}, ALL),
        ({"AND": None, "OR": []}, ALL),
        (IS_APPLE, {"apple"}),
        ({"OR": [IS_APPLE, IS_PIE]}, {"apple", "pie"}),
        ({"AND": [IS_APPLE, IS_PIE]}, set()),
        ({"AND": [HAS_LATENCY], "OR": [IS_APPLE, IS_PIE]}, {"apple", "pie"}),
        ({"AND": [HAS_LATENCY, {"OR": [IS_PIE]}]}, {"pie"}),
    ],
)
def test_groups_nest(rows: None, filters: Any, expected: set[str]) -> None:
    assert found(filters) == expected


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ([], "it is a JSON object"),
        ("model", "it is a JSON object"),
        ({"and": [IS_APPLE]}, "'and' is none of them"),
        ({"AND": IS_APPLE}, "AND holds a list"),
        ({"AND": ["x"]}, "it is a JSON object"),
        ({"field": "model_name", "op": "eq"}, "value is missing"),
        ({"field": "model_name", "value": 1}, "op is missing"),
        (
            {"field": "colour", "op": "eq", "value": 1},
            "There is no field 'colour'; the fields are timestamp,",
        ),
        ({"field": None, "op": "eq", "value": 1}, "There is no field 'None'"),
        (
            {"field": "model_name", "op": "lt", "value": 1},
            "model_name cannot be filtered by 'lt'; it can by eq,",
        ),
        ({"field": "model_name", "op": ["eq"], "value": 1}, "model_name cannot be filtered by"),
        ({"field": "model_name", "op": "isnull", "value": "yes"}, "isnull on model_name takes true or false"),
        ({"field": "total_time_elapsed", "op": "gt", "value": "long"}, "compared with a number"),
        ({"field": "timestamp", "op": "gt", "value": "soon"}, "is not a moment"),
        ({"field": "model_name", "op": "eq", "value": "\x00"}, "NUL"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_with_a_sentence(db: None, filters: Any, words: str) -> None:
    with pytest.raises(FilterError) as refusal:
        found(filters)
    assert words in str(refusal.value)


def test_a_filter_that_is_nested_a_thousand_deep_is_refused(db: None) -> None:
    filters: Any = IS_APPLE
    for _ in range(1000):
        filters = {"AND": [filters]}
    with pytest.raises(LimitError, match="nested at most"):
        found(filters)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("logged_at", "timestamp"),
        ("meta.plan", "metadata.plan"),
        (f"answers.{'0' * 32}", f"__judge_{'0' * 32}"),
        ("answers.tone", "answers.tone"),
        ("scores.tone", "scores.tone"),
        *((name, vendors_name(name)) for name in LOG_FIELDS.fields),
    ],
)
def test_any_filter_of_a_page_can_be_told(ours: str, theirs: str) -> None:
    told = said_of(Group((Condition(ours, Operator.EXISTS),)))
    assert told["AND"][0]["field"] == theirs
