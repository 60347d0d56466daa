"""The site with pages that fail in every way a page can."""

from typing import NoReturn

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from project.accounts.models import Workspace
from project.lib.errors import ConflictError, ForbiddenError, InvalidError, LimitError, NotFoundError
from project.urls import handler400, handler403, handler404, handler500  # noqa: F401  (Django looks them up here)
from project.urls import urlpatterns as site_urls

KINDS = {
    "not-found": NotFoundError,
    "conflict": ConflictError,
    "forbidden": ForbiddenError,
    "limit": LimitError,
    "invalid": InvalidError,
}


def refuse(request: HttpRequest, kind: str) -> NoReturn:
    raise KINDS[kind]("A sentence that says what to do.")


def fail(request: HttpRequest) -> NoReturn:
    raise ZeroDivisionError("the secret of a record")


def miss(request: HttpRequest) -> NoReturn:
    raise Http404("You are in no such workspace.")


def miss_by_shortcut(request: HttpRequest) -> NoReturn:
    raise Http404("No Dataset matches the given query.")


def forbid(request: HttpRequest) -> NoReturn:
    raise PermissionDenied


def take_too_long(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(1)")
    return HttpResponse("It came to an end.")


def look_up_nul(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Workspace.objects.get(name="\x00")))


urlpatterns = [
    *site_urls,
    path("app/faults/<str:kind>-error/", refuse),
    path("app/faults/fault/", fail),
    path("app/faults/http404/", miss),
    path("app/faults/shortcut404/", miss_by_shortcut),
    path("app/faults/denied/", forbid),
    path("app/faults/timeout/", take_too_long),
    path("app/faults/nul/", look_up_nul),
    path("v1/faults/fault", fail),
]
