"""The ChatBotKit dialect: its routes, what they refuse, and how they read and write JSON."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from project.api.chatbotkit.errors import failure, register_handlers, unknown_route
from project.api.chatbotkit.routers import attachments, datasets, events, files, records, search, uploads
from project.api.failures import in_envelope
from project.lib import jsontext


class ExactParser(Parser):
    """Whole numbers of any size arrive as they were sent. No body at all means an empty object."""

    def parse_body(self, request: HttpRequest) -> Any:
        return jsontext.parse(request.body or b"{}")


class ExactRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return jsontext.serialise(data)


api = NinjaAPI(
    title="Winnow, ChatBotKit dialect",
    version="1",
    urls_namespace="chatbotkit",
    openapi_url="/openapi.json",
    docs_url="/docs",
    renderer=ExactRenderer(),
    parser=ExactParser(),
)
register_handlers(api)
api.add_router("", datasets.router)
api.add_router("", records.router)
api.add_router("", search.router)
api.add_router("", files.router)
api.add_router("", uploads.router)
api.add_router("", attachments.router)
api.add_router("", events.router)

_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = in_envelope(_pattern.callback, failure)

# Mounted under /api/v1/. What no route takes is refused here, so that nothing is redirected to a path with a slash.
urlpatterns = [
    path("", (_patterns, _app_name, _namespace)),
    re_path(r"", unknown_route),
]
