"""The registry of thread fields: of a thread's totals, and of the logs that it holds."""

from __future__ import annotations

from django.apps import apps
from django.db.models import DateTimeField, DecimalField, Exists, ExpressionWrapper, F, OuterRef, Q, TextField
from django.db.models.functions import NullIf

from project.lib.filters import Condition, FieldKind, FieldRegistry, FilterField, Operator
from project.lib.typedfields import TEXT_OPERATORS, column, field_over, number_field, text_field, time_field
from threads.fields import LOG_FIELDS

_OPPOSITES = {
    Operator.IS_NOT: Operator.IS,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_CONTAINS_IN_ANY_CASE: Operator.CONTAINS_IN_ANY_CASE,
    Operator.NOT_BEGINS: Operator.BEGINS,
    Operator.NOT_ENDS: Operator.ENDS,
    Operator.IS_NULL: Operator.IS_NOT_NULL,
    Operator.MISSING: Operator.EXISTS,
    Operator.EMPTY: Operator.NOT_EMPTY,
}


def _of_its_logs(condition: Condition) -> Q:
    """A thread is of a customer when one of its logs is, and not of one when none is."""
    opposite = _OPPOSITES.get(condition.operator)
    if opposite is not None:
        return ~_of_its_logs(Condition(condition.field, opposite, condition.value))
    logs = apps.get_model("threads", "Log").objects.filter(
        workspace_id=OuterRef("workspace_id"),
        environment=OuterRef("environment"),
        thread_identifier=OuterRef("identifier"),
    )
    return Q(Exists(logs.filter(LOG_FIELDS.compile(condition))))


THREAD_FIELDS = FieldRegistry(
    (
        field_over("thread_identifier", "Thread", column("identifier", TextField())),
        FilterField("customer_identifier", "Customer", TEXT_OPERATORS, _of_its_logs),
        FilterField("api_key_id", "Key", TEXT_OPERATORS, _of_its_logs),
        FilterField("model", "Model", TEXT_OPERATORS, _of_its_logs),
        text_field("environment", "Environment"),
        field_over("logged_at", "Last log", column("last_log_at", DateTimeField()), FieldKind.TIME),
        time_field("first_log_at", "First log"),
        number_field("log_count", "Logs"),
        number_field("failed_count", "Failed logs"),
        number_field("cost", "Cost"),
        number_field("prompt_tokens", "Prompt tokens"),
        number_field("completion_tokens", "Completion tokens"),
        number_field("total_tokens", "Tokens"),
        field_over(
            "average_latency",
            "Average latency",
            ExpressionWrapper(F("latency") / NullIf(F("timed_count"), 0), DecimalField()),
            FieldKind.NUMBER,
        ),
    ),
    {},
)
