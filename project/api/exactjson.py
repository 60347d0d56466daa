"""How a dialect reads and writes JSON: exactly, where Python's own reader would lose or refuse something."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from project.lib import jsontext


class ExactParser(Parser):
    """Whole numbers of any size, NUL escapes and lone surrogates arrive as they were sent. No body at all means an
    empty object."""

    def parse_body(self, request: HttpRequest) -> Any:
        return jsontext.parse(self.read(request) or b"{}")

    def read(self, request: HttpRequest) -> bytes:
        return request.body


class ExactRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return jsontext.serialise(data)
