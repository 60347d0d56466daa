"""The fields by which this vendor filters lists of datasets."""

from __future__ import annotations

from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from datasets.models import Job
from datasets.querysets import RECORDS_STATUS, DatasetQuerySet
from project.api.keywordsai.fields import names_in
from project.api.keywordsai.filters import filter_group
from project.api.keywordsai.schemas.datasets import SAMPLING, DatasetsIn
from project.api.keywordsai.schemas.logs import FiltersIn
from project.lib.filters import Condition, FieldKind, FieldRegistry, Group, Operator
from project.lib.typedfields import column, field_over, key_text, text_field, time_field

_LAST_SAMPLING = Subquery(
    Job.objects.filter(dataset=OuterRef("pk"), kind=Job.Kind.SAMPLE_LOGS)
    .annotate(records_status=RECORDS_STATUS)
    .order_by("-id")
    .values("records_status")[:1]
)
# As `schemas.datasets.status_of` tells it of one dataset.
_STATUS = Case(
    When(Q(sampling_status__in=Job.ACTIVE, record_count=0), then=Value("initializing")),
    When(Q(sampling_status__in=Job.ACTIVE), then=Value("loading")),
    When(Q(sampling_status=Job.Status.FAILED, record_count=0), then=Value("failed")),
    default=Value("ready"),
    output_field=TextField(),
)
_ID = Cast(F("id"), TextField())

DATASET_FIELDS = FieldRegistry(
    (
        field_over("id", "Id", _ID),
        text_field("name", "Name"),
        text_field("description", "Description"),
        field_over(
            "type", "Type", Coalesce(key_text("extras", "type"), Value(SAMPLING), output_field=TextField())
        ),
        field_over("status", "Status", _STATUS),
        field_over("log_count", "Logs", column("record_count", IntegerField()), FieldKind.NUMBER),
        time_field("created_at", "Created"),
        time_field("updated_at", "Updated"),
    ),
    {},
)
_NAMES = {name: name for name in DATASET_FIELDS.fields}


def matching(datasets: DatasetQuerySet, condition: Group) -> DatasetQuerySet:
    """Raises FilterError."""
    if not condition:
        return datasets
    query = DATASET_FIELDS.compile(condition)
    return datasets.annotate(sampling_status=_LAST_SAMPLING).filter(query)


def dataset_filter(wanted: DatasetsIn, sent: FiltersIn) -> Group:
    """Of the query and of the body. Raises FilterError."""
    simple = (
        ("name", Operator.CONTAINS_IN_ANY_CASE, wanted.name),
        ("type", Operator.IS, wanted.type),
        ("status", Operator.IS, wanted.status),
        ("created_at", Operator.AT_LEAST, wanted.created_after),
        ("created_at", Operator.AT_MOST, wanted.created_before),
    )
    asked = tuple(Condition(field, operator, (value,)) for field, operator, value in simple if value)
    group = filter_group(sent.filters, names_in(_NAMES), connector=sent.operator)
    return Group((*asked, *((group,) if group else ())))
