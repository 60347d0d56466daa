"""The one filter language: conditions and groups of them. Every spelling is parsed to these values, and each model's
registry of fields says what they mean. Nothing here knows a model or a spelling but the pages' own query string."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.db.models.expressions import Expression

from project.lib.errors import InvalidError, LimitError

MAX_NESTING = 32
MAX_CONDITIONS = 1_000


class FilterError(InvalidError):
    """A field, operator or value that the filter language does not have."""


class FilterTooLargeError(FilterError, LimitError):
    """Nested too deep, or more conditions than anybody writes."""


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
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"
    EMPTY = "is empty"
    NOT_EMPTY = "is not empty"
    NOT_IN = "is none of"
    IS_IN_ANY_CASE = "is, in any case"
    CONTAINS = "contains"
    NOT_CONTAINS = "does not contain"
    CONTAINS_IN_ANY_CASE = "contains, in any case"
    NOT_CONTAINS_IN_ANY_CASE = "does not contain, in any case"
    BEGINS = "begins with"
    NOT_BEGINS = "does not begin with"
    BEGINS_IN_ANY_CASE = "begins with, in any case"
    ENDS = "ends with"
    NOT_ENDS = "does not end with"
    ENDS_IN_ANY_CASE = "ends with, in any case"
    MATCHES = "matches"
    OVERLAPS = "shares a value with"
    NOT_OVERLAPS = "shares no value with"
    HAS_KEY = "has the key"
    HAS_LENGTH = "has the length"


class FieldKind(StrEnum):
    """What the values of a field are, for those who show or describe it."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    LIST = "list"
    MAP = "map"


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
    kind: FieldKind = FieldKind.TEXT
    expression: Expression | None = None
    """The value itself, for those who group or sort by it."""

    @property
    def is_ordered(self) -> bool:
        """Whether a plain value of it may be a range."""
        return self.kind in {FieldKind.NUMBER, FieldKind.TIME}


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
        check_size(node)
        return self._compile(node)

    def named(self, name: str) -> FilterField:
        """The field of that name. Raises FilterError with the names that exist."""
        field = self.find(name)
        if field is None:
            names = ", ".join([*self.fields, *(f"{prefix}<key>" for prefix in self.prefixed)])
            raise FilterError(f"There is no field {name!r}; the fields are {names}.")
        return field

    def _compile(self, node: Condition | Group) -> Q:
        if isinstance(node, Group):
            query = Q()
            for child in node.conditions:
                query = query | self._compile(child) if node.is_any else query & self._compile(child)
            return query
        field = self.named(node.field)
        if node.operator not in field.operators:
            allowed = ", ".join(field.operators)
            raise FilterError(f"{field.label} cannot be filtered by “{node.operator}”; it can by {allowed}.")
        return field.compile(node)


def check_size(node: Condition | Group) -> None:
    """Raises FilterTooLargeError, without going down itself."""
    level: list[Condition | Group] = [node]
    number = 0
    for _ in range(MAX_NESTING):
        number += len(level)
        level = [child for one in level if isinstance(one, Group) for child in one.conditions]
        if not level:
            break
    else:
        raise nested_too_deep()
    if number > MAX_CONDITIONS:
        raise FilterTooLargeError(f"A filter has at most {MAX_CONDITIONS:,} conditions; this one has more.")


def mentions(node: Condition | Group, fields: Collection[str]) -> bool:
    """Whether the filter asks for any of these fields."""
    if isinstance(node, Condition):
        return node.field in fields
    return any(mentions(child, fields) for child in node.conditions)


def nested_too_deep() -> FilterTooLargeError:
    """For those who read a spelling level by level."""
    return FilterTooLargeError(f"A filter is nested at most {MAX_NESTING} levels deep; this one is deeper.")


def parse_query(
    pairs: Iterable[tuple[str, list[str]]], registry: FieldRegistry
) -> tuple[Group, tuple[str, ...]]:
    """The pages' spelling: `status=flagged&meta.lang=de&tokens=500..2000&-tag=x&q=refund`.

    Repeated keys mean any of the values, `-key` excludes, an empty value is no filter, `*` means present.
    Any other operator stands behind the name: `error_message:contains=timeout`, `note:empty=yes`.
    Answers the filter and the names that no field has, which the page shows as ignored.
    """
    conditions: list[Condition | Group] = []
    ignored: list[str] = []
    for key, values in pairs:
        name, excluded = (key[1:], True) if key.startswith("-") else (key, False)
        name, operator = split_operator(name)
        field, values = registry.find(name), [value for value in values if value != ""]
        if field is None or (excluded and (operator is not None or Operator.SEARCH in field.operators)):
            ignored.append(key)
        elif values and operator is not None:
            conditions.append(Condition(name, operator, tuple(values)))
        elif values:
            conditions.append(_condition(field, name, values, excluded=excluded))
    return Group(tuple(conditions)), tuple(ignored)


OPERATOR_WORDS = {
    "is": Operator.IS,
    "not": Operator.IS_NOT,
    "in": Operator.IN,
    "not_in": Operator.NOT_IN,
    "iexact": Operator.IS_IN_ANY_CASE,
    "gt": Operator.ABOVE,
    "gte": Operator.AT_LEAST,
    "lt": Operator.BELOW,
    "lte": Operator.AT_MOST,
    "between": Operator.BETWEEN,
    "contains": Operator.CONTAINS,
    "not_contains": Operator.NOT_CONTAINS,
    "icontains": Operator.CONTAINS_IN_ANY_CASE,
    "not_icontains": Operator.NOT_CONTAINS_IN_ANY_CASE,
    "startswith": Operator.BEGINS,
    "not_startswith": Operator.NOT_BEGINS,
    "istartswith": Operator.BEGINS_IN_ANY_CASE,
    "endswith": Operator.ENDS,
    "not_endswith": Operator.NOT_ENDS,
    "iendswith": Operator.ENDS_IN_ANY_CASE,
    "null": Operator.IS_NULL,
    "not_null": Operator.IS_NOT_NULL,
    "empty": Operator.EMPTY,
    "not_empty": Operator.NOT_EMPTY,
    "regex": Operator.MATCHES,
    "overlap": Operator.OVERLAPS,
    "not_overlap": Operator.NOT_OVERLAPS,
    "has_key": Operator.HAS_KEY,
    "length": Operator.HAS_LENGTH,
}


def split_operator(name: str) -> tuple[str, Operator | None]:
    """`note:empty` to the field and its operator; a name without a known operator stays whole."""
    field, colon, word = name.rpartition(":")
    return (field, OPERATOR_WORDS[word]) if colon and word in OPERATOR_WORDS else (name, None)


def _condition(field: FilterField, name: str, values: list[str], *, excluded: bool) -> Condition | Group:
    if values == ["*"] and Operator.EXISTS in field.operators:
        return Condition(name, Operator.MISSING if excluded else Operator.EXISTS)
    if Operator.SEARCH in field.operators:
        return Condition(name, Operator.SEARCH, " ".join(values))
    if excluded:
        return Group(tuple(Condition(name, Operator.IS_NOT, value) for value in values))
    if field.is_ordered and Operator.BETWEEN in field.operators:
        return Condition(name, Operator.BETWEEN, values[-1])
    if len(values) == 1:
        return Condition(name, Operator.IS, values[0])
    return Condition(name, Operator.IN, tuple(values))
