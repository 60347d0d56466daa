"""The fields of records that are copies of logs, by the names that they have on logs, with the same rules of null.

What a copy keeps of its call stands under `log` in its payload. The payload is `json`, whose text is not unescaped on
the way there: a NUL elsewhere in it does no harm.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Case, F, FloatField, Func, Q, TextField, Value, When
from django.db.models.expressions import Expression, ExpressionWrapper
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from project.lib.filters import Condition, FieldKind, FieldRegistry, FilterError, FilterField, Operator
from project.lib.ids import parse_id
from project.lib.typedfields import (
    COMPARISONS,
    EQUALITIES,
    NEVER,
    ORDER_OPERATORS,
    TEXT_OPERATORS,
    equality_query,
    keyed_text_field,
    map_field,
    number_query,
    read_moment,
    read_text,
    text_query,
    time_field,
)
from threads.ids import first_id_after, first_id_at

KEY = "log"
TEXTS = {
    "model": "Model",
    "log_type": "Type",
    "status": "Status",
    "error_code": "Error code",
    "error_message": "Error message",
    "environment": "Environment",
    "customer_identifier": "Customer",
    "thread_identifier": "Thread",
    "custom_identifier": "Custom id",
    "session_identifier": "Session",
    "trace_unique_id": "Trace",
}
NUMBERS = {
    "status_code": "Status code",
    "prompt_tokens": "Prompt tokens",
    "completion_tokens": "Completion tokens",
    "total_tokens": "Tokens",
    "cost": "Cost",
    "latency": "Latency",
}
_COPIED = Q(origin="EXPLORER") & ~Q(source="")


class _Arrow(Func):
    template = "(%(expressions)s)"
    arg_joiner = " -> "


class _TextArrow(_Arrow):
    arg_joiner = " ->> "


def detail_text(name: str) -> Expression:
    return _TextArrow(_Arrow(F("payload"), Value(KEY)), Value(name), output_field=TextField())


def detail_number(name: str) -> Expression:
    """Null unless it is a number."""
    kind = Func(_Arrow(_Arrow(F("payload"), Value(KEY)), Value(name)), function="json_typeof")
    is_number = Exact(ExpressionWrapper(kind, TextField()), "number")
    return Case(When(is_number, then=Cast(detail_text(name), FloatField())), output_field=FloatField())


def _id(condition: Condition) -> Q:
    """Of the log, where the record is a copy of one, else of the record."""
    if condition.operator not in EQUALITIES:
        return text_query(_PUBLIC_ID, condition)
    values = condition.value if isinstance(condition.value, list | tuple) else [condition.value]
    wanted = [read_text(condition.field, value) for value in values]
    texts = [text for text in wanted if text]
    own = [found for found in map(parse_id, texts) if found is not None]
    matches = (_COPIED & Q(source__in=texts)) | (~_COPIED & Q(id__in=own)) if texts else NEVER
    return equality_query(condition, wanted, matches, NEVER)


def _logged_at(condition: Condition) -> Q:
    """Told by the id of the log."""
    value = condition.value[0] if isinstance(condition.value, list | tuple) else condition.value
    moment = read_moment(condition.field, value)
    if moment is None:
        raise FilterError(f"{condition.field} needs a value to be compared with.")
    return {
        Operator.ABOVE: Q(log_ids__0__gte=first_id_after(moment)),
        Operator.AT_LEAST: Q(log_ids__0__gte=first_id_at(moment)),
        Operator.BELOW: Q(log_ids__0__lt=first_id_at(moment)),
        Operator.AT_MOST: Q(log_ids__0__lt=first_id_after(moment)),
    }[condition.operator]


def _on(value: Expression, query: Callable[[Expression, Condition], Q]) -> Callable[[Condition], Q]:
    return lambda condition: query(value, condition)


_PUBLIC_ID = Case(
    When(_COPIED, then=F("source")),
    default=Func(Cast(F("id"), TextField()), Value("-"), Value(""), function="replace"),
    output_field=TextField(),
)

COPY_FIELDS = FieldRegistry(
    (
        FilterField("id", "Id", TEXT_OPERATORS, _id),
        FilterField("logged_at", "Time", tuple(COMPARISONS), _logged_at, kind=FieldKind.TIME),
        time_field("created_at", "Added"),
        *(
            FilterField(name, label, TEXT_OPERATORS, _on(detail_text(name), text_query))
            for name, label in TEXTS.items()
        ),
        *(
            FilterField(
                name, label, ORDER_OPERATORS, _on(detail_number(name), number_query), kind=FieldKind.NUMBER
            )
            for name, label in NUMBERS.items()
        ),
        map_field("meta", "Metadata"),
    ),
    {"meta.": keyed_text_field("meta.", "meta", "Metadata")},
)
