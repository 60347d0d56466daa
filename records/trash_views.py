from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from datasets.authors import page_author
from datasets.models import Dataset
from project.accounts.guards import editor_required, manager_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.filters import Group
from project.lib.ids import parse_id
from project.lib.keyset import newest_page
from records import actions
from records.changes import Restore
from records.errors import ChangeInvalidError
from records.models import Record
from records.selections import Selection
from records.toasts import say_changed

PAGE_SIZE = 100


@never_cache
@require_GET
@workspace_required
def trash_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    place = {key: request.GET.get(key, "") for key in ("after", "before")}
    try:
        page = newest_page(Record.objects.in_trash_of(dataset).without_content(), **place, size=PAGE_SIZE)
    except CursorError:
        return redirect("records:trash_list", dataset.id)
    context = {"dataset": dataset, "page": page, "days": settings.TRASH_RETENTION_DAYS}
    return render(request, "records/trash_list.html", context)


@require_POST
@editor_required
def trash_restore(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The ticked ones, or with `scope` all that are in the trash."""
    dataset = _get_dataset(request, dataset_id)
    chosen = None if "scope" in request.POST else _ticked(request)
    selection = Selection(Group(), dataset.revision_number, chosen=chosen, is_of_trash=True)
    say_changed(request, actions.change_records(dataset, selection, Restore(), author=page_author(request)))
    return redirect("records:trash_list", dataset.id)


@require_POST
@manager_required
def trash_purge(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Asks for the number of records to be typed, then deletes them for good."""
    dataset = _get_dataset(request, dataset_id)
    chosen = _ticked(request)
    typed = request.POST.get("confirmation")
    if typed is None or typed.strip() != str(len(chosen)):
        context = {"dataset": dataset, "chosen": chosen, "is_wrong": typed is not None}
        return render(request, "records/trash_purge.html", context, status=200 if typed is None else 422)
    purged = actions.purge_records(dataset, chosen, author=page_author(request))
    messages.success(request, f"{purged:,} record{'' if purged == 1 else 's'} deleted for good.")
    return redirect("records:trash_list", dataset.id)


def _ticked(request: PageRequest) -> tuple[UUID, ...]:
    """Raises ChangeInvalidError when there is none. The box of the page has all its ids."""
    said = [part for value in request.POST.getlist("id") for part in value.split(",")]
    chosen = tuple(dict.fromkeys(found for value in said if (found := parse_id(value))))
    if not chosen:
        raise ChangeInvalidError("No record is selected; tick at least one.")
    return chosen


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
