"""A filter as it is kept in a row, and as it is told to people. Pure."""

from __future__ import annotations

from typing import Any

from project.lib.filters import Condition, FieldKind, FieldRegistry, Group, Operator
from project.lib.moments import MomentError, parse_moment
from project.lib.ranges import split_range

EVERYTHING = "no filter"
_WITHOUT_VALUE = frozenset(
    {
        *(Operator.EXISTS, Operator.MISSING, Operator.IS_NULL, Operator.IS_NOT_NULL),
        *(Operator.EMPTY, Operator.NOT_EMPTY),
    }
)


def as_json(node: Condition | Group) -> dict[str, Any]:
    if isinstance(node, Group):
        return {"any" if node.is_any else "all": [as_json(child) for child in node.conditions]}
    value = list(node.value) if isinstance(node.value, tuple) else node.value
    return {"field": node.field, "operator": node.operator.value, "value": value}


def group_from_json(kept: dict[str, Any]) -> Group:
    """What `as_json` made of a group."""
    children = kept.get("any", kept.get("all", []))
    return Group(tuple(_node_from_json(child) for child in children), is_any="any" in kept)


def _node_from_json(kept: dict[str, Any]) -> Condition | Group:
    if "field" not in kept:
        return group_from_json(kept)
    value = tuple(kept["value"]) if isinstance(kept["value"], list) else kept["value"]
    return Condition(kept["field"], Operator(kept["operator"]), value)


def in_words(node: Condition | Group, registry: FieldRegistry) -> str:
    """Such as “Status is Flagged and (Tag is one of a, b or Tokens between 500..2000)”."""
    if isinstance(node, Condition):
        return _condition_in_words(node, registry)
    parts = [
        f"({told})" if isinstance(child, Group) and len(child.conditions) > 1 else told
        for child in node.conditions
        if (told := in_words(child, registry)) != EVERYTHING
    ]
    return (" or " if node.is_any else " and ").join(parts) or EVERYTHING


def _condition_in_words(condition: Condition, registry: FieldRegistry) -> str:
    field = registry.find(condition.field)
    is_named = field is not None and condition.field in registry.fields
    label = field.label if field is not None and is_named else condition.field
    if condition.operator in _WITHOUT_VALUE:
        return f"{label} {condition.operator.value}"
    is_time = field is not None and field.kind is FieldKind.TIME
    labels = {} if field is None else dict(field.choices)
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    operator, values = _without_open_end(condition.operator, values)
    told = ", ".join(
        _moment_in_words(value) if is_time else str(labels.get(value, value)) for value in values
    )
    return f"{label} {operator.value} {told}"


def _without_open_end(operator: Operator, values: tuple[Any, ...]) -> tuple[Operator, tuple[Any, ...]]:
    """A range without one of its ends, such as `500..`, lies between nothing: it is told by the other end."""
    if operator is not Operator.BETWEEN or len(values) != 1:
        return operator, values
    low, high, is_open = split_range(str(values[0]))
    if low and not high:
        return Operator.AT_LEAST, (low,)
    if high and not low:
        return (Operator.BELOW if is_open else Operator.AT_MOST), (high,)
    return operator, values


def _moment_in_words(value: Any) -> str:
    """To the minute; whatever else was said, as it was said."""
    try:
        return f"{parse_moment(value):%Y-%m-%d %H:%M}" if isinstance(value, str) else str(value)
    except MomentError:
        return str(value)
