"""Values of a field with how many records have them, and bars of its numbers or times, among what a filter leaves.

Each reading gives up after READ_MS and is made again on a sample, whose counts are then estimates and said to be."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.expressions import Case, Expression, When
from django.db.models.functions import Coalesce, NullIf

from datasets.models import Dataset
from project.lib.filters import FieldKind, FilterError, FilterField, Operator
from project.lib.texts import storable
from project.lib.timelimits import TimeLimitError, time_limit
from project.lib.typedfields import AnyNumberField, key_of_type
from records import samples
from records.axes import Axis, decimal_axis, time_axis, whole_axis
from records.fields import OPINION, RECORD_FIELDS
from records.filterbar import ListFilter
from records.metafields import PREFIX
from records.pages import EXACT_MS
from records.querysets import RecordQuerySet
from records.samples import Sample

READ_MS = 80  # With the sample that may follow, a facet is there within its 200 ms.
SAMPLE_MS = 2_000  # A sample takes a small part of it, but on a machine that has no time.
_JSON_TEXT = """
CASE jsonb_typeof(value) WHEN 'number' THEN trim_scale((value #>> '{}')::numeric)::text ELSE value #>> '{}' END"""
_VALUES = """
SELECT said, count(*) FROM (SELECT {said} AS said FROM ({rows}) AS facet (value) {restriction}) AS told
{search} GROUP BY said ORDER BY count(*) DESC, said LIMIT %s
"""
_BARS = """
SELECT width_bucket(value, %s), count(*) FROM ({rows}) AS facet (value) WHERE value IS NOT NULL GROUP BY 1
"""
_SPREAD = """
SELECT percentile_disc(0.01) WITHIN GROUP (ORDER BY value), percentile_disc(0.99) WITHIN GROUP (ORDER BY value)
FROM ({rows}) AS facet (value)
"""
_ALL_WHOLE = "SELECT bool_and(value = trunc(value)) FROM ({rows}) AS facet (value)"
HOPELESS = 120_000  # So many records are not read in READ_MS.
Found = TypeVar("Found")


class Effort(Enum):
    """How exactly something is counted."""

    SOON = "within READ_MS, else by a sample"
    BY_SAMPLE = "by a sample"
    EXACTLY = "exactly, or not at all"


@dataclass(frozen=True, slots=True)
class Counted:
    """None is what records without a value have."""

    value: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Facet:
    values: tuple[Counted, ...]
    has_more: bool
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """How many lie below the first edge, between each two, and from the last one on."""

    numbers: tuple[int, ...]
    is_estimate: bool = False


def fitting_effort(dataset: Dataset, list_filter: ListFilter, name: str) -> Effort:
    """What nothing restricts in a large dataset is not even tried, but opinions, which few records have."""
    is_restricted = bool(list_filter.condition) or name == OPINION
    is_hopeless = dataset.record_count > HOPELESS and not is_restricted
    return Effort.BY_SAMPLE if is_hopeless else Effort.SOON


def is_counted(field: FilterField) -> bool:
    """Whether its values are counted one by one; those of numbers and times lie in bars."""
    return field.name == "meta" or (field.expression is not None and not field.is_ordered)


def read_values(
    dataset: Dataset,
    records: RecordQuerySet,
    name: str,
    *,
    limit: int,
    search: str = "",
    effort: Effort = Effort.SOON,
) -> Facet:
    """The commonest values. Of opinions only what there is: nearly all records have none. Raises FilterError, and
    TimeLimitError when not even a sample can be read soon."""
    values = _values_of(name)
    if name == OPINION:
        records = records.with_opinion(dataset)
    is_json = name.startswith(PREFIX)

    def read(rows: RecordQuerySet) -> list[tuple[str | None, int]]:
        return _rows(
            _VALUES.format(
                said=_JSON_TEXT if is_json else "value",
                restriction="WHERE jsonb_typeof(value) <> 'object'" if is_json else "",
                search="WHERE said ILIKE %s" if search else "",
                rows="{rows}",
            ),
            rows,
            values,
            after=[*([f"%{_like(search)}%"] if search else []), limit + 1],
        )

    found, sample = _within_budget(dataset, records, read, effort)
    counted = tuple(Counted(value, _scaled(number, sample)) for value, number in found[:limit])
    return Facet(counted, len(found) > limit, is_estimate=sample is not None)


def read_bars(
    dataset: Dataset,
    records: RecordQuerySet,
    name: str,
    edges: Sequence[Any],
    *,
    effort: Effort = Effort.SOON,
) -> Bars:
    """Raises FilterError, TimeLimitError."""
    values = numbers_of(name)

    def read(rows: RecordQuerySet) -> list[tuple[int, int]]:
        return _rows(_BARS, rows, values, before=[list(edges)])

    found, sample = _within_budget(dataset, records, read, effort)
    numbers = dict(found)
    scaled = tuple(_scaled(numbers.get(place, 0), sample) for place in range(len(edges) + 1))
    return Bars(scaled, is_estimate=sample is not None)


def axis_of(dataset: Dataset, records: RecordQuerySet, name: str) -> Axis | None:
    """Fit for nearly all of these records, of which a sample is read; None without any value. Raises FilterError,
    TimeLimitError."""
    values, is_time = numbers_of(name), RECORD_FIELDS.named(name).kind is FieldKind.TIME
    with time_limit(SAMPLE_MS):
        sampled = records.filter(samples.sample_of(dataset).query)
        [[low, high]] = _rows(_SPREAD, sampled, values) or [[None, None]]
        if low is None:
            return None
        if is_time:
            return time_axis(low, high)
        if not name.startswith(PREFIX):
            return whole_axis(low, high)
        [[is_whole]] = _rows(_ALL_WHOLE, sampled, values)
    return decimal_axis(low, high, least=Decimal(1 if is_whole else 0))


def numbers_of(name: str) -> Expression:
    """The numbers or times of a field. Raises FilterError for a field that has none."""
    field = RECORD_FIELDS.named(name)
    if name.startswith(PREFIX):
        return key_of_type("meta", name.removeprefix(PREFIX), "number", AnyNumberField())
    if field.expression is None or not field.is_ordered:
        raise FilterError(f"The values of {field.label} have no order; count them one by one.")
    return field.expression


def _within_budget(
    dataset: Dataset, records: RecordQuerySet, read: Callable[[RecordQuerySet], Found], effort: Effort
) -> tuple[Found, Sample | None]:
    """What was read, and the sample of which it was if not of all. Of a small dataset it is of all: there is nothing
    that would be read sooner."""
    is_small = dataset.record_count <= samples.EVERYTHING
    limits = {Effort.SOON: SAMPLE_MS if is_small else READ_MS, Effort.EXACTLY: EXACT_MS}
    if is_small or effort is not Effort.BY_SAMPLE:
        try:
            with time_limit(limits.get(effort, SAMPLE_MS)):
                return read(records), None
        except TimeLimitError:
            if is_small or effort is Effort.EXACTLY:
                raise
    with time_limit(SAMPLE_MS):
        sample = samples.sample_of(dataset)
        return read(records.filter(sample.query)), sample


def _scaled(number: int, sample: Sample | None) -> int:
    return number if sample is None else round(number * sample.weight)


def _rows(
    sql: str,
    rows: RecordQuerySet,
    values: Expression,
    *,
    before: Sequence[Any] = (),
    after: Sequence[Any] = (),
) -> list[Any]:
    chosen = rows.order_by().annotate(facet_value=values).values_list("facet_value")
    try:
        inner, params = chosen.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{rows}", inner), [*before, *params, *after])
        found: list[Any] = cursor.fetchall()
    return found


def _values_of(name: str) -> Expression:
    """One row a value; a list gives several, and nothing gives null. Raises FilterError."""
    field = RECORD_FIELDS.named(name)
    if name.startswith(PREFIX):
        return _meta_values(name.removeprefix(PREFIX))
    if field.expression is None or field.is_ordered:
        raise FilterError(f"The values of {field.label} cannot be counted one by one.")
    if field.kind is FieldKind.LIST:
        listed = Case(
            When(curation__tags=[], then=Value([None], output_field=field.expression.output_field)),
            default=field.expression,
        )
        return Func(listed, function="unnest", output_field=TextField())
    if Operator.MISSING in field.operators:
        return NullIf(field.expression, Value(""), output_field=TextField())
    return field.expression


def _meta_values(key: str) -> Expression:
    """JSON scalars under the key, of a list each one; null for a record without the key, an object where something
    else stands."""
    path = f'$.{json.dumps(storable(key))}[*] ? (@.type() == "string" || @.type() == "number" || @.type() == "boolean")'
    scalars = Func(
        F("meta"), Func(Value(path), template="(%(expressions)s)::jsonpath"),
        function="jsonb_path_query_array", output_field=JSONField(),
    )  # fmt: skip
    other = Case(
        When(meta__has_key=key, then=Value([{}], JSONField())),
        default=Value([None], JSONField()),
        output_field=JSONField(),
    )
    found = Coalesce(NullIf(scalars, Value([], JSONField())), other, output_field=JSONField())
    return Func(found, function="jsonb_array_elements", output_field=JSONField())


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
