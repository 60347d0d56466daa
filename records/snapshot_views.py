"""Named revisions, what they hold, and what lies between two of them."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from datasets.authors import page_author
from datasets.models import Dataset, Snapshot
from datasets.snapshots import MAX_NAME, MAX_NOTE, create_snapshot, delete_snapshot
from project.accounts.guards import editor_required, refuse, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError, decode_cursor, encode_cursor
from project.lib.errors import DomainError, InvalidError
from project.lib.filters import Condition, Group, Operator
from records.comparing import Comparison, Difference
from records.history import FieldChange, differences
from records.models import Record
from records.pastrecords import Past

PAGE_SIZE = 50
SIGNS = {Difference.ADDED: "+", Difference.REMOVED: "\N{MINUS SIGN}", Difference.CHANGED: "~"}


class SnapshotForm(forms.Form):
    name = forms.CharField(label="Name", max_length=MAX_NAME, help_text="Such as v1 or before cleaning.")
    note = forms.CharField(
        label="Note", required=False, max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_required
def snapshot_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Posted to, names the present revision."""
    dataset = _get_dataset(request, dataset_id)
    form = SnapshotForm(request.POST or None)
    if request.method == "POST":
        if not request.membership.can_write:
            return refuse(request, "Your role may not make snapshots. Ask an owner for the editor role.")
        if form.is_valid() and _create(request, dataset, form):
            return redirect("records:snapshot_list", dataset.id)
    snapshots = dataset.snapshots.select_related("revision", "created_by").order_by("-id")
    context = {"dataset": dataset, "form": form, "snapshots": snapshots}
    return render(request, "records/snapshot_list.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@editor_required
def snapshot_delete(request: PageRequest, dataset_id: UUID, snapshot_id: UUID) -> HttpResponse:
    """Asked for, what it means; sent, does it."""
    dataset = _get_dataset(request, dataset_id)
    snapshot = _get_snapshot(dataset, snapshot_id)
    if request.method == "POST":
        delete_snapshot(snapshot, author=page_author(request))
        messages.success(
            request, f"Deleted the snapshot {snapshot.name}; no record and no revision went with it."
        )
        return redirect("records:snapshot_list", dataset.id)
    return render(request, "records/snapshot_delete.html", {"dataset": dataset, "snapshot": snapshot})


@never_cache
@require_GET
@workspace_required
def revision_compare(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """From revision `from` to `to`, which without a number is the present one; `show` names the list."""
    dataset = _get_dataset(request, dataset_id)
    number = _number(request.GET.get("from", ""), dataset)
    other = _number(request.GET.get("to", ""), dataset)
    shown = request.GET.get("show", "")
    cursor = request.GET.get("after", "")
    try:
        after = decode_cursor(cursor) if cursor else None
    except CursorError:
        return redirect("records:snapshot_list", dataset.id)
    comparison = Comparison(dataset, number, other)
    asked = next((one for one in Difference if one == shown), None)
    found = comparison.page(asked, after=after, limit=PAGE_SIZE + 1)
    shown_ids = found.ids[:PAGE_SIZE]
    records = Record.objects.without_content().in_bulk(shown_ids)
    changes = _changes(comparison, shown_ids) if found.shown is Difference.CHANGED else {}
    named = dataset.snapshots.filter(revision__number__in=(number, other))
    names = dict(named.values_list("revision__number", "name"))
    context = {
        "dataset": dataset,
        "number": number,
        "other": other,
        "name": names.get(number, ""),
        "other_name": names.get(other, ""),
        "listed_url": _listed_url(dataset, number, other, found.shown),
        "listed_revisions": _told(number + 1, other),
        "kinds": [
            (one.value, SIGNS[one], count) for one, count in zip(Difference, found.counts, strict=True)
        ],
        "shown": found.shown.value,
        "records": [(records[one], changes.get(one, ())) for one in shown_ids if one in records],
        "next_cursor": encode_cursor(shown_ids[-1]) if len(found.ids) > PAGE_SIZE else "",
        "is_later_page": bool(cursor),
    }
    return render(request, "records/revision_compare.html", context)


def _changes(comparison: Comparison, ids: list[UUID]) -> dict[UUID, tuple[FieldChange, ...]]:
    """What became of each of the shown records, word by word."""
    before, after = (
        Past(comparison.dataset, number, Group()).records(ids)
        for number in (comparison.number, comparison.other)
    )
    return {one: differences(before[one], after[one]) for one in ids if one in before and one in after}


def _create(request: PageRequest, dataset: Dataset, form: SnapshotForm) -> bool:
    try:
        snapshot = create_snapshot(dataset, author=page_author(request), **form.cleaned_data)
    except DomainError as error:
        form.add_error("name", str(error))
        return False
    messages.success(request, f"Snapshot {snapshot.name} keeps {snapshot.record_count:,} records.")
    return True


def _listed_url(dataset: Dataset, number: int, other: int, difference: Difference) -> str:
    """Where the list shows what the revisions between them added or changed, be it there and back; nowhere what they
    took away, nor what they only took out of the trash."""
    if difference is Difference.REMOVED or number >= other:
        return ""
    name, revisions = f"{difference}_by", f"{number + 1}..{other}"
    listed = Record.objects.in_dataset(dataset).matching(
        Condition(name, Operator.BETWEEN, revisions), dataset
    )
    if difference is Difference.ADDED and not listed.exists():
        return ""
    query = urlencode({name: revisions})
    return f"{reverse('records:record_list', args=[dataset.id])}?{query}"


def _told(first: int, last: int) -> str:
    return f"revision {last:,}" if first == last else f"revisions {first:,} to {last:,}"


def _number(said: str, dataset: Dataset) -> int:
    if not said:
        return dataset.revision_number
    if not (said.isascii() and said.isdecimal() and len(said) < 10) or int(said) > dataset.revision_number:
        raise InvalidError(f"There is no revision {said[:20]} of this dataset; choose one of its history.")
    return int(said)


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _get_snapshot(dataset: Dataset, snapshot_id: UUID) -> Snapshot:
    snapshots = dataset.snapshots.select_related("revision", "created_by", "dataset")
    return get_object_or_404(snapshots, pk=snapshot_id)
