"""What is read over many logs or threads: pages, counts, sums, bars, top values. Each gives up after READ_MS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Avg, Count, DateTimeField, F, Func, Model, Q, QuerySet, Sum, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Coalesce, Least

from project.lib.filters import FieldKind, FilterError
from project.lib.timelimits import TimeLimitError, time_limit
from project.lib.typedfields import key_text, plain
from threads.fields import LOG_FIELDS
from threads.models import Log
from threads.partitions import bytes_between
from threads.querysets import LogQuerySet
from threads.types import FacetValue, Histogram, LogSummary, TimeBucket

Row = TypeVar("Row", bound=Model)
_FACETS = """
    SELECT bits, number, {columns} FROM (
        SELECT grouping({columns}) AS bits, count(*) AS number, {columns},
               row_number() OVER (PARTITION BY grouping({columns}) ORDER BY count(*) DESC, {columns}) AS place
        FROM ({rows}) AS logs ({columns}) GROUP BY GROUPING SETS ({sets})
    ) AS facets WHERE place <= %s ORDER BY bits, place
"""

READ_MS = 20_000
SOON_MS = 250  # What takes longer is better estimated: somebody waits for the picture.
SAMPLE_BYTES = 64 << 20  # About 50,000 logs.
COUNT_CAP = 100_000
MAX_BUCKETS = 500
FACET_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[Row]):
    """Rows of page `number`, from 1. `count` is exact unless `is_capped`; then there are more."""

    rows: list[Row]
    number: int
    size: int
    count: int
    is_capped: bool

    @property
    def has_next(self) -> bool:
        return self.number * self.size < self.count or (self.is_capped and len(self.rows) == self.size)


def numbered_page(rows: QuerySet[Row], *, number: int, size: int, cap: int = COUNT_CAP) -> NumberedPage[Row]:
    """One page of rows that are in order; a page beyond the last is empty. Raises FilterError, TimeLimitError."""
    begin = (number - 1) * size
    with time_limit(READ_MS):
        count = count_up_to(rows, cap=cap)
        # The keys first: the rows that are skipped are not read beyond their index.
        keys = list(rows.values_list("pk", flat=True)[begin : begin + size]) if begin < count else []
        found = rows.model._default_manager.none() if not keys else rows.filter(pk__in=keys)
        by_key = {row.pk: row for row in found}
    return NumberedPage(
        [by_key[key] for key in keys if key in by_key], number, size, min(count, cap), count > cap
    )


def count_up_to(rows: QuerySet[Row], *, cap: int = COUNT_CAP) -> int:
    """The number of rows, but no more than `cap` + 1, and never slower than reading that many."""
    return rows.order_by().values("pk")[: cap + 1].count()


def summary_of(logs: LogQuerySet) -> LogSummary:
    """Raises FilterError, TimeLimitError."""
    with time_limit(READ_MS):
        sums = logs.order_by().aggregate(
            log_count=Count("pk"),
            cost=Coalesce(Sum("cost"), Decimal()),
            prompt_tokens=Coalesce(Sum("prompt_tokens"), 0),
            completion_tokens=Coalesce(Sum("completion_tokens"), 0),
            total_tokens=Coalesce(Sum("total_tokens"), 0),
            average_latency=Avg("latency"),
            average_tokens_per_second=Avg("tokens_per_second"),
            average_time_to_first_token=Avg("time_to_first_token"),
        )
    latency = sums.pop("average_latency")
    return LogSummary(**sums, average_latency=None if latency is None else float(latency))


def soon_histogram_of(logs: LogQuerySet, *, start: datetime, end: datetime, buckets: int = 60) -> Histogram:
    """As `histogram_of`; what takes longer than SOON_MS is estimated by a part of the table."""
    try:
        return histogram_of(logs, start=start, end=end, buckets=buckets, limit_ms=SOON_MS)
    except TimeLimitError:
        percent = min(100.0, 100 * SAMPLE_BYTES / (bytes_between(start, end) or 1))
    found = histogram_of(logs.sampled(percent), start=start, end=end, buckets=buckets)
    factor = Decimal(100) / Decimal(percent)
    return Histogram(tuple(bucket.times(factor) for bucket in found.buckets), is_estimate=percent < 100)


def histogram_of(
    logs: LogQuerySet, *, start: datetime, end: datetime, buckets: int = 60, limit_ms: int = READ_MS
) -> Histogram:
    """Bars over the time from `start` to `end`. Raises FilterError, TimeLimitError."""
    if not start < end or not 0 < buckets <= MAX_BUCKETS:
        raise FilterError(f"A histogram has 1 to {MAX_BUCKETS} bars over a time that ends after it begins.")
    width = -((start - end) // buckets)  # Rounded up to a whole microsecond.
    bar = Func(Value(width), F("logged_at"), Value(start), function="date_bin", output_field=DateTimeField())
    place = Least(bar, Value(start + (buckets - 1) * width))  # What lies on the end belongs to the last bar.
    bars = logs.between(start, end).order_by().annotate(bar=place).values("bar")
    with time_limit(limit_ms):
        rows = list(
            bars.annotate(
                log_count=Count("pk"),
                failed_count=Count("pk", filter=Q(status=Log.Status.FAILED)),
                summed_cost=Sum("cost"),
            )
        )
    found = {
        row["bar"]: TimeBucket(row["bar"], row["log_count"], row["failed_count"], row["summed_cost"])
        for row in rows
    }
    begins = [start + number * width for number in range(buckets)]
    return Histogram(tuple(found.get(begin) or TimeBucket(begin, 0, 0, Decimal()) for begin in begins))


def facets_of(logs: LogQuerySet, names: Sequence[str], *, limit: int = 10) -> dict[str, list[FacetValue]]:
    """The commonest values of each field, among the newest FACET_ROWS of the logs: one reading for all the fields.
    Raises FilterError for a field that has no values to count, TimeLimitError."""
    values = {f"facet_{place}": values_of(name) for place, name in enumerate(names)}
    newest = logs.newest_first().annotate(**values).values_list(*values)[:FACET_ROWS]
    facets: dict[str, list[FacetValue]] = {name: [] for name in names}
    try:
        sql, params = newest.query.sql_with_params()
    except EmptyResultSet:
        return facets
    with time_limit(READ_MS), connection.cursor() as cursor:
        cursor.execute(
            _FACETS.format(columns=", ".join(values), sets=", ".join(map("({})".format, values)), rows=sql),
            [*params, limit],
        )
        for place_bits, number, *row in cursor.fetchall():
            # The grouping sets of one field each: all bits are set but the one of that field.
            place = next(
                place for place in range(len(names)) if not place_bits >> (len(names) - 1 - place) & 1
            )
            facets[names[place]].append(FacetValue(row[place], number))
    return facets


def values_of(name: str) -> Expression:
    """The values of a field that can be counted and grouped by. Raises FilterError for any other."""
    field = LOG_FIELDS.named(name)
    text = name.removeprefix("meta.")
    expression = key_text("meta", plain(name, text)) if text != name else field.expression
    if expression is None or field.kind not in {FieldKind.TEXT, FieldKind.BOOLEAN, FieldKind.NUMBER}:
        raise FilterError(f"The values of {field.label} cannot be counted.")
    return expression
