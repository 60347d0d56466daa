"""Every operator against rows of every kind of value, null and missing included."""

from __future__ import annotations

from typing import Any

import pytest

from project.accounts.models import Workspace
from project.lib.errors import LimitError
from project.lib.filters import Condition, FilterError, Group, Operator
from project.lib.timelimits import TimeLimitError, time_limit
from tests.factories.threads import keep_logs
from tests.threads.filter_table import CASES, keep_rows
from threads.fields import LOG_FIELDS
from threads.models import Log


@pytest.fixture
def rows(workspace: Workspace) -> None:
    keep_rows(workspace)


def found(field: str, operator: Operator, value: Any = None) -> set[str]:
    logs = Log.objects.matching(Condition(field, operator, value)).values_list("note", flat=True)
    return {note for note in logs if note}


@pytest.mark.parametrize(("field", "operator", "value", "expected"), CASES)
def test_an_operator_finds_what_it_says(
    rows: None, field: str, operator: Operator, value: Any, expected: set[str]
) -> None:
    assert found(field, operator, value) == expected


def test_every_operator_of_every_field_makes_a_query(rows: None) -> None:
    values = {"number": "1", "boolean": "true", "time": "2026-03-01", "list": "a", "map": "k"}
    for name in (*LOG_FIELDS.fields, "meta.k", "meta.0", "scores.k"):
        field = LOG_FIELDS.named(name)
        for operator in field.operators:
            value = "1" if operator is Operator.HAS_LENGTH else values.get(str(field.kind), "x")
            list(Log.objects.matching(Condition(name, operator, value)))


def test_a_log_is_found_by_our_id_in_either_spelling(workspace: Workspace) -> None:
    [log] = keep_logs(workspace, note="mine")
    assert found("id", Operator.IS, log.id.hex) == found("id", Operator.IS, str(log.id)) == {"mine"}
    assert found("id", Operator.BEGINS, log.id.hex) == {"mine"}


@pytest.mark.parametrize(
    ("field", "operator", "value", "sentence"),
    [
        ("colour", Operator.IS, "red", "There is no field 'colour'; the fields are id, logged_at,"),
        ("cost", Operator.CONTAINS, "1", "Cost cannot be filtered by “contains”; it can by is,"),
        ("cost", Operator.ABOVE, "much", "cost is compared with a number, not with 'much'"),
        ("cost", Operator.ABOVE, "nan", "cost is compared with a number"),
        ("cost", Operator.ABOVE, True, "cost is compared with a number"),
        ("cost", Operator.ABOVE, None, "cost needs a value"),
        ("cost", Operator.IN, [], "cost needs a value"),
        ("stream", Operator.IS, "maybe", "stream is true or false"),
        ("logged_at", Operator.ABOVE, "soon", "logged_at is not a moment such as"),
        ("model", Operator.CONTAINS, None, "model needs a value"),
        ("model", Operator.IS, {"a": 1}, "model is compared with text"),
        ("model", Operator.IS, "a\x00", "A filter cannot hold a NUL"),
        ("meta.a\x00", Operator.IS, "a", "A filter cannot hold a NUL"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_with_a_sentence(
    db: None, field: str, operator: Operator, value: Any, sentence: str
) -> None:
    with pytest.raises(FilterError) as refusal:
        Log.objects.matching(Condition(field, operator, value))
    assert str(refusal.value).startswith(sentence)


def test_a_filter_that_is_nested_a_thousand_deep_is_refused_with_a_sentence(db: None) -> None:
    node: Condition | Group = Condition("model", Operator.IS, "x")
    for _ in range(1000):
        node = Group((node,))
    with pytest.raises(LimitError, match="A filter is nested at most 32 levels deep"):
        Log.objects.matching(node)


def test_a_filter_of_more_conditions_than_anybody_writes_is_refused(db: None) -> None:
    with pytest.raises(LimitError, match="at most 1,000 conditions"):
        Log.objects.matching(Group((Condition("model", Operator.IS, "x"),) * 1001))


def test_a_pattern_that_is_none_is_refused_with_a_sentence(rows: None) -> None:
    with pytest.raises(FilterError, match="The pattern cannot be used"), time_limit(5000):
        found("model", Operator.MATCHES, "((")


def test_a_pattern_that_explodes_is_given_up(workspace: Workspace) -> None:
    keep_logs(workspace, note="a" * 401 + "b")
    with pytest.raises(TimeLimitError, match=r"longer than 0\.2 s"), time_limit(200):
        found("note", Operator.MATCHES, r"^(a+)(a+)(a+)\1\2\3b$")
    assert found("model", Operator.IS, "gpt-4o")
