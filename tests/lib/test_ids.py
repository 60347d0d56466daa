from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib.ids import PackedIds, new_id, parse_id


def test_ids_are_in_the_order_of_their_making() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert all(earlier < later for earlier, later in pairwise(ids))


def test_ids_are_of_version_seven() -> None:
    assert new_id().version == 7


@given(st.uuids())
def test_an_id_is_read_in_both_spellings(value: UUID) -> None:
    assert parse_id(str(value)) == parse_id(str(value).upper()) == parse_id(value.hex) == value


@given(st.text(st.characters(exclude_categories=[])))
def test_any_other_text_is_no_id(text: str) -> None:
    found = parse_id(text)
    assert found is None or found.hex in text.lower().replace("-", "")


@pytest.mark.parametrize(
    "text", ["", "1", "019a2b3c", "019a2b3c-0000-7000-8000-00000000000g", "\x00", "../etc"]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert parse_id(text) is None


@given(st.lists(st.uuids(), max_size=20), st.integers(-3, 25), st.integers(-3, 25))
def test_packed_ids_are_read_like_a_list(values: list[UUID], begin: int, end: int) -> None:
    packed = PackedIds(values)
    assert list(packed) == values
    assert packed[begin:end] == values[begin:end]
    assert [packed[place] for place in range(len(values))] == values
