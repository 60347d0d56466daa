"""The timeline of a dataset's revisions."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from datasets import timeline
from datasets.models import Dataset, Revision
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.htmx import render_page

PAGE_SIZE = 100
MOST_READ = 500  # Revisions; a page that folds many of them has fewer lines.


@never_cache
@require_GET
@workspace_required
def dataset_history(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The newest first. `before=` is the number below which they begin; `quick=34..45` opens what is folded."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    revisions = Revision.objects.history_of(dataset).with_undoing()
    opened, before = _span(request.GET.get("quick", "")), _number(request.GET.get("before", ""))
    if opened:
        found = list(revisions.filter(number__range=opened)[:MOST_READ])
        lines, has_more = [timeline.Line((revision,)) for revision in found], False
    else:
        found = list((revisions.filter(number__lt=before) if before else revisions)[: MOST_READ + 1])
        lines = timeline.fold(found[:MOST_READ])
        has_more = len(found) > MOST_READ or len(lines) > PAGE_SIZE
    shown = lines[:PAGE_SIZE] if not opened else lines
    context = {
        "dataset": dataset,
        "lines": shown,
        "can_undo": request.membership.can_write,
        "next_url": f"?before={shown[-1].oldest.number}" if has_more else "",
        "first_url": request.path if before or opened else "",
        "label": f"Revisions {opened[0]:,} to {opened[1]:,}" if opened else "",
    }
    return render_page(request, "datasets/dataset_history.html", "datasets/_revision_rows.html", context)


def _span(said: str) -> tuple[int, int] | None:
    low, _, high = said.partition("..")
    first, last = _number(low), _number(high)
    return (first, last) if first and last else None


def _number(said: str) -> int:
    """0 for what is no number of a revision."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
