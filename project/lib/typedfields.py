"""Filter fields over columns and over keys of JSON columns, by the kind of their values.

What a row lacks is null. Null is none of some given values (IS_NOT), and otherwise only what the null and empty
operators say; every other condition, negative ones too, fails on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import Overlap
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    DecimalField,
    F,
    Field,
    Func,
    JSONField,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Expression, ExpressionWrapper
from django.db.models.fields.json import HasKey
from django.db.models.functions import Cast
from django.db.models.lookups import (
    Contains,
    EndsWith,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    IEndsWith,
    IExact,
    In,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
    Lookup,
    Regex,
    StartsWith,
)

from project.lib.filters import Condition, FieldKind, FilterError, FilterField, Operator
from project.lib.moments import MomentError, parse_moment

Read = Callable[[str, Any], Any]

NEVER = Q(pk__in=[])
ALWAYS = ~NEVER

EQUALITIES = (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN)
NULLS = (Operator.EXISTS, Operator.MISSING, Operator.IS_NULL, Operator.IS_NOT_NULL)
EMPTIES = (Operator.EMPTY, Operator.NOT_EMPTY)
COMPARISONS: dict[Operator, type[Lookup[Any]]] = {
    Operator.ABOVE: GreaterThan,
    Operator.AT_LEAST: GreaterThanOrEqual,
    Operator.BELOW: LessThan,
    Operator.AT_MOST: LessThanOrEqual,
}
_PATTERNS: dict[Operator, type[Lookup[Any]]] = {
    Operator.IS_IN_ANY_CASE: IExact,
    Operator.CONTAINS: Contains,
    Operator.CONTAINS_IN_ANY_CASE: IContains,
    Operator.BEGINS: StartsWith,
    Operator.BEGINS_IN_ANY_CASE: IStartsWith,
    Operator.ENDS: EndsWith,
    Operator.ENDS_IN_ANY_CASE: IEndsWith,
    Operator.MATCHES: Regex,
}
_NEGATIVES: dict[Operator, type[Lookup[Any]]] = {
    Operator.NOT_CONTAINS: Contains,
    Operator.NOT_CONTAINS_IN_ANY_CASE: IContains,
    Operator.NOT_BEGINS: StartsWith,
    Operator.NOT_ENDS: EndsWith,
}
PATTERN_OPERATORS = (*_PATTERNS, *_NEGATIVES)
TEXT_OPERATORS = (*EQUALITIES, *PATTERN_OPERATORS, *NULLS, *EMPTIES)
ORDER_OPERATORS = (*EQUALITIES, Operator.BETWEEN, *COMPARISONS, *NULLS, *EMPTIES)
BOOLEAN_OPERATORS = (*EQUALITIES, *NULLS, *EMPTIES)
LIST_OPERATORS = (
    *(*EQUALITIES, Operator.OVERLAPS, Operator.NOT_OVERLAPS, Operator.HAS_LENGTH),
    *(*NULLS, *EMPTIES),
)
MAP_OPERATORS = (Operator.HAS_KEY, *NULLS, *EMPTIES)


if TYPE_CHECKING:
    _DecimalField = DecimalField[Any, Any]
else:
    _DecimalField = DecimalField


class AnyNumberField(_DecimalField):
    """For casts: a number of whatever size and precision."""

    def db_type(self, connection: Any) -> str:
        return "numeric"


class _Arrow(Func):
    """`column ->> key`, also where the key looks like a number, which Django takes for a place in a list."""

    template = "(%(expressions)s)"
    arg_joiner = " ->> "


def field_over(
    name: str,
    label: str,
    value: Expression,
    kind: FieldKind = FieldKind.TEXT,
    *,
    choices: tuple[tuple[str, str], ...] = (),
) -> FilterField:
    """A field whose values an expression gives."""
    operators, query = _KINDS[kind]
    return FilterField(
        name, label, operators, lambda condition: query(value, condition), choices, kind, value
    )


def text_field(name: str, label: str, *, choices: tuple[tuple[str, str], ...] = ()) -> FilterField:
    return field_over(name, label, column(name, TextField()), choices=choices)


def number_field(name: str, label: str) -> FilterField:
    return field_over(name, label, column(name, DecimalField()), FieldKind.NUMBER)


def boolean_field(name: str, label: str) -> FilterField:
    return field_over(name, label, column(name, BooleanField()), FieldKind.BOOLEAN)


def time_field(name: str, label: str) -> FilterField:
    return field_over(name, label, column(name, DateTimeField()), FieldKind.TIME)


def list_field(name: str, label: str) -> FilterField:
    """Of texts."""
    return field_over(name, label, column(name, ArrayField(TextField())), FieldKind.LIST)


def map_field(name: str, label: str) -> FilterField:
    """A whole JSON object; its values are fields of their own."""
    return field_over(name, label, column(name, JSONField()), FieldKind.MAP)


def keyed_text_field(prefix: str, name: str, label: str) -> FilterField:
    """`prefix` and a key of the JSON column `name`: its value as text. A row without the key matches nothing but
    MISSING."""
    operators = (*TEXT_OPERATORS, *COMPARISONS)

    def compile_condition(condition: Condition) -> Q:
        key = plain(condition.field, condition.field.removeprefix(prefix))
        has_key = Q(HasKey(column(name, JSONField()), key))
        if condition.operator is Operator.MISSING:
            return ~has_key
        if condition.operator is Operator.EXISTS:
            return has_key
        return has_key & text_query(key_text(name, key), condition)

    return FilterField(name, label, operators, compile_condition)


def column(name: str, kind: Field[Any, Any]) -> Expression:
    return ExpressionWrapper(F(name), output_field=kind)


def key_text(name: str, key: str) -> Func:
    """The value of a key of a JSON column as text, null where there is none."""
    return _Arrow(F(name), Value(key), output_field=TextField())


def key_of_type(name: str, key: str, json_type: str, kind: Field[Any, Any]) -> Expression:
    """The value of a key of a JSON column if it is of that JSON type, else null."""
    found = Func(F(name), Value(key), template="jsonb_typeof(%(expressions)s)", arg_joiner=" -> ")
    value = Cast(key_text(name, key), kind)
    return Case(When(Exact(ExpressionWrapper(found, TextField()), json_type), then=value), output_field=kind)


def text_query(value: Expression, condition: Condition) -> Q:
    if condition.operator is Operator.EMPTY:
        return _is_null(value) | Q(Exact(value, ""))
    if condition.operator is Operator.NOT_EMPTY:
        return ~Q(Exact(value, ""))
    if condition.operator in _PATTERNS:
        return Q(_PATTERNS[condition.operator](value, _one(condition, read_text)))
    if condition.operator in _NEGATIVES:
        return ~Q(_NEGATIVES[condition.operator](value, _one(condition, read_text)))
    return _common(value, condition, read_text)


def number_query(value: Expression, condition: Condition) -> Q:
    return _common(value, condition, read_number)


def boolean_query(value: Expression, condition: Condition) -> Q:
    return _common(value, condition, read_boolean)


def time_query(value: Expression, condition: Condition) -> Q:
    return _common(value, condition, read_moment)


def list_query(value: Expression, condition: Condition) -> Q:
    """A list is some text when it holds it."""
    operator = condition.operator
    if operator in {Operator.EMPTY, Operator.NOT_EMPTY}:
        empty = _is_null(value) | Q(Exact(value, []))
        return empty if operator is Operator.EMPTY else ~Q(Exact(value, []))
    if operator is Operator.HAS_LENGTH:
        length = Func(value, function="cardinality", output_field=DecimalField())
        return Q(Exact(length, _one(condition, read_number)))
    if operator in NULLS:
        return _null_query(value, operator)
    wanted = [one for one in _all(condition, read_text) if one is not None]
    shares = Q(Overlap(value, wanted)) if wanted else NEVER
    if operator is Operator.IS_NOT:
        return _is_null(value) | ~shares
    if operator in {Operator.NOT_IN, Operator.NOT_OVERLAPS}:
        return ~shares & ~_is_null(value)
    has_null = operator is Operator.IS and None in _all(condition, read_text)
    return shares | _is_null(value) if has_null else shares


def map_query(value: Expression, condition: Condition) -> Q:
    if condition.operator is Operator.HAS_KEY:
        return Q(HasKey(value, _one(condition, read_text)))
    if condition.operator in EMPTIES:
        empty = _is_null(value) | Q(Exact(value, {}))
        return empty if condition.operator is Operator.EMPTY else ~Q(Exact(value, {}))
    return _null_query(value, condition.operator)


def equality_query(condition: Condition, wanted: list[Any], matches: Q, is_null: Q) -> Q:
    """The four equalities for a value that `matches` any of `wanted` that is not null."""
    has_null = None in wanted
    if condition.operator is Operator.IS:
        return matches | is_null if has_null else matches
    if condition.operator is Operator.IN:
        return matches
    if condition.operator is Operator.NOT_IN:
        return ~matches & ~is_null
    return ~matches & ~is_null if has_null else ~matches | is_null


def read_text(name: str, value: Any) -> str | None:
    """A number or boolean is the text that JSON writes for it. Raises FilterError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return None if value is None else plain(name, str(value))
    raise FilterError(f"{name} is compared with text, not with a list or an object.")


def read_number(name: str, value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FilterError(f"{name} is compared with a number, not with {str(value)[:40]!r}.")
    return Decimal(repr(number))


def read_boolean(name: str, value: Any) -> bool | None:
    said = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
    if said is None and value is not None:
        raise FilterError(f"{name} is true or false, not {str(value)[:40]!r}.")
    return said


def read_moment(name: str, value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        return parse_moment(str(value))
    except MomentError as error:
        raise FilterError(f"{name} {error}") from None


def plain(name: str, text: str) -> str:
    """The text, if PostgreSQL can hold it. Raises FilterError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FilterError(f"{name} is compared with half of a surrogate pair; remove it.") from None
    if "\x00" in text:
        raise FilterError("A filter cannot hold a NUL character.")
    return text


def bounds(condition: Condition, read: Read) -> tuple[Any, Any]:
    """Of `500..2000`, `500..`, `..2000` or one value; a day as upper bound is the whole day."""
    low, dots, high = str(_first(condition)).partition("..")
    high = high if dots else low
    first = read(condition.field, low) if low else None
    last = read(condition.field, high) if high else None
    if isinstance(last, datetime) and len(high.strip()) == len("2026-03-01"):
        last += timedelta(days=1, microseconds=-1)
    return first, last


def _common(value: Expression, condition: Condition, read: Read) -> Q:
    """What all kinds of values that can be equal or in an order have in common."""
    operator = condition.operator
    if operator in NULLS or operator in EMPTIES:
        return _null_query(value, operator)
    if operator in COMPARISONS:
        return Q(COMPARISONS[operator](value, _one(condition, read)))
    if operator is Operator.BETWEEN:
        low, high = bounds(condition, read)
        query = ~_is_null(value)
        query = query if low is None else query & Q(GreaterThanOrEqual(value, low))
        return query if high is None else query & Q(LessThanOrEqual(value, high))
    wanted = _all(condition, read)
    known = [one for one in wanted if one is not None]
    return equality_query(condition, wanted, Q(In(value, known)) if known else NEVER, _is_null(value))


def _null_query(value: Expression, operator: Operator) -> Q:
    is_null = _is_null(value)
    return is_null if operator in {Operator.IS_NULL, Operator.MISSING, Operator.EMPTY} else ~is_null


def _is_null(value: Expression) -> Q:
    return Q(IsNull(value, True))  # noqa: FBT003  (Django's own signature)


def _values(condition: Condition) -> tuple[Any, ...]:
    value = condition.value
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _all(condition: Condition, read: Read) -> list[Any]:
    values = _values(condition)
    if not values:
        raise FilterError(f"{condition.field} needs a value to be compared with.")
    return [read(condition.field, value) for value in values]


def _first(condition: Condition) -> Any:
    values = _values(condition)
    return values[0] if values else None


def _one(condition: Condition, read: Read) -> Any:
    value = read(condition.field, _first(condition))
    if value is None:
        raise FilterError(f"{condition.field} needs a value to be compared with.")
    return value


_KINDS: dict[FieldKind, tuple[tuple[Operator, ...], Callable[[Expression, Condition], Q]]] = {
    FieldKind.TEXT: (TEXT_OPERATORS, text_query),
    FieldKind.NUMBER: (ORDER_OPERATORS, number_query),
    FieldKind.BOOLEAN: (BOOLEAN_OPERATORS, boolean_query),
    FieldKind.TIME: (ORDER_OPERATORS, time_query),
    FieldKind.LIST: (LIST_OPERATORS, list_query),
    FieldKind.MAP: (MAP_OPERATORS, map_query),
}
