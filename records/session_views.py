"""A session of editing: what was collected in the browser is looked at as a diff, and saved as one revision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from datasets.authors import page_author
from datasets.models import Dataset
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from records import actions
from records.session_forms import SessionForm, read_session
from records.sessions import RecordEdits


@never_cache
@require_POST
@editor_required
def session_review(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Writes nothing."""
    dataset, edits = _read(request, dataset_id)
    return _draw(request, dataset, edits, SessionForm(), status=200)


@never_cache
@require_POST
@editor_required
def session_save(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """What could not be saved stays in the browser, and is shown."""
    dataset, edits = _read(request, dataset_id)
    form = SessionForm(request.POST)
    if not form.is_valid():
        return _draw(request, dataset, edits, form, status=422)
    outcome = actions.save_session(
        dataset, edits, message=form.cleaned_data["message"], author=page_author(request)
    )
    context: dict[str, Any] = {
        "dataset": dataset,
        "outcome": outcome,
        "paths": [path for record in outcome.saved for path in record.paths],
    }
    status = 200 if outcome.revision else 409
    return render(request, "records/session_saved.html", context, status=status)


def _read(request: PageRequest, dataset_id: UUID) -> tuple[Dataset, list[RecordEdits]]:
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    return dataset, read_session(dataset, request.POST.get("edits", ""))


def _draw(
    request: PageRequest,
    dataset: Dataset,
    edits: list[RecordEdits],
    form: SessionForm,
    *,
    status: int,
) -> HttpResponse:
    preview = actions.preview_session(dataset, edits, author=page_author(request))
    context = {
        "dataset": dataset,
        "preview": preview,
        "form": form,
        "edits": request.POST["edits"],
        "number": sum(len(record.paths) for record in edits),
    }
    return render(request, "records/session_review.html", context, status=status)
