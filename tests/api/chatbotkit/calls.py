"""Calls to the dialect as its clients make them, through Django's test client."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

PREFIX = "/api/v1"


class Caller:
    """One key's view of the dialect. Paths lie under /api/v1."""

    def __init__(self, secret: str | None) -> None:
        self.client = Client(headers={"authorization": f"Bearer {secret}"} if secret is not None else None)

    def get(self, path: str, *, accept: str | None = None, **query: Any) -> HttpResponse:
        return self.call("GET", path, query=query, accept=accept)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("POST", path, {} if body is None else body)

    def call(
        self, method: str, path: str, body: Any = None, *, query: Any = None, accept: str | None = None
    ) -> HttpResponse:
        """A body of bytes is sent as it is, any other as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {} if accept is None else {"accept": accept}
        return self.client.generic(  # type: ignore[return-value]
            method, PREFIX + path, raw, "application/json", query_params=query, headers=headers
        )

    def created(self, path: str, body: Any = None) -> str:
        """The id of what was made."""
        made = said(self.post(path, body))
        assert isinstance(made["id"], str)
        return str(made["id"])

    def items(self, path: str, **query: Any) -> list[Any]:
        """The items of one page."""
        page = said(self.call("GET", path, query=query))
        assert isinstance(page["cursor"], str)
        items: list[Any] = page["items"]
        return items

    def streamed(self, path: str, **query: Any) -> list[Any]:
        """The items of a JSONL stream, after a look at each chunk."""
        return [line["data"] for line in map(json.loads, self.chunks(path, "application/jsonl", **query))]

    def chunks(self, path: str, accept: str, **query: Any) -> list[bytes]:
        response: Any = self.call("GET", path, query=query, accept=accept)
        assert response.status_code == 200, response.content
        assert response["Content-Type"].partition(";")[0] == accept
        return list(response.streaming_content)


def said(response: HttpResponse, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    return json.loads(response.content)


def refusal(response: HttpResponse, status: int, code: str) -> str:
    """The sentence of a refusal that must have this status and code, in the vendor's envelope and nothing else."""
    body = said(response, status)
    assert set(body) == {"message", "code"}
    assert body["code"] == code, body
    assert isinstance(body["message"], str)
    assert body["message"]
    return str(body["message"])
