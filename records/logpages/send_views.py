from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.accounts.models import ApiKey


@require_GET
@workspace_required
def log_send(request: PageRequest) -> HttpResponse:
    """How an application sends its logs: calls to copy, with this address and the beginning of a key that opens."""
    keys = ApiKey.objects.visible_to(request.workspace).usable(timezone.now())
    key = keys.filter(user=request.user, dataset_id=None, scopes__contains=["write"]).order_by("-id").first()
    address = (settings.PUBLIC_URL or request.build_absolute_uri("/")).rstrip("/")
    return render(request, "threads/log_send.html", {"key": key, "address": address})
