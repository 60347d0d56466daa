from __future__ import annotations

from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from threads.answers import AnswerChoice, counts_of, read_choice
from threads.types import Scale

NUMBERS = st.floats(0, 1e9, allow_nan=False)


def _read(scale: Scale, choice: AnswerChoice) -> AnswerChoice:
    found = parse_qs(choice.query)
    return read_choice(scale, answer=found.get("answer", [""])[0], state=found.get("state", [""])[0])


def test_options_that_nobody_got_are_counted_too() -> None:
    scale = Scale(options=(("good", "Content."), ("bad", "")))
    assert [(one.choice.value, one.number) for one in counts_of(scale, [("bad", 2)])] == [
        ("good", 0),
        ("bad", 2),
    ]


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_address_of_an_option_means_that_option(value: str) -> None:
    scale = Scale(options=((value, ""),))
    assert _read(scale, AnswerChoice(value=value)) == AnswerChoice(value=value)


@given(st.lists(NUMBERS, min_size=1, max_size=60), NUMBERS, NUMBERS)
def test_each_number_lies_in_one_bar_and_the_address_of_a_bar_means_it(
    answers: list[float], one: float, other: float
) -> None:
    low, high = min(one, other, *answers), max(one, other, *answers) + 1
    scale = Scale(low=low, high=high)
    counted = [(answer, 1) for answer in sorted({*answers, high})]
    bars = counts_of(scale, counted)
    assert sum(bar.number for bar in bars) == len(counted)
    for bar in bars:
        assert _read(scale, bar.choice) == bar.choice
