"""Calls to the dialect as its clients make them, through Django's test client."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from django.test import Client

PREFIX = "/v1/observability"


class Caller:
    """One key's view of the dialect. Paths without a leading `/v1` lie under /v1/observability."""

    def __init__(self, secret: str | None) -> None:
        self.client = Client(headers={"authorization": f"Bearer {secret}"} if secret is not None else None)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any) -> HttpResponse:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)

    def upload(self, content: Any, **parts: Any) -> HttpResponse:
        return self.client.post("/v1/files", {**parts, "file": content})  # type: ignore[return-value]

    def call(self, method: str, path: str, body: Any = None, *, query: Any = None) -> HttpResponse:
        """A body of bytes is sent as it is, any other as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.client.generic(  # type: ignore[return-value]
            method, full_path(path), raw, "application/json", query_params=query
        )


def full_path(path: str) -> str:
    return path if path.startswith("/v1") else PREFIX + path


def said(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    return orjson.loads(response.content)


def refusal(response: HttpResponse, status: int, code: str) -> str:
    """The sentence of a refusal that must have this status and code, in the vendor's envelope and nothing else."""
    body = said(response, status)
    assert set(body) == {"detail"}
    assert set(body["detail"]) == {"message", "error_code"}
    assert body["detail"]["error_code"] == code, body
    message = body["detail"]["message"]
    assert isinstance(message, str)
    assert message
    return message
