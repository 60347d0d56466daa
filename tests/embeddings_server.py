"""A real HTTP server that speaks OpenAI's `/v1/embeddings`, with vectors by a rule that tests can foresee."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOPICS = ("refund", "shipping", "password", "weather")


class EmbeddingsServer(ThreadingHTTPServer):
    """A text's vector points along the topics that it names; others along the last number."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.status = 200
        self.numbers = 256
        self.body: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def vector(self, text: str) -> list[float]:
        found = [3.0 if topic in text.lower() else 0.0 for topic in TOPICS]
        rest = [0.0] * (self.numbers - len(found) - 1)
        return [*found, *rest, 0.0 if any(found) else 1.0]


class _Handler(BaseHTTPRequestHandler):
    server: EmbeddingsServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"path": self.path, **asked})
        self.server.keys.append(self.headers.get("Authorization"))
        body = self.server.body
        if body is None:
            data = [
                {"object": "embedding", "index": index, "embedding": self.server.vector(text)}
                for index, text in enumerate(asked["input"])
            ]
            body = json.dumps({"object": "list", "data": data[::-1], "model": asked["model"]}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def running_server() -> Iterator[EmbeddingsServer]:
    server = EmbeddingsServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
