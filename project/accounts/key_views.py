from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from project.accounts.actions import create_key, revoke_key
from project.accounts.forms import KeyForm
from project.accounts.guards import manager_required, workspace_required
from project.accounts.middleware import PageRequest
from project.accounts.models import ApiKey, Membership, Workspace
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page
from project.lib.labels import label_of


@dataclass(frozen=True, slots=True)
class KeyCard:
    key: ApiKey
    dataset: str
    state: str
    kind: str


@require_GET
@workspace_required
def key_list(request: PageRequest) -> HttpResponse:
    keys = ApiKey.objects.visible_to(request.workspace).select_related("user")
    try:
        page = newest_page(keys, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        return redirect("accounts:key_list")
    now = timezone.now()
    wanted = [key.dataset_id for key in page.rows if key.dataset_id]
    names = _dataset_names(request.workspace, wanted) if wanted else {}
    here = set(Membership.objects.active_in(request.workspace).values_list("user_id", flat=True))
    cards = [_card(key, names, now, is_user_here=key.user_id in here) for key in page.rows]
    context = {"cards": cards, "page": page}
    return render(request, "accounts/key_list.html", context)


@sensitive_variables("secret")
@never_cache
@require_http_methods(["GET", "POST"])
@manager_required
def key_create(request: PageRequest) -> HttpResponse:
    """The secret is in the answer to this one request and nowhere else."""
    datasets = list(_dataset_names(request.workspace).items())
    form = KeyForm(request.POST or None, datasets=datasets, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = _create(request, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            context = {"key": key, "secret": secret, "address": _address(request)}
            return render_page(request, "accounts/key_created.html", "accounts/_key_created.html", context)
    status = 422 if form.is_bound else 200
    context = {"form": form}
    return render_page(request, "accounts/key_create.html", "accounts/_key_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@manager_required
def key_revoke(request: PageRequest, key_id: UUID) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.visible_to(request.workspace), pk=key_id)
    if request.method == "GET":
        return render(request, "accounts/key_revoke.html", {"key": key})
    revoke_key(key, user=request.user)
    messages.success(request, f"{key} is revoked. Calls with it are refused from now on.")
    return redirect("accounts:key_list")


def _create(request: PageRequest, form: KeyForm) -> tuple[ApiKey, str]:
    return create_key(
        request.workspace,
        user=request.user,
        name=form.cleaned_data["name"],
        environment=form.cleaned_data["environment"],
        scopes=form.cleaned_data["scopes"],
        dataset_id=form.cleaned_data["dataset_id"],
        expires_at=form.expires_at,
    )


def _card(key: ApiKey, dataset_names: dict[UUID, str], now: datetime, *, is_user_here: bool) -> KeyCard:
    dataset = dataset_names.get(key.dataset_id, "A deleted dataset") if key.dataset_id else "All"
    if key.revoked_at:
        return KeyCard(key, dataset, "Revoked", "cancelled")
    if not key.is_usable(now):
        return KeyCard(key, dataset, "Expired", "warn")
    if not is_user_here:
        return KeyCard(key, dataset, "User left", "warn")
    return KeyCard(key, dataset, "Active", "good")


def _dataset_names(workspace: Workspace, ids: list[UUID] | None = None) -> dict[UUID, str]:
    """Datasets belong to an upper app, which this one knows only as rows that name the workspace."""
    datasets = workspace.datasets.visible_to(workspace).order_by("name")
    if ids is not None:
        datasets = datasets.filter(id__in=ids)
    return {id_: label_of("dataset", name, id_) for id_, name in datasets.values_list("id", "name")}


def _address(request: PageRequest) -> str:
    return (settings.PUBLIC_URL or request.build_absolute_uri("/")).rstrip("/")
