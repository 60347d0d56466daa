"""A snapshot opened: its records as they were, as a list and one by one, to be read only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from datasets.models import Dataset, Revision, Snapshot
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from project.lib.ids import parse_id
from records.comparing import count_erased
from records.exportformats import EXPORT_FORMATS
from records.fields import STATUSES
from records.filterbar import ListFilter, clean_query, read_filter
from records.listing import Links, rows_of
from records.models import Record
from records.pastrecords import Past
from records.reader import VIEWS, read_past_record
from records.readerpage import first_turn, joined

NO_ID = UUID(int=0)
_CONTROLS = {"q", "status"}


@dataclass(frozen=True, slots=True)
class _Opened:
    """A snapshot with the filter and the place of the address."""

    dataset: Dataset
    snapshot: Snapshot
    filter: ListFilter
    place: dict[str, str]

    @property
    def past(self) -> Past:
        assert self.snapshot.revision.number is not None
        return Past(self.dataset, self.snapshot.revision.number, self.filter.condition)

    @property
    def url(self) -> str:
        return reverse("records:snapshot_detail", args=[self.dataset.id, self.snapshot.id])

    @property
    def list_query(self) -> str:
        return joined(self.filter.query, *(f"{key}={value}" for key, value in self.place.items()))


@never_cache
@require_GET
@workspace_required
def snapshot_detail(request: PageRequest, dataset_id: UUID, snapshot_id: UUID) -> HttpResponse:
    """With `record=` beside the list."""
    opened = _open(request, dataset_id, snapshot_id)
    cleaned = clean_query(request.GET, opened.filter)
    if cleaned is not None:
        return redirect(f"{opened.url}?{cleaned}" if cleaned else opened.url)
    context = {**_context(opened), **_list_context(opened), **_record_beside(request, opened)}
    status = 422 if "error" in context else 200
    return render_page(
        request, "records/snapshot_detail.html", "records/_snapshot_desk.html", context, status=status
    )


@never_cache
@require_GET
@workspace_required
def snapshot_record(
    request: PageRequest, dataset_id: UUID, snapshot_id: UUID, record_id: UUID
) -> HttpResponse:
    """A page, or for htmx the panel beside the list."""
    opened = _open(request, dataset_id, snapshot_id)
    context = _record_context(request, opened, record_id)
    if context is None:
        raise Http404("This record was not in the snapshot, or was deleted for good since.")
    return render_page(
        request,
        "records/snapshot_record.html",
        "records/_snapshot_panel.html",
        {**_context(opened), **context},
    )


def _open(request: PageRequest, dataset_id: UUID, snapshot_id: UUID) -> _Opened:
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    snapshots = dataset.snapshots.select_related("revision", "created_by", "dataset")
    place = {key: request.GET[key] for key in ("after", "before") if request.GET.get(key)}
    snapshot = get_object_or_404(snapshots, pk=snapshot_id)
    return _Opened(dataset, snapshot, read_filter(request.GET.lists()), place)


def _context(opened: _Opened) -> dict[str, Any]:
    return {
        "dataset": opened.dataset,
        "snapshot": opened.snapshot,
        "snapshot_url": opened.url,
        "filter": opened.filter,
        "list_query": opened.list_query,
        "is_past": True,
    }


def _list_context(opened: _Opened) -> dict[str, Any]:
    others = opened.dataset.snapshots.select_related("revision").exclude(pk=opened.snapshot.pk)
    context = {
        "others": others.order_by("-id"),
        "statuses": STATUSES,
        "status": "".join(opened.filter.values("status")[:1]),
        "hidden": opened.filter.beside(_CONTROLS),
        "all_hidden": opened.filter.beside(()),
        "formats": [(name, each.label) for name, each in EXPORT_FORMATS.items()],
        "erased": 0 if opened.place else _count_erased(opened.snapshot),
    }
    try:
        page = opened.past.page(opened.place)
        found = opened.past.count() if opened.filter.condition else opened.snapshot.record_count
    except DomainError as error:
        return {**context, "error": str(error)}
    return {
        **context,
        "rows": rows_of(page.rows, _links(opened), search=opened.filter.search),
        "page": page,
        "found": found,
        "first_url": _page_url(opened, "") if opened.place else "",
        "previous_url": _page_url(opened, f"before={page.previous_cursor}") if page.previous_cursor else "",
        "next_url": _page_url(opened, f"after={page.next_cursor}") if page.next_cursor else "",
    }


def _count_erased(snapshot: Snapshot) -> int:
    """Counting looks at every record, so it is done only where something was deleted for good since."""
    later = Revision.objects.filter(dataset=snapshot.dataset, number__gt=snapshot.revision.number)
    return count_erased(snapshot) if later.filter(kind=Revision.Kind.ERASE).exists() else 0


def _record_beside(request: PageRequest, opened: _Opened) -> dict[str, Any]:
    if "record" not in request.GET:
        return {}
    record_id = parse_id(request.GET["record"])
    context = _record_context(request, opened, record_id) if record_id else None
    return context or {"is_record_missing": True}


def _record_context(request: PageRequest, opened: _Opened, record_id: UUID) -> dict[str, Any] | None:
    record = opened.past.record(record_id)
    if record is None:
        return None
    reading = read_past_record(
        opened.past,
        record,
        opened.filter,
        view=request.GET.get("view", ""),
        first_turn=first_turn(request),
    )
    here = Record.objects.in_dataset(opened.dataset).filter(pk=record_id)
    return {"record": record, "reading": reading, "views": VIEWS, "is_there_now": here.exists()}


def _links(opened: _Opened) -> Links:
    start, end = reverse(
        "records:snapshot_record", args=[opened.dataset.id, opened.snapshot.id, NO_ID]
    ).split(str(NO_ID))
    return Links(
        open_start=f"{opened.url}?{joined(opened.list_query, 'record=')}",
        panel_start=start,
        panel_end=f"{end}?{opened.list_query}" if opened.list_query else end,
    )


def _page_url(opened: _Opened, place: str) -> str:
    query = joined(opened.filter.query, place)
    return f"{opened.url}?{query}" if query else opened.url
