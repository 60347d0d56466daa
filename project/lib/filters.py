"""The one filter language: conditions and groups of them. Every spelling is parsed to these values, and each model's
registry of fields says what they mean. Nothing here knows a model or a spelling but the pages' own query string."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q

from project.lib.errors import InvalidError


class FilterError(InvalidError):
    """A field, operator or value that the filter language does not have."""


class Operator(StrEnum):
    IS = "is"
    IS_NOT = "is not"
    IN = "is one of"
    BETWEEN = "between"
    ABOVE = "is more than"
    AT_LEAST = "is at least"
    BELOW = "is less than"
    AT_MOST = "is at most"
    EXISTS = "exists"
    MISSING = "missing"
    SEARCH = "has the words"


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class Group:
    """All of the conditions, or any of them. An empty group restricts nothing."""

    conditions: tuple[Condition | Group, ...] = ()
    is_any: bool = False

    def __bool__(self) -> bool:
        return bool(self.conditions)


@dataclass(frozen=True, slots=True)
class FilterField:
    """What a field name means for a model. `compile` gets the condition and answers the query for it."""

    name: str
    label: str
    operators: tuple[Operator, ...]
    compile: Callable[[Condition], Q]
    choices: tuple[tuple[str, str], ...] = ()


class FieldRegistry:
    """The fields of one model, by name; names that begin with a registered prefix (`meta.`) share one field."""

    def __init__(self, fields: Iterable[FilterField], prefixed: Mapping[str, FilterField]) -> None:
        self.fields = {field.name: field for field in fields}
        self.prefixed = dict(prefixed)

    def find(self, name: str) -> FilterField | None:
        if name in self.fields:
            return self.fields[name]
        return next((field for prefix, field in self.prefixed.items() if name.startswith(prefix)), None)

    def compile(self, node: Condition | Group) -> Q:
        """The query for a filter. Raises FilterError for a field or operator that is not there."""
        if isinstance(node, Group):
            query = Q()
            for child in node.conditions:
                query = query | self.compile(child) if node.is_any else query & self.compile(child)
            return query
        field = self.find(node.field)
        if field is None:
            names = ", ".join([*self.fields, *(f"{prefix}<key>" for prefix in self.prefixed)])
            raise FilterError(f"There is no field {node.field!r}; the fields are {names}.")
        if node.operator not in field.operators:
            allowed = ", ".join(field.operators)
            raise FilterError(f"{field.label} cannot be filtered by “{node.operator}”; it can by {allowed}.")
        return field.compile(node)


def parse_query(
    pairs: Iterable[tuple[str, list[str]]], registry: FieldRegistry
) -> tuple[Group, tuple[str, ...]]:
    """The pages' spelling: `status=flagged&meta.lang=de&tokens=500..2000&-tag=x&q=refund`.

    Repeated keys mean any of the values, `-key` excludes, an empty value is no filter, `*` means present.
    Answers the filter and the names that no field has, which the page shows as ignored.
    """
    conditions: list[Condition | Group] = []
    ignored: list[str] = []
    for key, values in pairs:
        name, excluded = (key[1:], True) if key.startswith("-") else (key, False)
        field, values = registry.find(name), [value for value in values if value != ""]
        if field is None:
            ignored.append(key)
        elif values:
            conditions.append(_condition(field, name, values, excluded=excluded))
    return Group(tuple(conditions)), tuple(ignored)


def _condition(field: FilterField, name: str, values: list[str], *, excluded: bool) -> Condition | Group:
    if values == ["*"] and Operator.EXISTS in field.operators:
        return Condition(name, Operator.MISSING if excluded else Operator.EXISTS)
    if Operator.SEARCH in field.operators:
        return Condition(name, Operator.SEARCH, " ".join(values))
    if excluded:
        return Group(tuple(Condition(name, Operator.IS_NOT, value) for value in values))
    if Operator.BETWEEN in field.operators:
        return Condition(name, Operator.BETWEEN, values[-1])
    if len(values) == 1:
        return Condition(name, Operator.IS, values[0])
    return Condition(name, Operator.IN, tuple(values))
