"""Which of a campaign's logs are meant: those of one answer or range of numbers, or those without an answer. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from project.lib import jsontext
from threads.types import Scale

WAITING, FAILED = "waiting", "failed"
STATES = (WAITING, FAILED)
MOST_BARS = 12
RANGES = 10
_BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """All logs, when nothing is set. The end of a range lies outside, unless it is the end of the scale."""

    state: str = ""
    value: str | float | None = None
    low: float | None = None
    high: float | None = None
    includes_high: bool = False

    @property
    def query(self) -> str:
        """As it stands in an address."""
        if self.state:
            return urlencode({"state": self.state})
        if self.low is not None and self.high is not None:
            return urlencode({"answer": f"{_spelled(self.low)}{_BETWEEN}{_spelled(self.high)}"})
        return "" if self.value is None else urlencode({"answer": _spelled(self.value)})

    @property
    def words(self) -> str:
        if self.state:
            return "not asked yet" if self.state == WAITING else "could not be judged"
        if self.low is not None and self.high is not None:
            return f"{_spelled(self.low)} to {_spelled(self.high)}"
        return "" if self.value is None else _spelled(self.value)


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many logs got an answer, or one of a range of answers."""

    choice: AnswerChoice
    number: int
    meaning: str = ""


def read_choice(scale: Scale | None, *, answer: str, state: str) -> AnswerChoice:
    """What an address means; what it cannot mean is nothing."""
    if state in STATES:
        return AnswerChoice(state=state)
    if scale is None or not answer:
        return AnswerChoice()
    if scale.options:
        return AnswerChoice(value=answer)
    low, _, high = answer.partition(_BETWEEN)
    numbers = [_number(text) for text in (low, high or low)]
    if numbers[0] is None or numbers[1] is None:
        return AnswerChoice()
    if not high:
        return AnswerChoice(value=numbers[0])
    return AnswerChoice(low=numbers[0], high=numbers[1], includes_high=numbers[1] >= scale.high)


def counts_of(scale: Scale, answers: Sequence[tuple[str | float, int]]) -> list[AnswerCount]:
    """The answers in the order of the scale, unsaid options included; many different numbers by ranges."""
    if scale.options:
        found = dict(answers)
        return [
            AnswerCount(AnswerChoice(value=value), found.get(value, 0), meaning)
            for value, meaning in scale.options
        ]
    numbers = sorted((float(answer), number) for answer, number in answers)
    if len(numbers) <= MOST_BARS:
        return [AnswerCount(AnswerChoice(value=answer), number) for answer, number in numbers]
    return _ranges(scale, numbers)


def _ranges(scale: Scale, numbers: Sequence[tuple[float, int]]) -> list[AnswerCount]:
    width = (scale.high - scale.low) / RANGES
    inner = [float(f"{scale.low + place * width:.12g}") for place in range(1, RANGES)]
    edges = [scale.low, *inner, scale.high]
    choices = [
        AnswerChoice(low=low, high=high, includes_high=high == scale.high) for low, high in pairwise(edges)
    ]
    return [
        AnswerCount(choice, sum(number for answer, number in numbers if _lies_in(choice, answer)))
        for choice in choices
    ]


def _lies_in(choice: AnswerChoice, answer: float) -> bool:
    if choice.low is None or choice.high is None:
        return False
    return choice.low <= answer < choice.high or (choice.includes_high and answer == choice.high)


def score_words(score: Any) -> str:
    """An answer, or whatever an evaluator gave."""
    if isinstance(score, bool) or not isinstance(score, str | int | float):
        return jsontext.serialise(score)
    return _spelled(score)


def _spelled(value: str | float) -> str:
    """Numbers so that they are read back as the same."""
    return value if isinstance(value, str) else repr(float(value)).removesuffix(".0")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
