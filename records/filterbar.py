"""The filter as it stands in the address of the record list: read once, then spelled again in every link. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from project.lib import filterwords
from project.lib.filters import Condition, FieldRegistry, FilterField, Group, parse_query, split_operator
from records.fields import RECORD_FIELDS
from records.gridstate import COLUMNS_KEY, GRID_KEYS

# What stands in the address of a list beside the filter.
PLACE_KEYS = ("after", "before", "page")
ADDING_KEYS = ("meta_key", "meta_is", "meta_value")
_STAYING = (*PLACE_KEYS, "record", "log")
# What stands beside the filter in every link of the list: columns and sort, and the saved view that it began from.
CARRIED_KEYS = (*GRID_KEYS, "saved")
_OTHER_KEYS = {*PLACE_KEYS, *ADDING_KEYS, "record", "view", "from", "format"}
_CONTROLS = {"q", "status", "origin", "tag"}
ANY = "*"

Pairs = tuple[tuple[str, tuple[str, ...]], ...]
Added = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, and the filter without it."""

    key: str
    text: str
    query_without: str
    is_ignored: bool = False


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
    def chips(self) -> tuple[Chip, ...]:
        return tuple(
            Chip(key, _in_words(key, values, self.registry), self._query_without(key), key in self.ignored)
            for key, values in self.pairs
        )

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

    def _query_without(self, key: str) -> str:
        return spelled(pair for pair in (*self.pairs, *self.carried) if pair[0] != key)


def read_filter(
    lists: Iterable[tuple[str, list[str]]],
    *,
    registry: FieldRegistry = RECORD_FIELDS,
    other_keys: Collection[str] = _OTHER_KEYS,
    carried_keys: Collection[str] = CARRIED_KEYS,
) -> ListFilter:
    """The filter of a query string; `lists` as `QueryDict.lists()` gives them."""
    given = [
        (storable(key), [storable(value) for value in values])
        for key, values in lists
        if key not in other_keys
    ]
    said = [(key, tuple(dict.fromkeys(filter(None, values)))) for key, values in given if any(values)]
    pairs = tuple(pair for pair in said if pair[0] not in carried_keys)
    condition, ignored = parse_query([(key, list(values)) for key, values in pairs], registry)
    values_of = dict(said)
    carried = tuple((key, _one_by_one(key, values_of[key])) for key in carried_keys if key in values_of)
    return ListFilter(pairs, condition, ignored, registry, carried)


def added_condition(key: str, comparison: str, value: str) -> Added:
    """The pair that the add-a-filter form means, or None while its key is empty."""
    name = key.strip().removeprefix("meta.")
    if not name:
        return None
    is_negative = comparison in {"not", "missing"}
    wanted = ANY if comparison in {"exists", "missing"} or not value.strip() else value.strip()
    return f"{'-' if is_negative else ''}meta.{name}", wanted


def clean_query(
    given: QueryDict,
    list_filter: ListFilter,
    *,
    adding: Collection[str] = ADDING_KEYS,
    read_added: Callable[[str, str, str], Added] = added_condition,
) -> str | None:
    """The filter that the address should have, if it has another: after a form was sent, which sends what is empty
    too, a new condition as the three fields that `adding` names, and columns one by one."""
    has_empty = any(not value for _, values in given.lists() for value in values)
    has_columns = len(given.getlist(COLUMNS_KEY)) > 1
    if not has_empty and not has_columns and not any(key in given for key in adding):
        return None
    pairs = [(key, value) for key, values in list_filter.pairs for value in values]
    added = read_added(*(given.get(name, "") for name in adding))
    if added and added not in pairs:
        pairs.append(added)
    pairs += [(key, value) for key, values in list_filter.carried for value in values]
    pairs += [(key, str(given[key])) for key in _STAYING if given.get(key)]
    return spelled(pairs)


def spelled(pairs: Iterable[tuple[str, str | Sequence[str]]]) -> str:
    """A query string, in which commas are for people to read."""
    return urlencode(list(pairs), doseq=True, safe=",")


def _one_by_one(key: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """A form sends each column as a value of its own; an address has them in one."""
    return (",".join(values),) if key == COLUMNS_KEY else values


def storable(value: str) -> str:
    return value.replace("\x00", "")


def _in_words(key: str, values: tuple[str, ...], registry: FieldRegistry) -> str:
    name, is_negative = (key[1:], True) if key.startswith("-") else (key, False)
    name, operator = split_operator(name)
    field = registry.find(name)
    if field is None or (operator is not None and is_negative):
        return f"{key} is not a filter, ignored"
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
