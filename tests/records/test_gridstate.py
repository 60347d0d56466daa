from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.columns import RECORD_COLUMNS
from records.filterbar import clean_query, read_filter
from records.gridstate import ASCENDING, DESCENDING, MOST_COLUMNS, GridState, read_grid

NAMES = st.sampled_from(
    [*RECORD_COLUMNS.columns, "meta.lang", "meta.a,b", "meta.50%", "meta.größe & co", "meta.%2C"]
)


def _grid(query: str, **kwargs: tuple[str, ...]) -> GridState:
    return read_grid(QueryDict(query).lists(), RECORD_COLUMNS, **kwargs)


def test_an_address_without_columns_shows_the_usual_ones_and_is_spelled_empty() -> None:
    grid = _grid("status=flagged")
    assert grid.is_usual
    assert grid.query == ""


def test_columns_and_sort_are_spelled_as_people_write_them() -> None:
    query = "cols=status,meta.lang,tokens&sort=-tokens"
    grid = _grid(query)
    assert grid.names == ("status", "meta.lang", "tokens")
    assert (grid.direction_of("tokens"), grid.direction_of("status")) == (DESCENDING, "")
    assert grid.query == query


def test_a_form_sends_each_column_as_a_value_of_its_own() -> None:
    assert _grid("cols=preview&cols=tokens&cols=status&cols=").query == "cols=tokens,status"


def test_a_list_may_have_no_columns_beside_the_first() -> None:
    assert _grid("cols=preview").names == ()
    assert _grid("cols=preview").query == "cols=preview"


def test_what_is_no_column_or_no_sort_is_named_and_not_spelled_again() -> None:
    grid = _grid("cols=status,color,meta.&sort=-size")
    assert grid.names == ("status",)
    assert grid.ignored == ("color", "meta.", "sort=-size")
    assert grid.query == "cols=status"
    assert _grid("cols=color").is_usual


def test_a_column_stands_once_and_there_is_an_end_to_them() -> None:
    assert _grid("cols=status,status").names == ("status",)
    assert len(_grid("cols=" + ",".join(f"meta.k{number}" for number in range(99))).columns) == MOST_COLUMNS


def test_kept_columns_are_shown_while_the_address_names_none() -> None:
    assert _grid("", kept=("meta.lang",)).names == ("meta.lang",)
    assert _grid("", kept=("meta.lang",)).query == ""
    assert _grid("", kept=("preview",)).names == ()
    assert _grid("cols=key", kept=("meta.lang",)).names == ("key",)


@pytest.mark.parametrize(
    ("name", "step", "names"),
    [
        ("tokens", -1, ("tokens", "status", "key")),
        ("tokens", 1, ("status", "key", "tokens")),
        ("key", 1, ("status", "tokens", "key")),
        ("status", -1, ("status", "tokens", "key")),
    ],
)
def test_columns_move_as_far_as_there_is_a_place(name: str, step: int, names: tuple[str, ...]) -> None:
    assert _grid("cols=status,tokens,key").moved(name, step).names == names


def test_a_column_is_added_at_the_end_once() -> None:
    grid = _grid("cols=status").adding("meta.lang")
    assert grid.names == ("status", "meta.lang")
    assert grid.adding("meta.lang").adding("color") == grid


def test_a_head_sorts_first_as_people_want_it_and_then_the_other_way() -> None:
    assert _grid("").sorted_by("tokens").query == "sort=-tokens"
    assert _grid("sort=-tokens").sorted_by("tokens").query == "sort=tokens"
    assert _grid("").sorted_by("created").query == "sort=-created"
    assert _grid("sort=-created").sorted_by("created").query == ""
    assert _grid("").direction_of("created") == ASCENDING


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(st.lists(NAMES, unique=True, max_size=6), st.sampled_from(["", "sort=-tokens"]))
def test_what_is_spelled_is_read_back(names: list[str], sort: str) -> None:
    grid = _grid(sort).with_columns(column for name in names if (column := RECORD_COLUMNS.find(name)))
    assert _grid(grid.query) == grid


def test_the_filter_carries_columns_and_sort_when_it_changes() -> None:
    query = "q=refund&status=flagged&cols=key,meta.lang&sort=-tokens"
    list_filter = read_filter(QueryDict(query).lists())
    assert list_filter.query == query
    assert list_filter.own_query == "q=refund&status=flagged"
    assert list_filter.chips[0].query_without == "status=flagged&cols=key,meta.lang&sort=-tokens"
    assert list_filter.without("q").query == "status=flagged&cols=key,meta.lang&sort=-tokens"
    assert list_filter.hidden == (("cols", "key,meta.lang"), ("sort", "-tokens"))


def test_columns_that_a_form_sends_one_by_one_become_one_value_and_keep_the_place() -> None:
    given = QueryDict("status=new&cols=preview&cols=key&sort=tokens&after=abc&q=")
    assert clean_query(given, read_filter(given.lists())) == "status=new&cols=key&sort=tokens&after=abc"
