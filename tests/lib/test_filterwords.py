from __future__ import annotations

import pytest

from project.lib import filterwords
from project.lib.filters import Condition, Group, Operator
from records.fields import RECORD_FIELDS


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("300..500", "Tokens between 300..500"),
        ("300..", "Tokens is at least 300"),
        ("..99", "Tokens is at most 99"),
        ("..<99", "Tokens is less than 99"),
        ("..", "Tokens between .."),
    ],
)
def test_a_range_without_one_of_its_ends_is_told_by_the_other(value: str, words: str) -> None:
    condition = Condition("tokens", Operator.BETWEEN, value)
    assert filterwords.in_words(Group((condition,)), RECORD_FIELDS) == words


def test_an_open_range_of_time_is_told_to_the_minute() -> None:
    condition = Condition("created", Operator.BETWEEN, "2026-03-01T10:00:30Z..")
    assert filterwords.in_words(condition, RECORD_FIELDS) == "Created is at least 2026-03-01 10:00"
