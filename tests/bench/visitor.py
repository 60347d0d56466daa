"""A person at the product, as far as the server sees one: signed in, with cookies and the token of forms."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.stack import PASSWORD, Stack

PATIENCE_SECONDS = 600
_NEWEST_JOB = "SELECT id FROM datasets_job WHERE dataset_id = %s ORDER BY id DESC LIMIT 1"


class Visitor:
    """Pages of one workspace, whose member this is. A refusal raises HTTPStatusError."""

    def __init__(self, stack: Stack, email: str, workspace: str) -> None:
        stack.create_user(email, workspace)
        self.email = email
        self._browser = httpx.Client(
            base_url=stack.url, timeout=PATIENCE_SECONDS, follow_redirects=True, trust_env=False
        )
        self.get("/app/sign-in/")
        answer = self.post("/app/sign-in/", {"username": email, "password": PASSWORD})
        assert "sign-in" not in str(answer.url), "The bench user could not sign in."

    @property
    def url(self) -> str:
        return str(self._browser.base_url)

    def close(self) -> None:
        self._browser.close()

    def get(self, path: str, query: dict[str, str] | None = None) -> httpx.Response:
        return self._browser.get(path, params=query).raise_for_status()

    def download(self, path: str) -> tuple[float, float]:
        """Seconds to the first byte, and in all."""
        begin, first = time.perf_counter(), 0.0
        with self._browser.stream("GET", path) as response:
            for _ in response.raise_for_status().iter_raw(1 << 18):
                first = first or time.perf_counter() - begin
        return first, time.perf_counter() - begin

    def post(self, path: str, form: dict[str, Any], file: Path | None = None) -> httpx.Response:
        """As a form does it, and then to where it leads."""
        if file is None:
            return self._send(path, form)
        with file.open("rb") as content:
            return self._send(path, form, files={"content": (file.name, content, "application/jsonl")})

    def swap(self, path: str, form: dict[str, Any]) -> httpx.Response:
        """As htmx does it: the answer takes the place of a part of the page."""
        return self._send(path, form, headers={"HX-Request": "true", "HX-Current-URL": self.url})

    def drop(self, file: Path, dataset_id: str) -> str:
        """Gives the file to the import page, which takes larger ones than the vendors' APIs; the id of the job."""
        address = f"/app/datasets/{dataset_id}/import/"
        self.get(address)
        answer = self.post(address, {"mode": "strict"}, file)
        return answer.url.path.rstrip("/").rsplit("/", 1)[-1]

    def _send(self, path: str, form: dict[str, Any], **more: Any) -> httpx.Response:
        sent = {**form, "csrfmiddlewaretoken": self._browser.cookies["csrftoken"]}
        headers = {"Referer": self.url, **more.pop("headers", {})}
        return self._browser.post(path, data=sent, headers=headers, **more).raise_for_status()


def newest_job(database: psycopg.Connection[Any], dataset_id: str) -> str:
    row = database.execute(_NEWEST_JOB, [dataset_id]).fetchone()
    assert row is not None
    return str(row[0])
