"""The Keywords AI dialect: its routes, what they refuse, and how they read and write JSON."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI

from project.api.exactjson import ExactParser, ExactRenderer
from project.api.failures import patterns_of
from project.api.keywordsai.errors import failure, register_handlers
from project.api.keywordsai.routers import datasets, evaluations, logs, rows, threads, traces


class LongBodyParser(ExactParser):
    def read(self, request: HttpRequest) -> bytes:
        """Not `body`: that has one limit for all paths, and each path's own was looked at before."""
        return request.read()


api = NinjaAPI(
    title="Winnow, Keywords AI dialect",
    version="1",
    urls_namespace="keywordsai",
    openapi_url="/keywordsai/openapi.json",
    docs_url="/keywordsai/docs",
    renderer=ExactRenderer(),
    parser=LongBodyParser(),
)
register_handlers(api)
api.add_router("", datasets.router)
api.add_router("", evaluations.router)
api.add_router("", rows.router)
api.add_router("", logs.router)
api.add_router("", threads.router)
api.add_router("", traces.router)

_patterns, _app_name, _namespace = patterns_of(api, failure)


def _either_way(pattern: URLPattern) -> list[URLPattern]:
    """The route as declared and with a slash at the end: this vendor's clients call both and follow no redirect."""
    route, view = str(pattern.pattern), pattern.callback
    declared = path(route, view, name=pattern.name)
    return [path(f"{route}/", view), declared] if route else [declared]


_routes = [way for pattern in _patterns if isinstance(pattern, URLPattern) for way in _either_way(pattern)]

# Mounted at the root, for both of the addresses at which this vendor's host answers.
urlpatterns = [re_path(r"^(?:api/)?", (_routes, _app_name, _namespace))]
