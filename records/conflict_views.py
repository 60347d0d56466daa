from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from datasets.authors import page_author
from datasets.models import Dataset
from files.models import File
from files.querysets import FileQuerySet
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.ids import parse_id
from project.lib.keyset import newest_page
from records.conflicts import read_conflicts
from records.models import SyncConflict
from records.syncing import actions

PAGE_SIZE = 20
MINE, FILE = "mine", "file"


@never_cache
@require_GET
@workspace_required
def conflict_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The open ones, newest first; `file=` keeps those of one file."""
    dataset = _get_dataset(request, dataset_id)
    files = _files(request)
    conflicts = SyncConflict.objects.open_in(dataset)
    file_id = parse_id(request.GET.get("file", ""))
    file = files.filter(pk=file_id).first() if file_id else None
    if file is not None:
        conflicts = conflicts.of_file(file)
    place = {key: request.GET.get(key, "") for key in ("after", "before")}
    try:
        page = newest_page(conflicts, **place, size=PAGE_SIZE)
    except CursorError:
        return redirect("records:conflict_list", dataset.id)
    cards = read_conflicts(dataset, page.rows, files=files)
    context = {"dataset": dataset, "cards": cards, "page": page, "file": file}
    return render(request, "records/conflict_list.html", context)


@require_POST
@editor_required
def conflict_resolve(request: PageRequest, dataset_id: UUID, conflict_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    conflict = get_object_or_404(SyncConflict, dataset_id=dataset.id, pk=conflict_id)
    keep = request.POST.get("keep", "")
    refusal, told = "", "The edited text stays."
    try:
        if keep == FILE:
            actions.resolve_conflict_with_file(conflict, author=page_author(request))
            told = "The record is as the file has it."
        elif keep == MINE:
            actions.resolve_conflict_with_mine(conflict)
        else:
            refusal = "Choose which text to keep."
    except DomainError as error:
        refusal = str(error)
    if request.htmx:
        context = {"dataset": dataset, "conflict": conflict, "told": told, "refusal": refusal}
        return render(request, "records/_conflict_resolved.html", context)
    messages.add_message(request, messages.ERROR if refusal else messages.SUCCESS, refusal or told)
    return redirect("records:conflict_list", dataset.id)


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _files(request: PageRequest) -> FileQuerySet:
    """Those that the reader may know of."""
    return File.objects.visible_to(request.workspace).current(timezone.now()).open_to(request.user)
