"""The heads of a list's columns, by which it is sorted, and the menu in which they are chosen and ordered. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from records.gridstate import META, Column, GridState

Address = Callable[[GridState], str]
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """Of a column by which the list can be sorted there is an address of the list sorted so, or the other way."""

    column: Column
    direction: str
    sort_url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A column in the menu. Shown ones lead to the list with them further left or right, where there is a place."""

    column: Column
    left_url: str = ""
    right_url: str = ""


@dataclass(frozen=True, slots=True)
class GridMenu:
    """`hidden` is what the form of the menu sends along. `can_name`: there are columns that it cannot all offer."""

    first: Column
    heads: tuple[Head, ...]
    shown: tuple[Choice, ...]
    others: tuple[Choice, ...]
    usual_url: str
    hidden: Pairs
    can_name: bool


def grid_menu(
    grid: GridState, *, sorted_at: Address, shown_at: Address, hidden: Pairs, meta_keys: Sequence[str] = ()
) -> GridMenu:
    """`sorted_at` is the address of a list in another order, which begins anew; `shown_at` of the same rows in other
    columns. `meta_keys` are offered as columns."""
    registry = grid.registry
    offered = [*registry.columns.values(), *(Column(f"{META}{key}", f"{META}{key}") for key in meta_keys)]
    return GridMenu(
        first=registry.first,
        heads=tuple(_head(column, grid, sorted_at) for column in grid.columns),
        shown=tuple(_choice(column, grid, shown_at) for column in grid.columns),
        others=tuple(Choice(column) for column in offered if column.name not in grid.names),
        usual_url="" if grid.is_usual else shown_at(grid.usually()),
        hidden=hidden,
        can_name=bool(registry.prefixes),
    )


def _head(column: Column, grid: GridState, sorted_at: Address) -> Head:
    can_sort = column.name in grid.registry.sorts
    return Head(
        column,
        direction=grid.direction_of(column.name),
        sort_url=sorted_at(grid.sorted_by(column.name)) if can_sort else "",
    )


def _choice(column: Column, grid: GridState, shown_at: Address) -> Choice:
    return Choice(
        column,
        left_url="" if column == grid.columns[0] else shown_at(grid.moved(column.name, -1)),
        right_url="" if column == grid.columns[-1] else shown_at(grid.moved(column.name, 1)),
    )
