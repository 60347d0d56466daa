"""What a click on a value or a bar makes of the filter: include it, exclude it, or take that back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from project.lib.filters import Operator
from records.axes import Axis
from records.filterbar import ListFilter
from records.filterforms import ANY

MISSING = "missing"
HEIGHT, STEP = 40, 10  # Of the picture, and of one bar with the gap behind it.


@dataclass(frozen=True, slots=True)
class ValueLink:
    """A value of a facet with the filters that its two links lead to. `width` is its share of the commonest, in %. What
    is in the filter is listed though it is not among the commonest; it has no number then."""

    text: str
    number: int | None
    width: int
    is_missing: bool
    is_chosen: bool
    is_excluded: bool
    query: str
    exclude_query: str


@dataclass(frozen=True, slots=True)
class BarLink:
    """`low` and `high` as a range of several bars would be said."""

    x: int
    y: float
    height: float
    number: int
    words: str
    low: str
    high: str
    is_chosen: bool
    query: str


def value_links(
    list_filter: ListFilter, name: str, counted: Iterable[tuple[str | None, int]], labels: Mapping[str, str]
) -> list[ValueLink]:
    """`labels` are what values are called; others by themselves."""
    found: dict[str | None, int | None] = dict(counted)
    most = max((number for number in found.values() if number), default=1)
    choice = _Choice(list_filter, name)
    found |= {value: None for value in (*choice.included, *choice.excluded) if value not in found}
    return [
        ValueLink(
            text=MISSING if value is None else labels.get(value, value),
            number=number,
            width=round(100 * (number or 0) / most),
            is_missing=value is None,
            is_chosen=choice.has(value),
            is_excluded=choice.has_not(value),
            query=choice.query(value),
            exclude_query=choice.exclude_query(value),
        )
        for value, number in found.items()
    ]


def others_of(list_filter: ListFilter, name: str, *keys: str) -> ListFilter:
    """The filter without what this facet itself says in it."""
    for key in (name, f"-{name}", *keys):
        list_filter = list_filter.without(key)
    return list_filter


def bar_links(list_filter: ListFilter, name: str, numbers: Sequence[int], axis: Axis) -> list[BarLink]:
    most = max(numbers, default=1) or 1
    key = range_key(list_filter, name)
    said = list_filter.values(key)
    chosen = axis.places_in(said[-1]) if said else range(0)
    return [
        BarLink(
            x=place * STEP,
            y=HEIGHT - (height := _height(number, most)),
            height=height,
            number=number,
            words=axis.words_of(place),
            low=axis.low_of(place),
            high=axis.high_of(place),
            is_chosen=place in chosen,
            query=list_filter.with_pairs({key: [axis.range_of(place, place)]}),
        )
        for place, number in enumerate(numbers)
    ]


def range_key(list_filter: ListFilter, name: str) -> str:
    """Under which a range of the field stands in the address."""
    field = list_filter.registry.named(name)
    return name if field.is_ordered else f"{name}:between"


class _Choice:
    """What the filter says of one field, and the filters that say one thing more or less."""

    def __init__(self, list_filter: ListFilter, name: str) -> None:
        self.filter, self.name, self.excluding = list_filter, name, f"-{name}"
        has_empty = Operator.EMPTY in list_filter.registry.named(name).operators
        self.missing = (f"{name}:empty", "yes") if has_empty else (self.excluding, ANY)
        self.present = (f"{name}:not_empty", "yes") if has_empty else (name, ANY)
        self.included = [value for value in list_filter.values(name) if value != ANY]
        self.excluded = [value for value in list_filter.values(self.excluding) if value != ANY]

    def has(self, value: str | None) -> bool:
        return self._says(self.missing) if value is None else value in self.included

    def has_not(self, value: str | None) -> bool:
        return self._says(self.present) if value is None else value in self.excluded

    def query(self, value: str | None) -> str:
        if value is None:
            return self._query() if self._says(self.missing) else self._query(presence=self.missing)
        return self._query(_toggled(self.included, value), _without(self.excluded, value))

    def exclude_query(self, value: str | None) -> str:
        if value is None:
            presence = None if self._says(self.present) else self.present
            return self._query(excluded=self.excluded, presence=presence)
        included = _without(self.included, value)
        presence = self.present if self._says(self.present) and not included else None
        return self._query(included, _toggled(self.excluded, value), presence)

    def _says(self, pair: tuple[str, str]) -> bool:
        return pair[1] in self.filter.values(pair[0])

    def _query(
        self,
        included: Sequence[str] = (),
        excluded: Sequence[str] = (),
        presence: tuple[str, str] | None = None,
    ) -> str:
        changed: dict[str, Sequence[str]] = {self.missing[0]: (), self.present[0]: ()}
        changed |= {self.name: included, self.excluding: excluded}
        if presence is not None:
            changed[presence[0]] = (presence[1],)
        return self.filter.with_pairs(changed)


def _toggled(values: Sequence[str], value: str) -> list[str]:
    return _without(values, value) if value in values else [*values, value]


def _without(values: Sequence[str], value: str) -> list[str]:
    return [one for one in values if one != value]


def _height(number: int, most: int) -> float:
    return 0 if not number else max(2.0, round(HEIGHT * number / most, 2))
