from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from datasets.models import Dataset, Job
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import InvalidError, LimitError
from project.lib.filters import FilterError
from project.lib.filterwords import in_words
from project.lib.htmx import fetched_ahead, render_page
from project.lib.ids import parse_id
from records.columns import RECORD_COLUMNS
from records.fields import RECORD_FIELDS, STATUSES
from records.filterbar import ListFilter, clean_query, read_filter
from records.filterforms import FIND, TEXT, comparisons_in, offered_fields
from records.gridmenu import GridMenu, grid_menu
from records.gridstate import COLUMNS_KEY, GridState, read_grid
from records.keptcolumns import KeptColumns
from records.listing import Links, Listing, count_without_each, read_listing
from records.models import Record
from records.rail import rail_of
from records.reader import raw_payload
from records.readerpage import joined, place_of_list, reader_context
from records.suggestions import suggest
from records.viewbar import read_view_bar

NO_ID = UUID(int=0)
LIST_ID = "desk-list"

Menu = tuple[str, str, list[tuple[str, str, bool]]]


@require_GET
@fetched_ahead
@workspace_required
def record_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    list_filter = read_filter(request.GET.lists())
    refusal: dict[str, str] = {}
    try:
        cleaned = clean_query(request.GET, list_filter)
    except FilterError as error:
        cleaned, refusal = None, _refusal(request, error)
    if cleaned is not None:
        return redirect(f"{request.path}?{cleaned}" if cleaned else request.path)
    kept = KeptColumns.objects.names_of(request.user, dataset.pk) if COLUMNS_KEY not in request.GET else []
    grid = read_grid(request.GET.lists(), RECORD_COLUMNS, kept=kept)
    carrying = list_filter.carrying(grid.pairs)
    context = {**_list_context(request, dataset, carrying, grid), **refusal}
    status = 422 if refusal or "error" in context else 200
    return render_page(
        request, "records/record_list.html", "records/_record_desk.html", context, status=status
    )


@require_GET
@fetched_ahead
@workspace_required
def record_panel(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    """The record beside the list, for htmx; the address of both together has `record=`."""
    dataset = _get_dataset(request, dataset_id)
    context = reader_context(request, dataset, _get_record(dataset, record_id))
    return render(request, "records/_record_panel.html", context)


@require_GET
@workspace_required
def record_detail(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    context = reader_context(request, dataset, _get_record(dataset, record_id))
    context["next"] = request.get_full_path()
    return render(request, "records/record_detail.html", context)


@require_GET
@workspace_required
def record_download(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    """The payload as it is stored; of a text record the conversation that it stands for."""
    record = _get_record(_get_dataset(request, dataset_id), record_id)
    response = HttpResponse(raw_payload(record).encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{record.id}.json"'
    return response


@require_GET
@workspace_required
def record_notice(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """What the list says of a running import, asked for again while one runs."""
    dataset = _get_dataset(request, dataset_id)
    context = {"dataset": dataset, "imports": _running_imports(dataset), "is_update": True}
    return render(request, "records/_record_notice.html", context)


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _get_record(dataset: Dataset, record_id: UUID) -> Record:
    return get_object_or_404(Record.objects.in_dataset(dataset).select_related("revision"), pk=record_id)


def _refusal(request: PageRequest, error: FilterError) -> dict[str, str]:
    """What was typed stays where it was typed; the list stays as it was."""
    key = f"typed_{FIND}" if FIND in request.GET else "typed"
    return {"filter_error": str(error), key: request.GET.get(TEXT, request.GET.get(FIND, ""))}


def _list_context(
    request: PageRequest, dataset: Dataset, list_filter: ListFilter, grid: GridState
) -> dict[str, Any]:
    suggestions = suggest(dataset)
    context = {
        "dataset": dataset,
        "filter": list_filter,
        "grid": grid,
        "rail": rail_of(list_filter, suggestions) if dataset.record_count else [],
        "menus": _menus(list_filter, suggestions.tags),
        "fields": offered_fields(RECORD_FIELDS, suggestions.keys),
        "comparisons": comparisons_in(RECORD_FIELDS),
        "place_hidden": [],
        "everything": list_filter.beside(()),
        "imports": _running_imports(dataset),
        "view_bar": read_view_bar(dataset, request.user, request.membership, list_filter),
    }
    place = place_of_list(request)
    list_query = joined(list_filter.query, urlencode(place))
    links = _row_links(request.path, dataset, list_query)
    try:
        listing = read_listing(dataset, list_filter, grid, place, links)
    except (InvalidError, LimitError) as error:
        return {**context, "error": str(error)}
    return {
        **context,
        "listing": listing,
        "grid_menu": _grid_menu(request, list_filter, grid, suggestions.keys),
        "can_pick": request.membership.can_review,
        "filter_words": in_words(list_filter.condition, RECORD_FIELDS),
        "list_query": list_query,
        "is_empty": not dataset.record_count and not list_filter.pairs,
        "api_url": request.build_absolute_uri(f"/v1/observability/datasets/{dataset.id}/records"),
        "removals": [] if listing.rows else count_without_each(dataset, list_filter),
        **_page_urls(request.path, list_filter, listing),
        **_open_record(request, dataset),
    }


def _grid_menu(
    request: PageRequest, list_filter: ListFilter, grid: GridState, meta_keys: tuple[str, ...]
) -> GridMenu:
    place = {**place_of_list(request), **{key: request.GET[key] for key in ("record",) if key in request.GET}}

    def shown_at(changed: GridState) -> str:
        return f"{request.path}?{joined(list_filter.carrying(changed.pairs).query, urlencode(place))}"

    def sorted_at(changed: GridState) -> str:
        return f"{request.path}?{list_filter.carrying(changed.pairs).query}"

    hidden = [*list_filter.beside({COLUMNS_KEY}), *place.items()]
    return grid_menu(grid, sorted_at=sorted_at, shown_at=shown_at, hidden=hidden, meta_keys=meta_keys)


def _menus(list_filter: ListFilter, tags: tuple[str, ...]) -> list[Menu]:
    """The filter's fields that are chosen from a list: title, name, and the options with whether they are chosen."""
    choices = {
        "status": STATUSES,
        "tag": tuple((tag, tag) for tag in dict.fromkeys([*list_filter.values("tag"), *tags])),
    }
    return [
        (
            name.capitalize(),
            name,
            [(value, label, value in list_filter.values(name)) for value, label in options],
        )
        for name, options in choices.items()
    ]


def _running_imports(dataset: Dataset) -> list[Job]:
    return list(Job.objects.active().imports().filter(dataset=dataset).newest_first())


def _row_links(path: str, dataset: Dataset, list_query: str) -> Links:
    start, end = reverse("records:record_panel", args=[dataset.id, NO_ID]).split(str(NO_ID))
    return Links(
        open_start=f"{path}?{joined(list_query, 'record=')}",
        panel_start=start,
        panel_end=f"{end}?{list_query}" if list_query else end,
    )


def _page_urls(path: str, list_filter: ListFilter, listing: Listing) -> dict[str, str]:
    def url(place: str) -> str:
        query = joined(list_filter.query, place)
        return f"{path}?{query}" if query else path

    page = listing.page
    return {
        "first_url": url("") if page.previous_cursor else "",
        "previous_url": url(f"before={page.previous_cursor}") if page.previous_cursor else "",
        "next_url": url(f"after={page.next_cursor}") if page.next_cursor else "",
        "last_url": url("page=last") if page.next_cursor else "",
    }


def _open_record(request: PageRequest, dataset: Dataset) -> dict[str, Any]:
    """The record of `record=`, to be shown beside the list; a list that is drawn anew leaves it as it is."""
    if "record" not in request.GET or request.htmx.target == LIST_ID:
        return {}
    found = Record.objects.in_dataset(dataset).select_related("revision")
    record_id = parse_id(request.GET["record"])
    record = found.filter(pk=record_id).first() if record_id else None
    return reader_context(request, dataset, record) if record else {"is_record_missing": True}
