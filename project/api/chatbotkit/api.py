"""The ChatBotKit dialect: its routes, what they refuse, and how they read and write JSON."""

from django.urls import path, re_path
from ninja import NinjaAPI

from project.api.chatbotkit.errors import failure, register_handlers, unknown_route
from project.api.chatbotkit.routers import attachments, datasets, events, files, records, search, uploads
from project.api.exactjson import ExactParser, ExactRenderer
from project.api.failures import patterns_of

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

# Mounted under /api/v1/. What no route takes is refused here, so that nothing is redirected to a path with a slash.
urlpatterns = [
    path("", patterns_of(api, failure)),
    re_path(r"", unknown_route),
]
