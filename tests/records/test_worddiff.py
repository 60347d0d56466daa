from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.worddiff import MOST_WORDS, compare_words

WORDS = st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "東", "京", "مرحبا"]), max_size=30).map("".join)


def _own(parts: tuple[tuple[str, bool], ...]) -> list[str]:
    return [text for text, is_own in parts if is_own]


@pytest.mark.parametrize(
    ("left", "right", "of_left", "of_right"),
    [
        ("within 14 days", "within 30 days", ["14"], ["30"]),
        ("the same", "the same", [], []),
        ("", "new text", [], ["new text"]),
        ("東京は晴れ", "東京は雨", ["晴れ"], ["雨"]),
        ("تسليم خلال يومين", "تسليم خلال أسبوع", ["يومين"], ["أسبوع"]),
        ("one two three four", "one 2 three 4", ["two", "four"], ["2", "4"]),
    ],
)
def test_only_the_words_that_differ_are_marked(
    left: str, right: str, of_left: list[str], of_right: list[str]
) -> None:
    sides = compare_words(left, right)
    assert (_own(sides.left), _own(sides.right)) == (of_left, of_right)


@given(WORDS, WORDS)
def test_no_word_is_lost_and_what_is_not_marked_is_the_same(left: str, right: str) -> None:
    sides = compare_words(left, right)
    assert ("".join(part.text for part in sides.left), "".join(part.text for part in sides.right)) == (
        left,
        right,
    )
    shared = ["".join(part.text for part in side if not part.is_own) for side in sides]
    assert shared[0] == shared[1]


def test_a_very_long_difference_is_marked_as_one() -> None:
    left = "start " + "same other " * MOST_WORDS + "end"
    right = "start " + "same another " * MOST_WORDS + "end"
    sides = compare_words(left, right)
    assert [part.is_own for part in sides.left] == [False, True, False]
    assert sides.left[0].text == "start same "
