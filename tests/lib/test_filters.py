from __future__ import annotations

from contextlib import suppress

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from project.lib.filters import (
    Condition,
    FieldKind,
    FieldRegistry,
    FilterError,
    FilterField,
    Group,
    Operator,
    parse_query,
)

CHOICE = (Operator.IS, Operator.IS_NOT, Operator.IN)


def as_query(condition: Condition) -> Q:
    return Q((f"{condition.field}:{condition.operator.name}", condition.value))


FIELDS = FieldRegistry(
    (
        FilterField("q", "Words", (Operator.SEARCH,), as_query),
        FilterField("status", "Status", CHOICE, as_query),
        FilterField("tag", "Tag", (*CHOICE, Operator.EXISTS, Operator.MISSING), as_query),
        FilterField("tokens", "Tokens", (Operator.BETWEEN, Operator.IS), as_query, kind=FieldKind.NUMBER),
    ),
    {"meta.": FilterField("meta", "Meta", (*CHOICE, Operator.EXISTS, Operator.MISSING), as_query)},
)


@pytest.mark.parametrize(
    ("key", "values", "condition"),
    [
        ("status", ["new"], Condition("status", Operator.IS, "new")),
        ("status", ["new", "flagged"], Condition("status", Operator.IN, ("new", "flagged"))),
        ("status", ["", "new"], Condition("status", Operator.IS, "new")),
        ("-status", ["new"], Group((Condition("status", Operator.IS_NOT, "new"),))),
        ("tag", ["*"], Condition("tag", Operator.EXISTS)),
        ("-tag", ["*"], Condition("tag", Operator.MISSING)),
        ("status", ["*"], Condition("status", Operator.IS, "*")),
        ("tokens", ["1..5", "7.."], Condition("tokens", Operator.BETWEEN, "7..")),
        ("q", ["refund", "late"], Condition("q", Operator.SEARCH, "refund late")),
        ("meta.lang", ["de"], Condition("meta.lang", Operator.IS, "de")),
        ("meta.a.b", ["*"], Condition("meta.a.b", Operator.EXISTS)),
        ("status:contains", ["a", "b"], Condition("status", Operator.CONTAINS, ("a", "b"))),
        ("meta.a:b:null", ["yes"], Condition("meta.a:b", Operator.IS_NULL, ("yes",))),
        ("meta.a:b", ["x"], Condition("meta.a:b", Operator.IS, "x")),
    ],
)
def test_the_address_is_read_as_conditions(key: str, values: list[str], condition: Condition | Group) -> None:
    assert parse_query([(key, values)], FIELDS) == (Group((condition,)), ())


@pytest.mark.parametrize("values", [[], [""], ["", ""]])
def test_an_empty_value_is_no_filter(values: list[str]) -> None:
    group, ignored = parse_query([("status", values)], FIELDS)
    assert not group
    assert not ignored


def test_names_that_no_field_has_are_told() -> None:
    group, ignored = parse_query(
        [("colour", ["red"]), ("status", ["new"]), ("-shape", ["x"]), ("-status:in", ["x"])], FIELDS
    )
    assert len(group.conditions) == 1
    assert ignored == ("colour", "-shape", "-status:in")


fields = st.sampled_from(
    ["q", "-q", "status", "-status", "tag", "-tag", "tokens", "-tokens", "meta.a", "-meta.a", "-"]
)


@given(st.dictionaries(fields | st.text(), st.lists(st.text() | st.just("*"))))
def test_every_address_is_a_filter_or_a_refusal(query: dict[str, list[str]]) -> None:
    group, ignored = parse_query(query.items(), FIELDS)
    assert set(ignored) <= set(query)
    with suppress(FilterError):
        assert isinstance(FIELDS.compile(group), Q)


def test_all_conditions_of_a_group_hold() -> None:
    group = Group((Condition("status", Operator.IS, "new"), Condition("tokens", Operator.IS, "5")))
    assert FIELDS.compile(group) == Q(("status:IS", "new")) & Q(("tokens:IS", "5"))


def test_any_condition_of_a_group_may_hold() -> None:
    group = Group(
        (Condition("status", Operator.IS, "new"), Condition("tokens", Operator.IS, "5")), is_any=True
    )
    assert FIELDS.compile(group) == Q(("status:IS", "new")) | Q(("tokens:IS", "5"))


@pytest.mark.parametrize("is_any", [True, False])
def test_an_empty_group_restricts_nothing(is_any: bool) -> None:  # noqa: FBT001
    assert FIELDS.compile(Group((), is_any=is_any)) == Q()


def test_an_unknown_field_is_refused_with_the_names_of_the_others() -> None:
    with pytest.raises(
        FilterError, match=r"no field 'colour'; the fields are q, status, tag, tokens, meta\.<key>"
    ):
        FIELDS.compile(Condition("colour", Operator.IS, "red"))


def test_an_operator_that_a_field_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(
        FilterError, match=r"Tokens cannot be filtered by .has the words.; it can by between, is"
    ):
        FIELDS.compile(Group((Group((Condition("tokens", Operator.SEARCH, "5"),)),)))
