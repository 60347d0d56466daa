"""A real HTTP server that speaks OpenAI's `/v1/chat/completions` and judges by a rule that tests can foresee."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Rule = Callable[[str], Any]


def good_or_bad(prompt: str) -> str:
    """Thanks are good, the rest is bad."""
    return "good" if "thanks" in prompt.lower() else "bad"


class JudgeServer(ThreadingHTTPServer):
    """Each answer costs 100 tokens in and 10 out. `troubles` are what the next calls get instead: a status, or text."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.troubles: list[int | str] = []
        self.always: int | None = None
        self.rule: Rule = good_or_bad
        self.lock = threading.Lock()
        self.hold = threading.Event()
        self.hold.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def next_trouble(self) -> int | str | None:
        with self.lock:
            return self.troubles.pop(0) if self.troubles else self.always


class _Handler(BaseHTTPRequestHandler):
    server: JudgeServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append({"path": self.path, **asked})
            self.server.keys.append(self.headers.get("Authorization"))
        self.server.hold.wait(30)
        trouble = self.server.next_trouble()
        prompt = "\n".join(message["content"] for message in asked["messages"])
        verdict = {"analysis": "As the rule says.", "answer": self.server.rule(prompt)}
        content = trouble if isinstance(trouble, str) else json.dumps(verdict)
        body = json.dumps(
            {
                "object": "chat.completion",
                "model": asked["model"],
                "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
            }
        ).encode()
        self.send_response(trouble if isinstance(trouble, int) else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if trouble == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def running_judge() -> Iterator[JudgeServer]:
    server = JudgeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
