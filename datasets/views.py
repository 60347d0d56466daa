from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from datasets import actions
from datasets.forms import DatasetForm, DeleteDatasetForm
from datasets.models import Dataset, Door
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.accounts.types import Author
from project.lib.errors import DomainError, InvalidError
from project.lib.htmx import render_page
from project.lib.keyset import KeysetPage, newest_page

PAGE_SIZE = 100


@require_GET
@workspace_required
def dataset_list(request: PageRequest) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "").strip()
    datasets = Dataset.objects.visible_to(request.workspace).named_like(search).with_running_jobs()
    place = {key: request.GET.get(key, "") for key in ("after", "before")}
    try:
        page = newest_page(datasets, **place, size=PAGE_SIZE)
    except InvalidError:
        return redirect("datasets:dataset_list")
    context = {
        "datasets": page.rows,
        "search": search,
        "is_first_page": not any(place.values()),
        "api_url": request.build_absolute_uri("/v1/observability/datasets"),
        **_page_urls(request.path, search, page),
    }
    return render_page(request, "datasets/dataset_list.html", "datasets/_dataset_table.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def dataset_create(request: PageRequest) -> HttpResponse:
    form = DatasetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dataset = actions.create_dataset(
                request.workspace, owner=request.user, author=_author(request), **form.cleaned_data
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _go_to(request, reverse("records:record_list", args=[dataset.id]))
    return _draw_form(request, "create", {"form": form})


@require_http_methods(["GET", "POST"])
@editor_required
def dataset_rename(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    form = DatasetForm(
        request.POST or None,
        initial={"name": dataset.name, "description": dataset.description},
        auto_id=f"{dataset.id}_%s",
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_dataset(dataset, author=_author(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _show_renamed(request, dataset)
    return _draw_form(request, "rename", {"form": form, "dataset": dataset})


@require_http_methods(["GET", "POST"])
@editor_required
def dataset_delete(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    form = DeleteDatasetForm(request.POST or None, name=dataset.name, auto_id=f"{dataset.id}_%s")
    if request.method == "POST" and form.is_valid():
        try:
            actions.delete_dataset(dataset, author=_author(request))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, f"Deleted {dataset.label}. Its {dataset.record_count:,} records are being erased."
            )
            return _show_deleted(request, dataset)
    return _draw_form(request, "delete", {"form": form, "dataset": dataset})


def _page_urls(path: str, search: str, page: KeysetPage[Dataset]) -> dict[str, str]:
    def url(**place: str) -> str:
        return f"{path}?{urlencode({key: value for key, value in {'q': search, **place}.items() if value})}"

    return {
        "first_url": url() if page.previous_cursor else "",
        "previous_url": url(before=page.previous_cursor) if page.previous_cursor else "",
        "next_url": url(after=page.next_cursor) if page.next_cursor else "",
    }


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace).with_running_jobs(), pk=dataset_id)


def _draw_form(request: PageRequest, what: str, context: dict[str, object]) -> HttpResponse:
    form = context["form"]
    status = 422 if isinstance(form, DatasetForm | DeleteDatasetForm) and form.is_bound else 200
    return render_page(
        request, f"datasets/dataset_{what}.html", f"datasets/_dataset_{what}.html", context, status=status
    )


def _show_renamed(request: PageRequest, dataset: Dataset) -> HttpResponse:
    messages.success(request, "Saved.")
    if request.htmx:
        return render(request, "datasets/_dataset_renamed.html", {"dataset": dataset})
    return redirect("records:record_list", dataset.id)


def _show_deleted(request: PageRequest, dataset: Dataset) -> HttpResponse:
    """Takes the row away; when none is left, the page with what to do next."""
    if request.htmx and Dataset.objects.visible_to(request.workspace).exists():
        return render(request, "datasets/_dataset_deleted.html", {"dataset": dataset})
    return _go_to(request, reverse("datasets:dataset_list"))


def _go_to(request: PageRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _author(request: PageRequest) -> Author:
    return Author(user_id=request.user.id, door=Door.PAGE)
