"""The samples of `threads.sampling`, drawn by the database: no log leaves it that is not taken."""

from __future__ import annotations

from django.core.exceptions import EmptyResultSet
from django.db.models import BigIntegerField, CharField, Count, F, Func, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from threads.querysets import LogQuerySet, ThreadQuerySet
from threads.reading import values_of
from threads.sampling import LOT_BITS, SampleRule, lots_below

_WITHIN = """
    SELECT id, thread, stratum, lot FROM (
        SELECT *, row_number() OVER (PARTITION BY {group} ORDER BY lot, id) AS place FROM ({drawn}) AS drawn
    ) AS places WHERE place <= %s
"""


def drawn(logs: LogQuerySet, rule: SampleRule) -> LogQuerySet:
    """The logs that the rule takes, oldest first. Raises SampleError, FilterError."""
    rule.check()
    lots = logs.annotate(lot=_lot(rule.seed)).filter(lot__lt=lots_below(rule.percent))
    if rule.is_share:
        return lots.oldest_first()
    stratum = values_of(rule.stratum) if rule.stratum else Value(None, output_field=TextField())
    candidates = lots.annotate(stratum_value=Cast(stratum, TextField())).order_by()
    columns = candidates.values_list("id", "thread_identifier", "stratum_value", "lot")
    try:
        sql, params = columns.query.sql_with_params()
    except EmptyResultSet:
        return logs.none()
    sql, given = f"SELECT * FROM ({sql}) AS candidates (id, thread, stratum, lot)", [*params]
    if rule.per_thread is not None:
        sql = _WITHIN.format(group="coalesce(nullif(thread, ''), id::text)", drawn=sql)
        given.append(rule.per_thread)
    if rule.per_stratum is not None:
        sql = _WITHIN.format(group="stratum", drawn=sql)
        given.append(rule.per_stratum)
    if rule.size is not None:
        sql = f"{sql} ORDER BY lot, id LIMIT %s"
        given.append(rule.size)
    return logs.filter(id__in=RawSQL(f"SELECT id FROM ({sql}) AS chosen", given)).oldest_first()


def count_share(logs: LogQuerySet, rule: SampleRule) -> tuple[int, int]:
    """How many logs there are and how many of them a rule takes that speaks of nothing but a share. Raises SampleError,
    FilterError."""
    rule.check()
    is_taken = Q(lot__lt=lots_below(rule.percent))
    lots = logs.order_by().annotate(lot=_lot(rule.seed))
    counts = lots.aggregate(logs=Count("pk"), taken=Count("pk", filter=is_taken))
    return counts["logs"], counts["taken"]


def drawn_threads(threads: ThreadQuerySet, rule: SampleRule) -> ThreadQuerySet:
    """The threads that the rule takes, as far as it speaks of a share and a number in all. Raises SampleError."""
    rule.check()
    lots = threads.annotate(lot=_lot(rule.seed)).filter(lot__lt=lots_below(rule.percent))
    if rule.size is None:
        return lots.order_by("id")
    chosen = lots.order_by("lot", "id").values("id")[: rule.size]
    return threads.filter(id__in=chosen).order_by("id")


def _lot(seed: str) -> Func:
    """As `threads.sampling.lot_of` computes it."""
    return Func(
        Value(f"{seed}:"),
        Cast(F("id"), CharField()),
        template=(
            f"('x' || left(encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex'), {LOT_BITS // 4}))"
            f"::bit({LOT_BITS})::bigint"
        ),
        arg_joiner=" || ",
        output_field=BigIntegerField(),
    )
