"""This vendor's filters to ours: `meta.key=value` and `meta[key]=value` of lists, for any model with a meta, and the
filter object of a search."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from project.lib.filters import Condition, FilterError, Group, Operator
from records.metafields import meta_equals

_OPERATORS = {
    "$eq": Operator.IS,
    "$ne": Operator.IS_NOT,
    "$gt": Operator.ABOVE,
    "$gte": Operator.AT_LEAST,
    "$lt": Operator.BELOW,
    "$lte": Operator.AT_MOST,
}
_OF_ANYTHING = {"$eq", "$ne"}
_BRACKETS = re.compile(r"meta((?:\[[^\[\]]+\])+)")


def meta_query(request: HttpRequest) -> Q:
    """All of the pairs must hold; an empty value filters nothing. Raises FilterError."""
    query = Q()
    for name, value in request.GET.items():
        key = _key_of(name)
        if key and value:
            query &= meta_equals(key, value)
    return query


def _key_of(name: str) -> str:
    """`a.b` of `meta.a.b`, `meta[a.b]` and `meta[a][b]`; empty for any other name."""
    if name.startswith("meta."):
        return name.removeprefix("meta.")
    brackets = _BRACKETS.fullmatch(name)
    return brackets[1][1:-1].replace("][", ".") if brackets else ""


def filter_group(filters: dict[str, Any]) -> Group:
    """`{"category": "a", "meta.price": {"$gte": 5}}`: all must hold. Raises FilterError."""
    return Group(tuple(_condition(key.removeprefix("meta."), value) for key, value in filters.items()))


def _condition(key: str, value: Any) -> Condition:
    if not isinstance(value, dict):
        return Condition(f"meta.{key}", Operator.IS, _scalar(key, value))
    if len(value) != 1:
        raise FilterError(f"filter.{key} has exactly one operator: {', '.join(_OPERATORS)}.")
    [(name, operand)] = value.items()
    if name not in _OPERATORS:
        raise FilterError(
            f"filter.{key} has no operator {name!r}; the operators are {', '.join(_OPERATORS)}."
        )
    is_number = isinstance(operand, int | float) and not isinstance(operand, bool)
    if name not in _OF_ANYTHING and not is_number:
        raise FilterError(f"filter.{key}.{name} takes a number.")
    return Condition(f"meta.{key}", _OPERATORS[name], _scalar(key, operand))


def _scalar(key: str, value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise FilterError(f"filter.{key} takes a string, a number, true or false.")
    return value
