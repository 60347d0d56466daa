from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from datasets.models import Dataset
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from records.actions import keep_columns
from records.columns import LOG_COLUMNS, RECORD_COLUMNS
from records.gridstate import ColumnRegistry, read_grid


@require_POST
@workspace_required
def record_columns_keep(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    return _keep(request, dataset.pk, RECORD_COLUMNS, reverse("records:record_list", args=[dataset.id]))


@require_POST
@workspace_required
def log_columns_keep(request: PageRequest) -> HttpResponse:
    return _keep(request, request.workspace.pk, LOG_COLUMNS, reverse("threads:log_list"))


def _keep(request: PageRequest, list_id: UUID, registry: ColumnRegistry, list_url: str) -> HttpResponse:
    keep_columns(request.user, list_id, read_grid(request.POST.lists(), registry))
    messages.success(request, "You see these columns from now on when you open this list.")
    return render(request, "components/_toasts.html") if request.htmx else redirect(list_url)
