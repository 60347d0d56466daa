"""The values of meta as filter fields: any key, or with dots a path, whatever stands there."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Coalesce

from project.lib import jsontext
from project.lib.filters import Condition, FilterError, FilterField, Operator
from project.lib.ranges import split_range
from project.lib.texts import storable
from project.lib.typedfields import PATTERN_OPERATORS, key_text, text_query
from records.patterns import check_pattern

PREFIX = "meta."
_COMPARISONS = {Operator.ABOVE: ">", Operator.AT_LEAST: ">=", Operator.BELOW: "<", Operator.AT_MOST: "<="}
_OPERATORS = (
    *(Operator.IS, Operator.IS_NOT, Operator.IN, Operator.EXISTS, Operator.MISSING, Operator.IS_NULL),
    *(*_COMPARISONS, Operator.BETWEEN, *PATTERN_OPERATORS),
)


def meta_equals(key: str, value: Any) -> Q:
    """Key `key`, or with dots a path, holds `value`, or a list with it. A string also finds the number or boolean
    that it spells. Containment, because that is what the index over meta answers."""
    _refuse_nul(key, value)
    query = Q()
    for candidate in _spelled(value):
        query |= Q(meta__contains={key: candidate}) | Q(meta__contains={key: [candidate]})
        if "." in key:
            query |= Q(meta__contains=_nested(key.split("."), candidate))
    return query


def _meta(condition: Condition) -> Q:
    key, operator = condition.field.removeprefix(PREFIX), condition.operator
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if operator is Operator.EXISTS:
        return Q(meta__has_key=key)
    if operator is Operator.MISSING:
        return ~Q(meta__has_key=key)
    if operator is Operator.IS_NULL:
        _refuse_nul(key)
        return Q(meta__contains={key: None})
    if operator in _COMPARISONS:
        return _compares(key, {_COMPARISONS[operator]: _number(key, values[0])})
    if operator is Operator.BETWEEN:
        low, high, is_open = split_range(str(values[-1]))
        bounds = {">=": low, "<" if is_open else "<=": high}
        return _compares(key, {sign: _number(key, bound) for sign, bound in bounds.items() if bound})
    if operator in PATTERN_OPERATORS:
        return _matches(key, condition)
    query = Q()
    for value in values:
        query |= meta_equals(key, value)
    return ~query if operator is Operator.IS_NOT else query


def _compares(key: str, bounds: dict[str, Any]) -> Q:
    """Key `key`, or with dots a path, holds a number within the bounds, or a list with one."""
    _refuse_nul(key)
    query = Q()
    signs = " ".join(f"&& @ {sign} $bound{place}" for place, sign in enumerate(bounds))
    numbers = Value(jsontext.serialise({f"bound{place}": one for place, one in enumerate(bounds.values())}))
    for path in {(key,), tuple(key.split("."))}:
        steps = ".".join(json.dumps(storable(step)) for step in path)
        test = Value(f'$.{steps} ? (@.type() == "number" {signs})')
        query |= Q(
            Func(
                F("meta"), Func(test, template="(%(expressions)s)::jsonpath"),
                Func(numbers, template="(%(expressions)s)::jsonb"),
                function="jsonb_path_exists", output_field=BooleanField(),
            )
        )  # fmt: skip
    return query


def _matches(key: str, condition: Condition) -> Q:
    """The text that stands there; what has no such key matches nothing, negative conditions too."""
    _refuse_nul(key)
    check_pattern(condition)
    value: Expression = key_text("meta", key)
    if "." in key:
        path = Func(
            F("meta"), Value(key.split(".")), template="(%(expressions)s)", arg_joiner=" #>> ",
            output_field=TextField(),
        )  # fmt: skip
        value = Coalesce(value, path)
    return text_query(value, condition)


def _number(key: str, bound: Any) -> int | float:
    """Programs send a number, pages the text that spells it."""
    candidates = _spelled(bound.strip()) if isinstance(bound, str) else [bound]
    number = candidates[-1]
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise FilterError(f"{PREFIX}{key} can be compared with a number, not with {bound!r}.")
    return number


def _spelled(value: Any) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    if value in {"true", "false"}:
        return [value, value == "true"]
    try:
        number = jsontext.parse(value.encode(errors="replace"))
    except jsontext.JsonTextError:
        return [value]
    return [value, number] if isinstance(number, int | float) else [value]


def _nested(path: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    nested: dict[str, Any] = value
    return nested


def _refuse_nul(*texts: Any) -> None:
    if any("\x00" in str(text) for text in texts):
        raise FilterError("A filter cannot hold a NUL character.")


META = FilterField("meta", "Meta", _OPERATORS, _meta)
