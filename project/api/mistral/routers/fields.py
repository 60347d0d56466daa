from __future__ import annotations

from ninja import Query, Router

from project.api.keys import KeyRequest, logs_of
from project.api.mistral.access import judge_fields, judges_of
from project.api.mistral.auth import READ
from project.api.mistral.errors import FAILURES, FieldNotFoundError, FieldRequestError
from project.api.mistral.fields import EventField, event_field, event_fields
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.events import (
    CountOut,
    CountsIn,
    CountsOut,
    FieldGroupOut,
    FieldOut,
    FieldsOut,
    OperatorIn,
    OptionsOut,
)
from project.lib.filters import FieldKind, FilterError
from threads.reading import facets_of

MAX_OPTIONS = 100
MAX_JUDGES = 1_000
GROUPS = {"event": "Event", "metadata": "Metadata", "judges": "Judges"}

router = Router(tags=["chat completion fields"])


@router.get(
    "/chat-completion-fields",
    auth=READ,
    operation_id="list_fields",
    response={200: FieldsOut, FAILURES: ErrorOut},
)
def list_fields(request: KeyRequest) -> FieldsOut:
    fields = [*event_fields(), *judge_fields(judges_of(request.auth).newest_first()[:MAX_JUDGES])]
    return FieldsOut(
        field_definitions=[FieldOut.from_field(field) for field in fields],
        field_groups=[FieldGroupOut(name=name, label=label) for name, label in GROUPS.items()],
    )


@router.get(
    "/chat-completion-fields/{field_name}/options",
    auth=READ,
    operation_id="fetch_field_options",
    response={200: OptionsOut, FAILURES: ErrorOut},
)
def fetch_field_options(request: KeyRequest, field_name: str, wanted: Query[OperatorIn]) -> OptionsOut:
    """The values that a field may have, or has most often; null for a field whose values are not to be listed."""
    field = _field(field_name)
    if wanted.operator not in field.operators:
        raise FieldRequestError(f"{field.name} has no operator {wanted.operator!r}; it has {_words(field)}.")
    if wanted.operator == "isnull" or field.kind is FieldKind.BOOLEAN:
        return OptionsOut(options=[True, False])
    if field.field.choices:
        return OptionsOut(options=[value for value, _ in field.field.choices])
    if field.kind is not FieldKind.TEXT:
        return OptionsOut(options=None)
    facets = facets_of(logs_of(request.auth), [field.ours], limit=MAX_OPTIONS)[field.ours]
    return OptionsOut(options=[facet.value for facet in facets if facet.value is not None])


@router.post(
    "/chat-completion-fields/{field_name}/options-counts",
    auth=READ,
    operation_id="fetch_field_counts",
    response={200: CountsOut, FAILURES: ErrorOut},
)
def fetch_field_counts(request: KeyRequest, field_name: str, wanted: CountsIn) -> CountsOut:
    field = _field(field_name)
    logs = logs_of(request.auth).matching(wanted.to_filter())
    facets = facets_of(logs, [field.ours], limit=MAX_OPTIONS)[field.ours]
    return CountsOut(counts=[CountOut.from_facet(facet) for facet in facets])


def _field(name: str) -> EventField:
    try:
        return event_field(name)
    except FilterError as error:
        raise FieldNotFoundError(str(error)) from None


def _words(field: EventField) -> str:
    return ", ".join(field.operators)
