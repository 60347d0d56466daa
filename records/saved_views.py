"""Saved views of a dataset: saved from the list, listed with their counts, changed and shared."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from datasets import savedviews
from datasets.models import Dataset, View
from datasets.querysets import ViewQuerySet
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from records.view_forms import ViewForm, ViewSettingsForm
from records.viewbar import ViewLine, clean_view_query, counted, get_view, list_url_of


@require_GET
@workspace_required
def dataset_open(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The list that this person wants to begin with."""
    dataset = _get_dataset(request, dataset_id)
    view = _views(request, dataset).default_of(request.user).first()
    return redirect(list_url_of(view) if view else reverse("records:record_list", args=[dataset.id]))


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_required
def view_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Posted to, saves a list as a view."""
    dataset = _get_dataset(request, dataset_id)
    form = ViewForm(request.POST or None, auto_id="view_%s")
    if request.method == "POST" and form.is_valid():
        view = _create(request, dataset, form)
        if view is not None:
            return redirect(list_url_of(view))
    views = _views(request, dataset).by_name().with_default_mark(request.user)
    context = {"dataset": dataset, "form": form, "lines": [ViewLine(view) for view in views]}
    return render(request, "records/view_list.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_GET
@workspace_required
def view_side(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The views for the side bar: their names at once, and asked with `counts` with how many records each has."""
    dataset = _get_dataset(request, dataset_id)
    views = list(_views(request, dataset).by_name())
    is_counted = "counts" in request.GET
    lines = counted(dataset, views) if is_counted else [ViewLine(view) for view in views]
    context = {"dataset": dataset, "lines": lines, "is_counted": is_counted}
    return render(request, "records/_view_side.html", context)


@require_GET
@workspace_required
def view_open(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    """The address of a view that stays: it leads to the list as the view keeps it now."""
    return redirect(list_url_of(_get_view(request, dataset_id, view_id)))


@require_POST
@workspace_required
def view_save(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    """The view becomes the list that is shown."""
    view = _get_view(request, dataset_id, view_id)
    query = clean_view_query(request.POST.get("query", ""))
    view = savedviews.update_view(view, member=request.membership, query=query)
    messages.success(request, f"View {view.name} saved.")
    return redirect(list_url_of(view))


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_required
def view_edit(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    view = _get_view(request, dataset_id, view_id)
    settings = {name: getattr(view, name) for name in ViewSettingsForm.base_fields}
    form = ViewSettingsForm(request.POST or None, initial=settings)
    if request.method == "POST" and form.is_valid() and _update(request, view, form):
        return redirect("records:view_list", dataset_id)
    context = {
        "dataset": view.dataset,
        "view": view,
        "line": ViewLine(view),
        "form": form,
        "can_change": view.is_changeable_by(request.membership),
        "is_default": View.objects.default_of(request.user).filter(pk=view.pk).exists(),
    }
    return render(request, "records/view_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@workspace_required
def view_delete(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    view = _get_view(request, dataset_id, view_id)
    savedviews.delete_view(view, member=request.membership)
    messages.success(request, f"View {view.name} deleted; its records stay as they are.")
    return redirect("records:view_list", dataset_id)


@require_POST
@workspace_required
def view_set_default(request: PageRequest, dataset_id: UUID, view_id: UUID) -> HttpResponse:
    view = _get_view(request, dataset_id, view_id)
    savedviews.set_default_view(view, user=request.user)
    messages.success(request, f"The dataset opens with {view.name} for you.")
    return redirect("records:view_list", dataset_id)


@require_POST
@workspace_required
def view_clear_default(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    savedviews.clear_default_view(_get_dataset(request, dataset_id), user=request.user)
    messages.success(request, "The dataset opens with all records for you.")
    return redirect("records:view_list", dataset_id)


def _create(request: PageRequest, dataset: Dataset, form: ViewForm) -> View | None:
    try:
        view = savedviews.create_view(dataset, member=request.membership, **form.cleaned_data)
    except DomainError as error:
        form.add_error("name", str(error))
        return None
    messages.success(request, f"View {view.name} saved.")
    return view


def _update(request: PageRequest, view: View, form: ViewSettingsForm) -> bool:
    try:
        savedviews.update_view(view, member=request.membership, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, f"View {form.cleaned_data['name']} saved.")
    return True


def _views(request: PageRequest, dataset: Dataset) -> ViewQuerySet:
    return View.objects.in_dataset(dataset).open_to(request.user)


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _get_view(request: PageRequest, dataset_id: UUID, view_id: UUID) -> View:
    return get_view(request.workspace, request.user, dataset_id, view_id)
