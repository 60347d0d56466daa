"""Records that leave as files: what a filter shows, what was selected, a snapshot; and the manifests of those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from datasets.authors import page_author
from datasets.models import Dataset, Event
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib import jsontext
from project.lib.errors import ConflictError
from project.lib.htmx import render_page
from records import actions
from records.bulk_forms import read_picked
from records.exportformats import EXPORT_FORMATS, format_named
from records.filterbar import read_filter
from records.manifests import MAX_KEPT_IDS
from records.selections import SelectedThen, Selection


@require_GET
@workspace_required
def record_export(request: PageRequest, dataset_id: UUID) -> HttpResponseBase:
    """What the filter shows, as it is now."""
    dataset = _get_dataset(request, dataset_id)
    condition = read_filter(request.GET.lists()).condition
    wanted = _wanted(request.GET, dataset.slug)
    chunks = actions.export_matching(dataset, condition, wanted, author=page_author(request))
    return _stream(chunks, wanted)


@require_POST
@workspace_required
def selection_export(request: PageRequest, dataset_id: UUID) -> HttpResponseBase:
    """Without `format` the question for it; else the ticked records, or all that matched, as they were then."""
    dataset = _get_dataset(request, dataset_id)
    picked = read_picked(dataset, request.POST)
    if "format" in request.POST:
        return _export(request, dataset, picked.selection, _wanted(request.POST, f"{dataset.slug}-selected"))
    context = {
        "dataset": dataset,
        "picked": picked,
        "matched": SelectedThen(dataset, picked.selection).count(),
        "formats": [(name, each.label) for name, each in EXPORT_FORMATS.items()],
    }
    return render_page(request, "records/selection_export.html", "records/_selection_export.html", context)


@require_GET
@workspace_required
def snapshot_export(request: PageRequest, dataset_id: UUID, snapshot_id: UUID) -> HttpResponseBase:
    """The same bytes for ever, but for what was deleted for good. With a filter, what of it matched then."""
    dataset = _get_dataset(request, dataset_id)
    snapshot = get_object_or_404(dataset.snapshots.select_related("revision"), pk=snapshot_id)
    number = snapshot.revision.number
    assert number is not None
    selection = Selection(read_filter(request.GET.lists()).condition, number)
    name = f"{dataset.slug}-{slugify(snapshot.name) or number}"
    return _export(request, dataset, selection, _wanted(request.GET, name))


@never_cache
@require_GET
@workspace_required
def export_manifest(request: PageRequest, dataset_id: UUID, event_id: UUID) -> HttpResponse:
    """Of an export that was sent to its end."""
    dataset = _get_dataset(request, dataset_id)
    event = _get_export(request, dataset, event_id)
    manifest: dict[str, Any] = {
        "dataset": {"id": str(dataset.id), "name": dataset.name},
        **event.meta,
        "exported_at": event.created_at.isoformat(),
    }
    response = HttpResponse(jsontext.serialise(manifest), content_type="application/json")
    response["Content-Disposition"] = _attachment(f"{event.meta['name']}.manifest.json")
    return response


@require_GET
@workspace_required
def export_repeat(request: PageRequest, dataset_id: UUID, event_id: UUID) -> HttpResponseBase:
    """The same file again. Raises ConflictError where it is not kept which records it held."""
    dataset = _get_dataset(request, dataset_id)
    kept = _get_export(request, dataset, event_id).meta
    if kept["selection"] is None:
        raise ConflictError(
            f"More than {MAX_KEPT_IDS:,} records were ticked or left out one by one, and of so many it is not kept "
            "which; select them again."
        )
    wanted = actions.ExportAs(kept["name"], kept["format"])
    return _export(request, dataset, Selection.from_json(kept["selection"]), wanted)


def _wanted(given: QueryDict, name: str) -> actions.ExportAs:
    """`format` names the format; without it that of our own lines."""
    format_name = given.get("format", "jsonl")
    return actions.ExportAs(f"{name}{format_named(format_name).suffix}", format_name)


def _export(
    request: PageRequest, dataset: Dataset, selection: Selection, wanted: actions.ExportAs
) -> StreamingHttpResponse:
    chunks = actions.export_selected(dataset, selection, wanted, author=page_author(request))
    return _stream(chunks, wanted)


def _stream(chunks: Iterator[bytes], wanted: actions.ExportAs) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks, content_type=format_named(wanted.format).content_type)
    response["Content-Disposition"] = _attachment(wanted.name)
    response["Cache-Control"] = "no-store"
    return response


def _attachment(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _get_export(request: PageRequest, dataset: Dataset, event_id: UUID) -> Event:
    events = Event.objects.visible_to(request.workspace).about(dataset)
    return get_object_or_404(events, pk=event_id, type=actions.EXPORT_EVENT)
