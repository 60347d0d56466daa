from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from project.accounts.actions import choose_shortcuts
from project.accounts.forms import ShortcutForm, SignInForm
from project.accounts.guards import workspace_required
from project.accounts.middleware import THEME_COOKIE, THEMES, WORKSPACE_SESSION_KEY, PageRequest
from project.accounts.shortcuts import SHORTCUTS, Part, Shortcut
from project.accounts.signin import minutes_to_wait
from project.lib.errors import DomainError
from project.lib.htmx import render_page

YEAR_SECONDS = 365 * 24 * 60 * 60


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(_next_place(request))
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        auth.login(request, form.get_user())
        return redirect(_next_place(request))
    return _draw_sign_in(request, form, status=422 if form.is_bound else 200)


def sign_in_locked(
    request: HttpRequest, _response: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Called by django-axes in place of the page when an address has failed too often."""
    minutes = minutes_to_wait(request, (credentials or {}).get("username", ""), timezone.now())
    sentence = (
        f"There were {settings.AXES_FAILURE_LIMIT} failed sign-ins for this email address from your network. "
        f"Wait {minutes} minute{'' if minutes == 1 else 's'}, then try again."
    )
    response = _draw_sign_in(request, SignInForm(request), status=429, sentence=sentence)
    response["Retry-After"] = str(minutes * 60)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_POST
@workspace_required
def workspace_switch(request: PageRequest) -> HttpResponse:
    """To another workspace of the user. It ends at the start, since the page at hand belongs to the former one."""
    wanted = request.POST.get("workspace", "")
    if wanted not in {str(one.workspace_id) for one in request.memberships}:
        raise Http404("You are in no such workspace.")
    request.session[WORKSPACE_SESSION_KEY] = wanted
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def theme_switch(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    response = redirect(_next_place(request))
    response.set_cookie(
        THEME_COOKIE,
        theme if theme in THEMES else THEMES[0],
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


@never_cache
@require_http_methods(["GET", "POST"])
@workspace_required
def shortcut_list(request: PageRequest) -> HttpResponse:
    """All keys, and what may be changed about them; for htmx, which asks for a dialog, those of the page at hand."""
    if "usual" in request.POST:
        choose_shortcuts(request.user, keys={}, are_on=True)
        return _shortcuts_kept(request)
    form = ShortcutForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        try:
            choose_shortcuts(request.user, keys=form.keys, are_on=form.cleaned_data["are_on"])
            return _shortcuts_kept(request)
        except DomainError as error:
            form.add_error(None, str(error))
    context = {"form": form, "parts": [(part, _shortcuts_of(part, form)) for part in Part]}
    status = 422 if form.is_bound else 200
    page, partial = "accounts/shortcut_list.html", "accounts/_shortcut_help.html"
    return render_page(request, page, partial, context, status=status)


def _shortcuts_of(part: Part, form: ShortcutForm) -> list[tuple[Shortcut, BoundField | None]]:
    """With the field by which each may be changed."""
    found = (shortcut for shortcut in SHORTCUTS if shortcut.part is part)
    return [(shortcut, None if shortcut.is_fixed else form[shortcut.name]) for shortcut in found]


def _shortcuts_kept(request: PageRequest) -> HttpResponse:
    messages.success(request, "Your keys are saved.")
    return redirect("accounts:shortcut_list")


def _draw_sign_in(request: HttpRequest, form: SignInForm, *, status: int, sentence: str = "") -> HttpResponse:
    context = {"form": form, "sentence": sentence, "next": _next_place(request)}
    return render(request, "accounts/sign_in.html", context, status=status)


def _next_place(request: HttpRequest) -> str:
    """Where the form says to go on, if that is a place of this site."""
    place = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure()):
        return place
    return resolve_url(settings.LOGIN_REDIRECT_URL)
