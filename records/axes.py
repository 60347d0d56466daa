"""Where the bars of a field begin, and how the range of some of them is said in an address and to people. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from project.lib.errors import InvalidError
from project.lib.moments import parse_moment
from project.lib.ranges import Range, read_range

BARS = 24
_NOTHING = Decimal(0)
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_SPANS = (
    *(timedelta(seconds=number) for number in (1, 5, 15, 30, 60, 300, 900, 1_800)),
    *(timedelta(hours=number) for number in (1, 3, 6, 12)),
    *(timedelta(days=number) for number in (1, 2, 7, 14, 28, 91, 182, 364)),
)


class AxisValueError(InvalidError):
    """No value of this axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """`edges` are where one bar ends and the next begins: the first bar has no beginning, the last one no end."""

    edges: tuple[Any, ...]
    spell: Callable[[Any], str]
    spell_end: Callable[[Any], str]
    """Of the value at which a range ends, which does not belong to it."""
    read: Callable[[str], Any]

    def range_of(self, first: int, last: int) -> str:
        """From one bar to another, as it stands in the address."""
        return f"{self.low_of(first)}..{self.high_of(last)}"

    def low_of(self, place: int) -> str:
        return self.spell(self.edges[place - 1]) if place else ""

    def high_of(self, place: int) -> str:
        return self.spell_end(self.edges[place]) if place < len(self.edges) else ""

    def words_of(self, place: int) -> str:
        low, high = self.low_of(place), self.high_of(place).replace("<", "below ")
        if not low:
            return high if high.startswith("below") else f"up to {high}"
        if not high:
            return f"{low} and more"
        return low if low == high else f"{low} to {high}"

    def places_in(self, chosen: str) -> range:
        """The bars that begin within a range as it was said; none while it cannot be read."""
        try:
            wanted: Range[Any] = read_range(chosen, self.read)
        except InvalidError:
            return range(0)
        starts = [None, *self.edges]
        inside = [place for place, start in enumerate(starts) if _begins_in(start, wanted)]
        return range(inside[0], inside[-1] + 1) if inside else range(0)


def whole_axis(low: int, high: int) -> Axis:
    step = max(1, int(_step(Decimal(high - low + 1))))
    edges = tuple(range(low // step * step, high + 1, step))[1:] or (low, low + 1)
    return Axis(edges, str, lambda end: str(end - 1), _read_int)


def decimal_axis(low: Decimal, high: Decimal, *, least: Decimal = _NOTHING) -> Axis:
    """`least` is the smallest step that says anything: 1 for whole numbers."""
    step = max(least, _step(high - low)) if high > low else least or Decimal(1)
    first, last = math.floor(low / step), math.floor(high / step)
    edges = tuple(place * step for place in range(first + 1, last + 1)) or (low, low + step)
    return Axis(edges, _plain, lambda end: f"<{_plain(end)}", _read_decimal)


def time_axis(low: datetime, high: datetime) -> Axis:
    step = next((span for span in _SPANS if (high - low) / span <= BARS), _SPANS[-1])
    begin = _MONDAY + (low - _MONDAY) // step * step
    number = (high - begin) // step
    edges = tuple(begin + place * step for place in range(1, min(number, 10 * BARS) + 1)) or (
        begin,
        begin + step,
    )
    if step % _DAY:
        return Axis(edges, _second, lambda end: f"<{_second(end)}", parse_moment)
    return Axis(edges, _day, lambda end: _day(end - _DAY), parse_moment)


def _step(span: Decimal) -> Decimal:
    """The smallest round one with which at most BARS bars hold the span."""
    rough = span / BARS
    unit = Decimal(10) ** rough.adjusted()
    return next(step * unit for step in _STEPS if step * unit >= rough)


def _begins_in(start: Any, wanted: Range[Any]) -> bool:
    if start is None:
        return wanted.low is None
    return (wanted.low is None or start >= wanted.low) and (wanted.high is None or start <= wanted.high)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _read_int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise AxisValueError(f"{text[:40]!r} is not a whole number.") from None


def _read_decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise AxisValueError(f"{text[:40]!r} is not a number.") from None
