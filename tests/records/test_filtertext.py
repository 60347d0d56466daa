"""A filter as text and in the address say the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from project.lib.filters import FilterError
from records.fields import RECORD_FIELDS
from records.filterbar import read_filter
from records.filtertext import read_text

VALUES = st.text('ab1 ",\\:<>=-*.é', min_size=1, max_size=8)
KEYS = st.sampled_from(
    [
        "status",
        "-status",
        "tag",
        "-tag",
        "tokens",
        "tokens:gte",
        "source:contains",
        "meta.a b",
        "-meta.a:b",
        "q",
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, st.lists(VALUES, min_size=1, max_size=3, unique=True), max_size=4))
def test_text_is_read_back_to_the_filter_that_it_spells(lists: dict[str, list[str]]) -> None:
    given_filter = read_filter(lists.items())
    again = read_filter(read_text(given_filter.as_text, RECORD_FIELDS))
    assert again.condition == given_filter.condition


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("status:flagged,new -tag:spam", "status=flagged&status=new&-tag=spam"),
        ("late tokens:>=500 refund", "q=late+refund&tokens%3Agte=500"),
        ('"two words" -not', "q=%22two+words%22+-not"),
        ("-source:contains:shop", "source%3Anot_contains=shop"),
        ('"meta.a:b":c', "meta.a%3Ab=c"),
        ("meta.lang:* -split:*", "-split=%2A&meta.lang=%2A"),
        ("tokens:5..10", "tokens=5..10"),
        ('tag:"a, b",c', "tag=a,+b&tag=c"),
    ],
)
def test_text_becomes_an_address(text: str, query: str) -> None:
    assert read_filter(read_text(text, RECORD_FIELDS)).query == query


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour:red", "There is no field 'colour'; the fields are q, status, tag,"),
        ('tag:"a', "A quote is not closed"),
        ("status:", "status: needs a value"),
        ("-tokens:>=5", "cannot be excluded"),
        ("x" * 5_000, "at most 4,000 characters"),
    ],
)
def test_text_that_says_nothing_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FilterError) as refused:
        read_text(text, RECORD_FIELDS)
    assert sentence in str(refused.value)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text('ab:" \\,-<>=é', max_size=40))
def test_any_text_is_a_filter_or_a_refusal(text: str) -> None:
    try:
        pairs = read_text(text, RECORD_FIELDS)
    except FilterError:
        return
    assert all(values for _, values in pairs)


def test_one_filter_has_one_address() -> None:
    lists = [
        ("meta.b", ["1"]),
        ("-tag", ["x"]),
        ("what", ["?"]),
        ("q", ["late"]),
        ("status", ["new"]),
        ("meta.a", ["2"]),
    ]
    query = "q=late&status=new&-tag=x&meta.a=2&meta.b=1"
    assert read_filter(lists).query == query
    assert read_filter(reversed(lists)).query == query
