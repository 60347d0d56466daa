"""The Mistral dialect: its routes, what they refuse, and how they read and write JSON."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.urls import path, re_path
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from project.api.exactjson import ExactParser
from project.api.failures import patterns_of
from project.api.mistral.errors import register_handlers, say, unknown_route
from project.api.mistral.routers import (
    campaigns,
    datasets,
    events,
    exports,
    fields,
    files,
    imports,
    judges,
    records,
    tasks,
)


class OrjsonRenderer(BaseRenderer):
    """Stored JSON text is written as it is; times are RFC 3339 with `Z`."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


api = NinjaAPI(
    title="Winnow, Mistral dialect",
    version="1",
    urls_namespace="mistral",
    openapi_url="/observability/openapi.json",
    docs_url="/observability/docs",
    renderer=OrjsonRenderer(),
    parser=ExactParser(),
)
register_handlers(api)
api.add_router("observability", datasets.router)
api.add_router("observability", records.router)
api.add_router("observability", imports.router)
api.add_router("observability", tasks.router)
api.add_router("observability", exports.router)
api.add_router("observability", events.router)
api.add_router("observability", fields.router)
api.add_router("observability", judges.router)
api.add_router("observability", campaigns.router)
api.add_router("files", files.router)

# Mounted under /v1/. What no route takes is refused here, so that nothing is redirected to a path with a slash.
urlpatterns = [
    path("", patterns_of(api, say)),
    re_path(r"^(?:observability|files)(?:/.*)?$", unknown_route),
]
