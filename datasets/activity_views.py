from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from datasets.activity import read_happenings
from datasets.event_words import KINDS
from datasets.models import Dataset, Event
from files.models import File
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page

PAGE_SIZE = 100


@require_GET
@workspace_required
def dataset_activity(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The dataset's event log, newest first; `kind=` keeps one kind of event."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    kind = request.GET.get("kind", "")
    if kind and kind not in KINDS:
        return redirect("datasets:dataset_activity", dataset.id)
    events = Event.objects.visible_to(request.workspace).about(dataset)
    if kind:
        events = events.beginning_with(KINDS[kind][1])
    place = {key: request.GET.get(key, "") for key in ("after", "before")}
    try:
        page = newest_page(events.select_related("user"), **place, size=PAGE_SIZE)
    except CursorError:
        return redirect("datasets:dataset_activity", dataset.id)
    files = File.objects.visible_to(request.workspace).open_to(request.user)
    context = {
        "dataset": dataset,
        "happenings": read_happenings(page.rows, files=files),
        "page": page,
        "kind": kind,
        "kinds": [(value, label) for value, (label, _) in KINDS.items()],
    }
    return render_page(request, "datasets/dataset_activity.html", "datasets/_activity_table.html", context)
