"""Calls to the dialect as its clients make them, through Django's test client."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client

from project.lib import jsontext


class Caller:
    """One key's view of the dialect. Paths lie under /api."""

    def __init__(self, secret: str | None, scheme: str = "Bearer") -> None:
        self.client = Client(headers={"authorization": f"{scheme} {secret}"} if secret is not None else None)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **query: Any) -> HttpResponse:
        return self.call("POST", path, body, query=query)

    def put(self, path: str, body: Any) -> HttpResponse:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("DELETE", path, body)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Any = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> HttpResponse:
        """A body of bytes is sent as it is, any other as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else jsontext.serialise(body).encode()
        return self.client.generic(  # type: ignore[return-value]
            method, f"/api{path}", raw, content_type, query_params=query, headers=headers
        )


def said(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    return jsontext.parse(response.content)


def refusal(response: HttpResponse, status: int) -> str:
    """The sentence of a refusal that must have this status, as `detail` and nothing else."""
    body = said(response, status)
    assert set(body) == {"detail"}, body
    assert isinstance(body["detail"], str)
    assert body["detail"]
    detail: str = body["detail"]
    return detail


def wrong_fields(response: HttpResponse) -> dict[str, list[str]]:
    """The sentences of a 400 by the name of the field."""
    body: dict[str, list[str]] = said(response, 400)
    assert "detail" not in body, body
    for sentences in body.values():
        assert isinstance(sentences, list)
        assert all(sentences)
    return body
