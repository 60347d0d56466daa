"""Who may open a page: first signed in, then in a workspace, then with the right role there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from project.accounts.middleware import PageRequest, SiteRequest
from project.accounts.models import Membership
from project.lib.htmx import render_page

P = ParamSpec("P")
PageView = Callable[Concatenate[PageRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

NO_WORKSPACE = (
    "Your account is in no workspace yet. "
    "Ask an owner of the workspace to add you, then load this page again."
)


def workspace_required(view: PageView[P]) -> View[P]:
    """Any member may. A stranger is sent to the sign-in page and comes back after it."""
    return _guard(view, lambda membership: True, "")


def editor_required(view: PageView[P]) -> View[P]:
    """Owners and editors may."""
    return _guard(
        view,
        lambda membership: membership.can_write,
        "Your role in this workspace may read but not change it. Ask an owner for the editor role.",
    )


def reviewer_required(view: PageView[P]) -> View[P]:
    """All but viewers may."""
    return _guard(
        view,
        lambda membership: membership.can_review,
        "Your role may read records but not decide on them. Ask an owner for the reviewer role.",
    )


def manager_required(view: PageView[P]) -> View[P]:
    """Owners may."""
    return _guard(
        view,
        lambda membership: membership.can_manage,
        "Only owners of this workspace may do this. Ask one of them to do it or to make you an owner.",
    )


def refuse(request: HttpRequest, sentence: str) -> HttpResponse:
    """The 403 page, or only its message when htmx asked."""
    context = {"sentence": sentence}
    return render_page(request, "accounts/forbidden.html", "accounts/_forbidden.html", context, status=403)


def _guard(view: PageView[P], is_allowed: Callable[[Membership], bool], sentence: str) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        site_request = cast(SiteRequest, request)
        if not request.user.is_authenticated:
            return _to_sign_in(site_request)
        if site_request.membership is None:
            return refuse(request, NO_WORKSPACE)
        if not is_allowed(site_request.membership):
            return refuse(request, sentence)
        return view(cast(PageRequest, request), *args, **kwargs)

    return guarded


def _to_sign_in(request: SiteRequest) -> HttpResponseBase:
    """A redirect that htmx follows as a page and not into the block that asked."""
    if request.htmx:
        place = request.htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
        return HttpResponseClientRedirect(redirect_to_login(place, resolve_url(settings.LOGIN_URL)).url)
    place = request.get_full_path() if request.method == "GET" else resolve_url(settings.LOGIN_REDIRECT_URL)
    return redirect_to_login(place, resolve_url(settings.LOGIN_URL))
