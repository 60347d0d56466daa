"""A web server that does what one should not, on an address of its own beside the usual loopback one."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "127.0.0.2"
DRIP_SECONDS = 0.05


class HostileServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Handler)
        self.asked: list[str] = []
        self.hosts: list[str] = []
        self.is_over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: HostileServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(parts.path)
        self.server.hosts.append(self.headers["Host"])
        with suppress(ConnectionError):
            self.routes.get(parts.path.split("/")[1], _Handler.text)(self)

    def text(self) -> None:
        self.say(200, b"Hello", "text/plain; charset=utf-8")

    def no_type(self) -> None:
        self.say(200, b"\x00\x01", None)

    def to(self) -> None:
        self.send_response(302)
        self.send_header("Location", unquote(parse_qs(urlsplit(self.path).query)["to"][0]))
        self.end_headers()

    def loop(self) -> None:
        self.send_response(301)
        self.send_header("Location", "/loop")
        self.end_headers()

    def status(self) -> None:
        self.say(int(self.path.rpartition("/")[2]), b"Sorry", "text/plain")

    def endless(self) -> None:
        self.begin()
        while not self.server.is_over.is_set():
            self.wfile.write(b"x" * 65536)

    def drip(self) -> None:
        self.begin()
        self.drop_by_drop(b"x")

    def drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drop_by_drop(b"x")

    def silence(self) -> None:
        self.server.is_over.wait(30)

    def garbage(self) -> None:
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

    def cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")

    def packed(self) -> None:
        self.say(200, gzip.compress(b"Hello"), "text/plain", "gzip")

    def deflated(self) -> None:
        self.say(200, zlib.compress(b"Hello"), "text/plain", "deflate")

    def packed_cut(self) -> None:
        self.say(200, gzip.compress(b"Hello" * 1000)[:-12], "text/plain", "gzip")

    def packed_wrong(self) -> None:
        self.say(200, b"Hello", "text/plain", "gzip")

    def packed_strangely(self) -> None:
        self.say(200, b"Hello", "text/plain", "br")

    def bomb(self) -> None:
        self.say(200, _bomb(), "text/plain", "gzip")

    routes: ClassVar[dict[str, Callable[[_Handler], None]]] = {}

    def begin(self) -> None:
        self.send_response(200)
        self.end_headers()

    def drop_by_drop(self, drop: bytes) -> None:
        while not self.server.is_over.wait(DRIP_SECONDS):
            self.wfile.write(drop)

    def say(self, status: int, body: bytes, content_type: str | None, encoding: str = "") -> None:
        self.send_response(status)
        if content_type is not None:
            self.send_header("Content-Type", content_type)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


_Handler.routes = {
    name.replace("_", "-"): route
    for name, route in vars(_Handler).items()
    if callable(route) and not name.startswith("_")
}


def _bomb() -> bytes:
    """64 MB of nothing, made without ever having them."""
    packer = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64))
    return packed + packer.flush()


@contextmanager
def running_server() -> Iterator[HostileServer]:
    server = HostileServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()
