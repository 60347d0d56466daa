"""The filter as it stands in the address of the record list: read once, then spelled again in every link. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from project.lib import filterwords
from project.lib.filters import Condition, FieldRegistry, FilterField, Group, parse_query, split_operator
from records.fields import RECORD_FIELDS
from records.filterforms import (
    ANY,
    FORM_KEYS,
    Comparison,
    Pairs,
    comparison_of,
    comparisons_of,
    sent_pairs,
    values_of_chip,
)
from records.filtertext import WORDS, spell_text
from records.gridstate import COLUMNS_KEY, FIRST_NAMES, GRID_KEYS

# What stands in the address of a list beside the filter.
PLACE_KEYS = ("after", "before", "page")
_STAYING = (*PLACE_KEYS, "record", "log")
# What stands beside the filter in every link of the list: columns and sort, and the saved view that it began from.
CARRIED_KEYS = (*GRID_KEYS, "saved")
OTHER_KEYS = {*PLACE_KEYS, *FORM_KEYS, "record", "view", "from", "format"}
_CONTROLS = {"q", "status", "tag"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, the filter without it, and what it can be changed to. `values` as its form shows them."""

    key: str
    text: str
    query_without: str
    is_ignored: bool = False
    field: str = ""
    label: str = ""
    values: str = ""
    comparison: str = ""
    comparisons: tuple[Comparison, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListFilter:
    pairs: Pairs
    condition: Group
    ignored: tuple[str, ...]
    registry: FieldRegistry = RECORD_FIELDS
    carried: Pairs = ()

    @property
    def query(self) -> str:
        """The filter as a query string, with what is carried and without what is ignored."""
        pairs = [pair for pair in self.pairs if pair[0] not in self.ignored]
        return spelled([*pairs, *self.carried])

    @property
    def own_query(self) -> str:
        """The filter alone: lists with the same one hold the same records, however these are shown."""
        return spelled(pair for pair in self.pairs if pair[0] not in self.ignored)

    @property
    def carried_query(self) -> str:
        """The same list without a filter."""
        return spelled(self.carried)

    @property
    def view_query(self) -> str:
        """What a saved view keeps: the same string for the same list, however its address was put together."""
        pairs = sorted((key, sorted(values)) for key, values in self.pairs if key not in self.ignored)
        kept = sorted((key, list(values)) for key, values in self.carried if key != "saved")
        return spelled([*pairs, *kept])

    @property
    def search(self) -> str:
        return " ".join(self.values("q"))

    @property
    def search_text(self) -> str:
        """As the search field shows it, which takes conditions among the words."""
        return spell_text((key, values) for key, values in self.pairs if key == WORDS)

    @property
    def chips(self) -> tuple[Chip, ...]:
        return tuple(self._chip(key, values) for key, values in self.pairs)

    @property
    def as_text(self) -> str:
        return spell_text(pair for pair in self.pairs if pair[0] not in self.ignored)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What the filter form must send along, since it has no control for it."""
        return self.beside(_CONTROLS)

    def beside(self, controls: Collection[str]) -> tuple[tuple[str, str], ...]:
        """What no control of a form sends."""
        pairs = [pair for pair in (*self.pairs, *self.carried) if pair[0] not in controls]
        return tuple((key, value) for key, values in pairs if key not in self.ignored for value in values)

    def carrying(self, grid_pairs: Iterable[tuple[str, str]]) -> ListFilter:
        """The same list with these columns and this sort."""
        others = (pair for pair in self.carried if pair[0] not in GRID_KEYS)
        return replace(self, carried=(*((key, (value,)) for key, value in grid_pairs), *others))

    def values(self, key: str) -> tuple[str, ...]:
        return next((values for name, values in (*self.pairs, *self.carried) if name == key), ())

    def without(self, key: str) -> ListFilter:
        pairs = ((name, list(values)) for name, values in (*self.pairs, *self.carried) if name != key)
        carried_keys = [name for name, _ in self.carried]
        return read_filter(pairs, registry=self.registry, other_keys=(), carried_keys=carried_keys)

    def with_pairs(self, changed: Mapping[str, Sequence[str]]) -> str:
        """The query string with these values instead; a key without values goes."""
        lists = {**dict(self.pairs), **changed}
        pairs = in_order(((key, tuple(values)) for key, values in lists.items() if values), self.registry)
        return spelled([*(pair for pair in pairs if pair[0] not in self.ignored), *self.carried])

    def _chip(self, key: str, values: tuple[str, ...]) -> Chip:
        text, without = _in_words(key, values, self.registry), self._query_without(key)
        name = split_operator(key.removeprefix("-"))[0]
        field = self.registry.find(name)
        if key in self.ignored or field is None:
            return Chip(key, f"{key} is not a filter, ignored", without, is_ignored=True)
        return Chip(
            key,
            text,
            without,
            field=name,
            label=name if "." in name else field.label,
            values=values_of_chip(values),
            comparison=comparison_of(key, values),
            comparisons=tuple(comparisons_of(field)),
            beside=self.beside((key,)),
        )

    def _query_without(self, key: str) -> str:
        return spelled(pair for pair in (*self.pairs, *self.carried) if pair[0] != key)


def read_filter(
    lists: Iterable[tuple[str, list[str]]],
    *,
    registry: FieldRegistry = RECORD_FIELDS,
    other_keys: Collection[str] = OTHER_KEYS,
    carried_keys: Collection[str] = CARRIED_KEYS,
) -> ListFilter:
    """The filter of a query string; `lists` as `QueryDict.lists()` gives them."""
    given = [
        (storable(key), [storable(value) for value in values])
        for key, values in lists
        if key not in other_keys
    ]
    said = [(key, tuple(dict.fromkeys(filter(None, values)))) for key, values in given if any(values)]
    pairs = in_order((pair for pair in said if pair[0] not in carried_keys), registry)
    condition, ignored = parse_query([(key, list(values)) for key, values in pairs], registry)
    values_of = dict(said)
    carried = tuple((key, _one_by_one(key, values_of[key])) for key in carried_keys if key in values_of)
    return ListFilter(pairs, condition, ignored, registry, carried)


def clean_query(given: QueryDict, list_filter: ListFilter) -> str | None:
    """The filter that the address should have, if it has another: after a form was sent, which sends what is empty
    too, what it changes as fields of its own, and columns one by one. Raises FilterError."""
    has_empty = any(not value for _, values in given.lists() for value in values)
    has_columns = len(given.getlist(COLUMNS_KEY)) > 1
    sent = {key: storable(given.get(key, "")) for key in FORM_KEYS if key in given}
    if not has_empty and not has_columns and not sent:
        return None
    pairs = in_order(sent_pairs(sent, list_filter.pairs, list_filter.registry), list_filter.registry)
    staying = [(key, (str(given[key]),)) for key in _STAYING if given.get(key)]
    return spelled([*pairs, *list_filter.carried, *staying])


def in_order(pairs: Iterable[tuple[str, tuple[str, ...]]], registry: FieldRegistry) -> Pairs:
    """As the registry has the fields, whatever the order in which they were said: one filter has one address."""
    places = {name: place for place, name in enumerate(registry.fields)}

    def place_of(pair: tuple[str, tuple[str, ...]]) -> tuple[int, str]:
        name = split_operator(pair[0].removeprefix("-"))[0]
        is_known = name in places or registry.find(name) is not None
        return places.get(name, len(places) if is_known else len(places) + 1), name if is_known else ""

    return tuple(sorted(pairs, key=place_of))


def spelled(pairs: Iterable[tuple[str, str | Sequence[str]]]) -> str:
    """A query string, in which commas are for people to read."""
    return urlencode(list(pairs), doseq=True, safe=",")


def _one_by_one(key: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """A form sends each column as a value of its own, and always the first one; an address has them in one."""
    if key != COLUMNS_KEY:
        return values
    others = [value for value in values if value not in FIRST_NAMES]
    return (",".join(others or values[:1]),)


def storable(value: str) -> str:
    return value.replace("\x00", "")


def _in_words(key: str, values: tuple[str, ...], registry: FieldRegistry) -> str:
    name, is_negative = (key[1:], True) if key.startswith("-") else (key, False)
    name, operator = split_operator(name)
    field = registry.find(name)
    if field is None:
        return key
    label = name if "." in name else field.label
    if operator is not None:
        return filterwords.in_words(Condition(name, operator, values), registry)
    if values == (ANY,):
        return f"{label}: {'none' if is_negative else 'any'}"
    return (
        f"{label}: {'not ' if is_negative else ''}{' or '.join(_label_of(field, value) for value in values)}"
    )


def _label_of(field: FilterField, value: str) -> str:
    return dict(field.choices).get(value, value)
