from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_htmx.http import trigger_client_event

from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from project.lib.htmx import fetched_ahead, render_page
from project.lib.ids import parse_id
from project.lib.keyset import KeysetPage
from project.lib.timelimits import time_limit
from records.columns import LOG_COLUMNS
from records.facetlinks import ValueLink, others_of, value_links
from records.gridmenu import GridMenu, grid_menu
from records.gridstate import COLUMNS_KEY, GridState, read_grid
from records.keptcolumns import KeptColumns
from records.listing import Links
from records.logpages.bars import BARS, HEIGHT, STEP, bars_of
from records.logpages.cells import log_cells
from records.logpages.figures import dollars
from records.logpages.listing import (
    PAGE_MS,
    PAGE_SIZE,
    count_since,
    logs_in,
    newest_moment,
    read_page,
    rows_of,
)
from records.logpages.reader import neighbors_of, raw_log, read_log
from records.logpages.scope import (
    ALL,
    EXACT_KEY,
    PLACE_KEYS,
    Scope,
    clean_scope_query,
    joined,
    read_scope,
)
from records.logpages.scopebar import scope_bar
from records.reader import VIEWS
from threads.fields import LOG_FIELDS
from threads.ids import EPOCH, moment_of
from threads.models import Log
from threads.reading import FACET_ROWS, facets_of, histogram_of, soon_histogram_of, values_of

NO_ID = UUID(int=0)
LIST_ID = "desk-list"
SEARCHED = "input_preview:icontains"
FACETS = {
    "model": "Model",
    "status": "Status",
    "customer_identifier": "Customer",
    "log_type": "Type",
    "error_code": "Error",
}
FACET_VALUES = 8


@require_GET
@fetched_ahead
@workspace_required
def log_list(request: PageRequest) -> HttpResponse:
    try:
        scope = _scope(request)
        cleaned = clean_scope_query(request.GET, scope)
    except FilterError as error:
        return _draw_list(request, {**_bar(_plain_scope()), "error": str(error)})
    if cleaned is not None:
        return redirect(f"{request.path}?{cleaned}" if cleaned else request.path)
    grid = _grid(request)
    context = {**_bar(scope), **_listing(request, scope, grid), **_open_log(request, scope)}
    return _draw_list(request, {**context, "grid_menu": _grid_menu(request, scope, grid)})


@require_GET
@workspace_required
def log_tail(request: PageRequest) -> HttpResponse:
    """How many logs came after `since`, for a list that follows; nothing while there is none. The list stays as it is
    until its reader asks for them."""
    since = parse_id(request.GET.get("since", ""))
    try:
        scope = _scope(request)
        number = count_since(request.workspace, scope, since) if since else 0
    except DomainError:  # The list says what is wrong with it.
        number = 0
    if not number:
        return HttpResponse(status=204)
    context = {"scope": scope, "number": min(number, PAGE_SIZE), "is_capped": number > PAGE_SIZE}
    return render(request, "threads/_log_news.html", context)


@require_GET
@workspace_required
def log_rows(request: PageRequest) -> HttpResponse:
    """The newest rows in place of those that are shown; an open log stays open."""
    try:
        scope = _scope(request)
    except FilterError:
        return HttpResponse(status=204)
    context = {**_bar(scope), **_listing(request, scope, _grid(request)), "is_update": True}
    if not context.get("rows"):
        return HttpResponse(status=204)
    return trigger_client_event(render(request, "threads/_log_rows.html", context), "logs-came")


@require_GET
@workspace_required
def log_histogram(request: PageRequest) -> HttpResponse:
    context: dict[str, Any] = {}
    try:
        scope = _scope(request)
        context = {"scope": scope, **_histogram(request, scope)}
    except DomainError as error:
        context = {**context, "error": str(error)}
    return render_page(request, "threads/log_histogram.html", "threads/_log_histogram.html", context)


@require_GET
@workspace_required
def log_facet(request: PageRequest, name: str) -> HttpResponse:
    """The commonest values of one field among what the other conditions leave."""
    context: dict[str, Any] = {"name": name, "label": FACETS.get(name, name)}
    try:
        values_of(name)  # A field that cannot be counted is refused whatever the filter.
        scope = _scope(request)
        context |= {"scope": scope, "values": _facet(request, scope, name), "is_in_desk": bool(request.htmx)}
    except DomainError as error:
        context["error"] = str(error)
    return render_page(request, "threads/log_facet.html", "threads/_log_facet.html", context)


@require_GET
@fetched_ahead
@workspace_required
def log_panel(request: PageRequest, log_id: UUID) -> HttpResponse:
    """The log beside the list, for htmx; the address of both together has `log=`."""
    return render(request, "threads/_log_panel.html", _reader(request, _get_log(request, log_id)))


@require_GET
@workspace_required
def log_detail(request: PageRequest, log_id: UUID) -> HttpResponse:
    return render(request, "threads/log_detail.html", _reader(request, _get_log(request, log_id)))


@require_GET
@workspace_required
def log_download(request: PageRequest, log_id: UUID) -> HttpResponse:
    log = _get_log(request, log_id)
    response = HttpResponse(raw_log(log).encode(errors="replace"), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{log.id}.json"'
    return response


def _get_log(request: PageRequest, log_id: UUID) -> Log:
    return get_object_or_404(Log.objects.visible_to(request.workspace), pk=log_id)


def _scope(request: PageRequest) -> Scope:
    return read_scope(request.GET, now=timezone.now(), registry=LOG_FIELDS)


def _plain_scope() -> Scope:
    return read_scope(QueryDict(), now=timezone.now(), registry=LOG_FIELDS)


def _draw_list(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if "error" in context else 200
    return render_page(request, "threads/log_list.html", "threads/_log_desk.html", context, status=status)


def _bar(scope: Scope) -> dict[str, Any]:
    chosen = scope.filter.values("status")
    return {
        **scope_bar(scope, LOG_FIELDS, searched=SEARCHED, controls={"status", SEARCHED}),
        "statuses": [(value, label, value in chosen) for value, label in Log.Status.choices],
        "facets": list(FACETS.items()),
        "facet_rows": FACET_ROWS,
        "sample_url": f"{reverse('threads:sample_create')}?{scope.fixed.query}",
        "campaign_url": f"{reverse('campaigns:campaign_create')}?{scope.fixed.query}",
    }


def _grid(request: PageRequest) -> GridState:
    is_chosen = COLUMNS_KEY in request.GET
    kept = [] if is_chosen else KeptColumns.objects.names_of(request.user, request.workspace.pk)
    return read_grid(request.GET.lists(), LOG_COLUMNS, kept=kept)


def _grid_menu(request: PageRequest, scope: Scope, grid: GridState) -> GridMenu:
    place = [(key, request.GET[key]) for key in (*PLACE_KEYS, "log") if request.GET.get(key)]

    def shown_at(changed: GridState) -> str:
        carrying = replace(scope, filter=scope.filter.carrying(changed.pairs))
        return f"{reverse('threads:log_list')}?{joined(carrying.query, urlencode(place))}"

    hidden = [*scope.place_pairs, *scope.filter.beside({COLUMNS_KEY}), *place]
    return grid_menu(grid, sorted_at=shown_at, shown_at=shown_at, hidden=hidden)


def _listing(request: PageRequest, scope: Scope, grid: GridState) -> dict[str, Any]:
    place = {key: request.GET.get(key, "") for key in PLACE_KEYS}
    reader = log_cells(grid.columns)
    try:
        page = read_page(logs_in(request.workspace, scope), place, reader)
    except DomainError as error:
        return {"error": str(error)}
    rows = rows_of(page, reader, _row_links(scope, place))
    found = {"page": page, "rows": rows, "grid": grid, **_page_urls(scope, page)}
    found["is_newest"] = not any(place.values())
    if not page.rows:
        found["newest_at"] = newest_moment(request.workspace, scope.environment)
        found["is_unrestricted"] = scope.is_unrestricted
    return found


def _row_links(scope: Scope, place: dict[str, str]) -> Links:
    query = joined(scope.query, urlencode({key: value for key, value in place.items() if value}))
    start, end = reverse("threads:log_panel", args=[NO_ID]).split(str(NO_ID))
    return Links(
        open_start=f"{reverse('threads:log_list')}?{joined(query, 'log=')}",
        panel_start=start,
        panel_end=f"{end}?{query}" if query else end,
    )


def _page_urls(scope: Scope, page: KeysetPage[Log]) -> dict[str, str]:
    """Further pages keep the end of their time, so that what comes in meanwhile moves nothing."""

    def url(place: str) -> str:
        return f"{reverse('threads:log_list')}?{joined(scope.query, place)}"

    return {
        "first_url": url("") if page.previous_cursor else "",
        "previous_url": url(f"before={page.previous_cursor}") if page.previous_cursor else "",
        "next_url": url(f"after={page.next_cursor}") if page.next_cursor else "",
    }


def _open_log(request: PageRequest, scope: Scope) -> dict[str, Any]:
    """The log of `log=`, to be shown beside the list."""
    if "log" not in request.GET or request.htmx.target == LIST_ID:
        return {}
    log_id = parse_id(request.GET["log"])
    log = Log.objects.visible_to(request.workspace).filter(pk=log_id).first() if log_id else None
    if log is None:
        return {"is_log_missing": True, "list_query": scope.query}
    return _reader(request, log)


def _reader(request: PageRequest, log: Log) -> dict[str, Any]:
    try:
        scope = _scope(request)
    except FilterError:
        scope = _plain_scope()
    neighbors = neighbors_of(request.workspace, scope, log)
    reading = read_log(request.workspace, log, view=request.GET.get("view", ""), neighbors=neighbors)
    place = {key: request.GET[key] for key in PLACE_KEYS if request.GET.get(key)}
    list_query = joined(scope.query, urlencode(place))
    return {
        "log": log,
        "reading": reading,
        "list_query": list_query,
        "view_query": joined(list_query, urlencode({"view": reading.view}) if reading.view else ""),
        "same_query": urlencode([("env", log.environment), ("window", ALL)]),
        "views": VIEWS,
    }


def _histogram(request: PageRequest, scope: Scope) -> dict[str, Any]:
    logs = logs_in(request.workspace, scope)
    if scope.start <= EPOCH:  # All time begins with the first log.
        with time_limit(PAGE_MS):
            first_id = logs.oldest_first().values_list("id", flat=True).first()
        scope = scope.between(moment_of(first_id) if first_id else scope.end, scope.end)
    end = max(scope.end, scope.start + BARS * timedelta(microseconds=1))
    read = histogram_of if request.GET.get(EXACT_KEY) else soon_histogram_of
    histogram = read(logs, start=scope.start, end=end, buckets=BARS)
    return {
        "is_estimate": histogram.is_estimate,
        "exact_url": f"{request.path}?{joined(scope.fixed.query, urlencode({EXACT_KEY: 1}))}",
        "bars": bars_of(histogram, scope, path=reverse("threads:log_list")),
        "log_count": sum(bucket.log_count for bucket in histogram.buckets),
        "failed_count": sum(bucket.failed_count for bucket in histogram.buckets),
        "cost": dollars(sum((bucket.cost for bucket in histogram.buckets), Decimal())),
        "width": BARS * STEP,
        "height": HEIGHT,
        "begins_at": scope.start,
        "ends_at": end,
    }


def _facet(request: PageRequest, scope: Scope, name: str) -> list[ValueLink]:
    logs = logs_in(request.workspace, replace(scope, filter=others_of(scope.filter, name)))
    counted: Counter[str | None] = Counter()
    for one in facets_of(logs, [name], limit=FACET_VALUES)[name]:
        counted[None if one.value in {None, ""} else str(one.value)] += one.log_count
    labels = dict(LOG_FIELDS.named(name).choices)
    return value_links(scope.filter.carrying(scope.place_pairs), name, counted.most_common(), labels)
