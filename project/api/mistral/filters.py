"""This vendor's search parameters to our filter value: groups of AND and OR, and conditions of field, op and value."""

from __future__ import annotations

from typing import Any

from project.api.mistral.fields import EventField, event_field, vendors_name
from project.lib.filters import MAX_NESTING, Condition, FilterError, Group, Operator, nested_too_deep

_GROUPS = {"AND": False, "OR": True}
_CONDITION_KEYS = ("field", "op", "value")
_SHAPE = "A filter is a group with AND or OR, or a condition with field, op and value"

Node = Condition | Group


def filter_of(filters: Any) -> Node:
    """The filter that was sent; null matches all. Raises FilterError for what it cannot mean, naming what exists."""
    return Group() if filters is None else _node(filters, MAX_NESTING)


def _node(given: Any, depth: int) -> Node:
    if not depth:
        raise nested_too_deep()
    if not isinstance(given, dict):
        raise FilterError(f"{_SHAPE}; it is a JSON object.")
    if "field" in given:
        return _condition(given)
    unknown = [key for key in given if key not in _GROUPS]
    if unknown:
        raise FilterError(f"{_SHAPE}; {unknown[0][:40]!r} is none of them.")
    groups = tuple(
        Group(tuple(_node(one, depth - 1) for one in _list(key, given[key])), _GROUPS[key]) for key in given
    )
    return groups[0] if len(groups) == 1 else Group(groups)


def _list(key: str, given: Any) -> list[Any]:
    if given is not None and not isinstance(given, list):
        raise FilterError(f"{key} holds a list of filters.")
    return given or []


def _condition(given: dict[str, Any]) -> Node:
    missing = [key for key in _CONDITION_KEYS if key not in given]
    if missing:
        raise FilterError(f"A condition has field, op and value; {missing[0]} is missing.")
    name, op, value = given["field"], given["op"], given["value"]
    field = event_field(name)
    if not isinstance(op, str) or op not in field.operators:
        raise FilterError(
            f"{name} cannot be filtered by {str(op)[:40]!r}; it can by {', '.join(field.operators)}."
        )
    if op == "isnull":
        return _null_condition(field, value)
    if op == "len_eq" and value == 0:
        return Condition(field.ours, Operator.EMPTY)  # No list is a list of nothing.
    values = tuple(value) if isinstance(value, list) else (value,)
    return Condition(field.name_for(value), field.operators[op], values)


def _null_condition(field: EventField, value: Any) -> Node:
    if not isinstance(value, bool):
        raise FilterError(f"isnull on {field.name} takes true or false.")
    if not value:
        return Condition(field.ours, Operator.IS_NOT_NULL)
    is_null = Condition(field.ours, Operator.IS_NULL)
    if not field.is_keyed:
        return is_null
    return Group((is_null, Condition(field.ours, Operator.MISSING)), is_any=True)


def said_of(node: Node) -> dict[str, Any]:
    """A filter of ours in this vendor's words; an operator that it lacks goes by our name."""
    if isinstance(node, Group):
        return {"OR" if node.is_any else "AND": [said_of(child) for child in node.conditions]}
    field = event_field(vendors_name(node.field))
    if node.operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        return {"field": field.name, "op": "isnull", "value": node.operator is Operator.IS_NULL}
    names = {operator: name for name, operator in field.operators.items()}
    value = list(node.value) if isinstance(node.value, tuple) else node.value
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return {"field": field.name, "op": names.get(node.operator, str(node.operator)), "value": value}
