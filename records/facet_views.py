"""What comes to the list of records after its rows: facets, the exact total, and completions of what is typed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from datasets.models import Dataset
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.filters import FilterField
from project.lib.htmx import render_page
from project.lib.ranges import split_range
from records.completing import complete
from records.facetlinks import HEIGHT, STEP, bar_links, others_of, range_key, value_links
from records.facets import Effort, axis_of, fitting_effort, read_bars, read_values
from records.fields import RECORD_FIELDS
from records.filterbar import OTHER_KEYS, ListFilter, read_filter, storable
from records.listing import matching_records
from records.metafields import PREFIX
from records.models import Record
from records.pages import EXACT_MS, count_filtered

FACET_KEYS = ("facet", "facet_as", "facet_find", "facet_limit", "facet_exact")
FEW, MANY = 8, 100


@require_GET
@workspace_required
def record_facet(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The commonest values of one field, or its bars, among what the other conditions leave."""
    dataset = _get_dataset(request, dataset_id)
    name = storable(request.GET.get("facet", ""))
    list_filter = read_filter(request.GET.lists(), other_keys={*OTHER_KEYS, *FACET_KEYS})
    context: dict[str, Any] = {
        "dataset": dataset,
        "name": name,
        "label": name,
        "list_url": reverse("records:record_list", args=[dataset.id]),
        "list_query": list_filter.query,
        "facet_url": f"{request.path}?{_facet_query(request, list_filter)}",
        "find_url": request.path,
        "find_hidden": [*list_filter.beside(()), *_facet_pairs(request)],
        "is_exact": "facet_exact" in request.GET,
    }
    try:
        field = RECORD_FIELDS.named(name)
        context["label"] = name.removeprefix(PREFIX) if name.startswith(PREFIX) else field.label
        has_bars = field.is_ordered or request.GET.get("facet_as") == "bars"
        context |= (_bars if has_bars else _values)(request, dataset, list_filter, name, field)
    except DomainError as error:
        context["error"] = str(error)
    return render_page(request, "records/record_facet.html", "records/_facet.html", context)


@require_GET
@workspace_required
def record_total(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """How many match, exactly, for a list that has shown itself before everything was counted."""
    dataset = _get_dataset(request, dataset_id)
    list_filter = read_filter(request.GET.lists())
    try:
        records = matching_records(dataset, list_filter)
        total = count_filtered(records, cap=dataset.record_count, milliseconds=EXACT_MS)
    except DomainError:  # The list says what is wrong with its filter.
        return HttpResponse(status=204)
    if total.number is None:
        return HttpResponse(status=204)
    return render(request, "records/_record_total.html", {"dataset": dataset, "total": total})


@require_GET
@workspace_required
def filter_complete(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """What the last word of a filter, as far as it is typed, can become."""
    dataset = _get_dataset(request, dataset_id)
    completions = complete(dataset, storable(request.GET.get("typed", "")))
    return render(request, "records/_completions.html", {"completions": completions})


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _effort(request: PageRequest, dataset: Dataset, others: ListFilter, name: str) -> Effort:
    return Effort.EXACTLY if "facet_exact" in request.GET else fitting_effort(dataset, others, name)


def _facet_query(request: PageRequest, list_filter: ListFilter) -> str:
    """Without what is asked of the facet beyond its first sight."""
    return "&".join(query for query in (list_filter.query, urlencode(_facet_pairs(request))) if query)


def _facet_pairs(request: PageRequest) -> list[tuple[str, str]]:
    return [(key, request.GET[key]) for key in ("facet", "facet_as") if key in request.GET]


def _values(
    request: PageRequest, dataset: Dataset, list_filter: ListFilter, name: str, field: FilterField
) -> dict[str, Any]:
    others = others_of(list_filter, name)
    search = storable(request.GET.get("facet_find", "")).strip()
    facet = read_values(
        dataset,
        matching_records(dataset, others),
        name,
        limit=MANY if "facet_limit" in request.GET or search else FEW,
        search=search,
        effort=_effort(request, dataset, others, name),
    )
    counted = [(one.value, one.number) for one in facet.values]
    return {
        "facet": facet,
        "search": search,
        "values": value_links(list_filter, name, counted, dict(field.choices)),
        "has_all": "facet_limit" in request.GET,
    }


def _bars(
    request: PageRequest, dataset: Dataset, list_filter: ListFilter, name: str, field: FilterField
) -> dict[str, Any]:
    """The bars stand where those of the whole dataset stand, so that they do not move while one filters."""
    axis = axis_of(dataset, Record.objects.in_dataset(dataset), name)
    if axis is None:
        return {"bars": []}
    key = range_key(list_filter, name)
    others = others_of(list_filter, name, key)
    effort = _effort(request, dataset, others, name)
    found = read_bars(dataset, matching_records(dataset, others), name, axis.edges, effort=effort)
    low, high, _ = split_range((list_filter.values(key) or ("..",))[-1])
    return {
        "facet": found,
        "bars": bar_links(list_filter, name, found.numbers, axis),
        "width": STEP * len(found.numbers),
        "height": HEIGHT,
        "low": low,
        "high": high,
        "hidden": list_filter.beside((key,)),
        "query_without": list_filter.with_pairs({key: ()}) if list_filter.values(key) else None,
    }
