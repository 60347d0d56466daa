from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from project.accounts.models import Membership, User, Workspace
from project.accounts.shortcuts import Keymap, keymap_of
from project.lib.htmx import HtmxHttpRequest
from project.lib.ids import parse_id

WORKSPACE_SESSION_KEY = "workspace_id"
THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")


class SiteRequest(HtmxHttpRequest):
    """A request after WorkspaceMiddleware: who may be nobody, and a user may be in no workspace."""

    workspace: Workspace | None
    membership: Membership | None
    memberships: list[Membership]
    theme: str
    keymap: Keymap


class PageRequest(SiteRequest):
    """A request behind `workspace_required`: a signed-in user in a workspace."""

    user: User
    workspace: Workspace
    membership: Membership


class WorkspaceMiddleware:
    """Tells every page who asks for which workspace: the one of the session, else the user's first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: SiteRequest) -> HttpResponseBase:
        request.memberships, request.keymap = [], Keymap()
        if isinstance(request.user, User):
            request.memberships = list(Membership.objects.of_user(request.user))
            request.keymap = keymap_of(request.user.shortcuts)
        request.membership = _chosen(request)
        request.workspace = request.membership.workspace if request.membership else None
        theme = request.COOKIES.get(THEME_COOKIE, "")
        request.theme = theme if theme in THEMES else THEMES[0]
        return self.get_response(request)


def _chosen(request: SiteRequest) -> Membership | None:
    if not request.memberships:
        return None
    wanted = parse_id(request.session.get(WORKSPACE_SESSION_KEY, ""))
    of_session = (one for one in request.memberships if one.workspace_id == wanted)
    return next(of_session, request.memberships[0])
