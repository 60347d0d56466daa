"""How a list is drawn as it stands in its address: `cols=status,meta.lang&sort=-tokens`. Read once, then spelled
again in every link, and kept with a saved view. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote, urlencode

COLUMNS_KEY, SORT_KEY = "cols", "sort"
GRID_KEYS = (COLUMNS_KEY, SORT_KEY)
META = "meta."
FIRST_NAMES = (
    "preview",
    "input_preview",
)  # Of what the rows of the lists begin with, whatever their columns.
MOST_COLUMNS = 30
ASCENDING, DESCENDING = "ascending", "descending"


@dataclass(frozen=True, slots=True)
class Column:
    """What a list can show of each row, beside what it begins with. `title` explains it on hover."""

    name: str
    label: str
    title: str = ""
    is_number: bool = False

    @property
    def spelled(self) -> str:
        """In a list of names. A comma stands between them; in one it is spelled, as is the sign that spells it."""
        return self.name.replace("%", "%25").replace(",", "%2C")

    @property
    def meta_key(self) -> str:
        """Of the meta that it shows; empty for a column of another kind."""
        return self.name.removeprefix(META) if self.name.startswith(META) else ""

    @property
    def css(self) -> str:
        """Its class. All meta has one, and each key one of its own, by which its width is kept."""
        if self.meta_key:
            return f"grid__meta grid__m{zlib.crc32(self.name.encode(errors='replace')):x}"
        return f"grid__{self.name} num" if self.is_number else f"grid__{self.name}"


@dataclass(frozen=True, slots=True)
class Sort:
    """By the name of a column; rows that are equal in it follow each other by their ids, in the same direction."""

    name: str
    is_descending: bool = False

    @property
    def spelled(self) -> str:
        return f"-{self.name}" if self.is_descending else self.name

    @property
    def direction(self) -> str:
        return DESCENDING if self.is_descending else ASCENDING


class ColumnRegistry:
    """The columns of one list by name; names that begin with a prefix (`meta.`) are columns as well. `first` is what
    every row begins with, and by itself the name of a list without columns. `sorts` are names with the direction
    in which people want them first; the first of them is the list's own."""

    def __init__(
        self,
        columns: Iterable[Column],
        *,
        first: Column,
        usual: Sequence[str],
        sorts: Sequence[Sort] = (),
        prefixes: Collection[str] = (),
    ) -> None:
        self.first = first
        self.columns = {column.name: column for column in columns}
        self.prefixes = tuple(prefixes)
        self.sorts = {sort.name: sort for sort in sorts}
        self.usual = tuple(self.columns[name] for name in usual)

    def find(self, name: str) -> Column | None:
        if name in self.columns:
            return self.columns[name]
        if any(name.startswith(prefix) and name != prefix for prefix in self.prefixes):
            return Column(name, name)
        return None

    @property
    def usual_sort(self) -> Sort | None:
        return next(iter(self.sorts.values()), None)

    def find_sort(self, spelled: str) -> Sort | None:
        name = spelled.removeprefix("-")
        return Sort(name, spelled.startswith("-")) if name in self.sorts else None


@dataclass(frozen=True)
class GridState:
    """`is_chosen` when the address says the columns, else they are those that the person kept, or the usual ones.
    `ignored` are names that are none, which the page says."""

    registry: ColumnRegistry
    columns: tuple[Column, ...]
    sort: Sort | None
    is_chosen: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def is_usual(self) -> bool:
        return self.columns == self.registry.usual

    @cached_property
    def query(self) -> str:
        """What of this stands in the addresses of the list; empty for the list as it is."""
        return urlencode(self.pairs, safe=",")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        pairs = [(COLUMNS_KEY, self.spelled_columns)] if self.is_chosen else []
        is_own = self.sort is None or self.sort == self.registry.usual_sort
        return pairs if is_own or self.sort is None else [*pairs, (SORT_KEY, self.sort.spelled)]

    @property
    def spelled_columns(self) -> str:
        return ",".join(column.spelled for column in self.columns or (self.registry.first,))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def with_columns(self, columns: Iterable[Column]) -> GridState:
        return replace(self, columns=tuple(columns), is_chosen=True)

    def usually(self) -> GridState:
        return self.with_columns(self.registry.usual)

    def moved(self, name: str, step: int) -> GridState:
        """With a column one place further left (-1) or right (1), as far as there is a place."""
        columns = list(self.columns)
        place = self.names.index(name)
        target = min(max(place + step, 0), len(columns) - 1)
        columns.insert(target, columns.pop(place))
        return self.with_columns(columns)

    def adding(self, name: str) -> GridState:
        """With one more column, at the end."""
        column = self.registry.find(name)
        return self if column is None or name in self.names else self.with_columns([*self.columns, column])

    def sorted_by(self, name: str) -> GridState:
        """What a click on the head of a column leads to: its first direction, then the other one."""
        wanted = self.registry.sorts[name]
        if self.sort == wanted:
            wanted = replace(wanted, is_descending=not wanted.is_descending)
        return replace(self, sort=wanted)

    def direction_of(self, name: str) -> str:
        """As `aria-sort` has it; empty for a column by which the list is not sorted."""
        return self.sort.direction if self.sort is not None and self.sort.name == name else ""


def read_grid(
    lists: Iterable[tuple[str, list[str]]], registry: ColumnRegistry, *, kept: Sequence[str] = ()
) -> GridState:
    """`lists` as `QueryDict.lists()` gives them, where a form sends each column as a value of its own. `kept` are the
    names of the columns that the person sees when the address names none."""
    given = dict(lists)
    names = [_unescaped(name) for value in given.get(COLUMNS_KEY, []) for name in value.split(",") if name]
    chosen = _columns(names, registry)
    is_chosen = bool(chosen) or registry.first.name in names
    kept_columns = _columns(kept, registry) if kept else registry.usual
    sorts = [value for value in given.get(SORT_KEY, []) if value]
    sort = registry.find_sort(sorts[-1]) if sorts else None
    ignored = [name for name in names if name != registry.first.name and registry.find(name) is None]
    if sorts and sort is None:
        ignored.append(f"{SORT_KEY}={sorts[-1]}")
    return GridState(
        registry,
        chosen if is_chosen else kept_columns,
        sort or registry.usual_sort,
        is_chosen=is_chosen,
        ignored=tuple(ignored),
    )


def _columns(names: Iterable[str], registry: ColumnRegistry) -> tuple[Column, ...]:
    found = (registry.find(name) for name in dict.fromkeys(names))
    return tuple(column for column in found if column is not None)[:MOST_COLUMNS]


def _unescaped(name: str) -> str:
    return unquote(name).replace("\x00", "")
