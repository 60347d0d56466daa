from __future__ import annotations

import socket
import time
import tracemalloc
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from files.errors import FetchFailedError, FetchRefusedError, FileTooLargeError
from files.fetching import Fetched, fetch_url, public_addresses
from tests.files.hostile_server import HOST, HostileServer, running_server

LIMIT = 1 << 20


@pytest.fixture(scope="module")
def running() -> Iterator[HostileServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def server(running: HostileServer, settings: Settings) -> HostileServer:
    """Where this one lies may be asked, and nothing else that is private."""
    settings.FETCH_PRIVATE_ADDRESSES = [ip_network(f"{HOST}/32")]
    running.asked.clear()
    running.hosts.clear()
    return running


def fetch(url: str, *, seconds: float = 10) -> Fetched:
    return fetch_url(url, limit_bytes=LIMIT, seconds=seconds)


def test_content_comes_with_its_type_and_the_end_of_its_address(server: HostileServer) -> None:
    assert fetch(f"{server.url}/docs/caf%C3%A9.txt?x=1#top") == Fetched(b"Hello", "text/plain", "café.txt")
    assert fetch(f"{server.url}/no-type") == Fetched(b"\x00\x01", "application/octet-stream", "no-type")


@pytest.mark.parametrize("path", ["packed", "deflated"])
def test_packed_content_is_unpacked(server: HostileServer, path: str) -> None:
    assert fetch(f"{server.url}/{path}").content == b"Hello"


def test_redirects_are_followed(server: HostileServer) -> None:
    there = f"/to?to={quote('/docs/a.txt')}"
    assert fetch(f"{server.url}/to?to={quote(there)}").name == "a.txt"
    assert server.asked == ["/to", "/to", "/docs/a.txt"]


def test_a_private_address_is_not_asked(running: HostileServer) -> None:
    running.asked.clear()
    with pytest.raises(FetchRefusedError, match="private network"):
        fetch(f"{running.url}/docs")
    assert running.asked == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "2130706433", "0x7f.1", "127.1"),
        *("[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]"),
        *(
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[::127.0.0.1]",
            "[::ffff:0:7f00:1]",
            "[64:ff9b:1::7f00:1]",
        ),
        "[fec0::1]",
    ],
)
@pytest.mark.parametrize("form", ["http://{}/", "https://{}:8443/x"])
def test_no_way_to_write_a_private_address_helps(host: str, form: str) -> None:
    with pytest.raises(FetchRefusedError):
        fetch(form.format(host))


@pytest.mark.parametrize(
    "place",
    ["http://127.0.0.1:{port}/x", "http://169.254.169.254/latest/meta-data/", "//localhost/", "file:///etc/passwd",
     "ftp://example.com/", "gopher://x", "javascript:alert(1)", "data:,Hi"],
)  # fmt: skip
def test_no_redirect_leads_there_either(server: HostileServer, place: str) -> None:
    place = place.format(port=server.server_address[1])
    with pytest.raises(FetchRefusedError):
        fetch(f"{server.url}/to?to={quote(place)}")
    assert server.asked == ["/to"]


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Names that are no addresses stand for these; answers the names that were asked for."""
    asked: list[str] = []
    really = socket.getaddrinfo

    def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if not str(host)[0].isalpha():
            return really(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def test_a_name_with_one_private_address_is_refused(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, HOST, "10.0.0.1")
    with pytest.raises(FetchRefusedError):
        fetch(f"http://two.example:{server.server_address[1]}/")
    assert server.asked == []


def test_a_name_is_resolved_once_and_said_to_the_server(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, HOST)
    port = server.server_address[1]
    assert fetch(f"http://one.example:{port}/a").content == b"Hello"
    assert asked == ["one.example"]
    assert server.hosts == [f"one.example:{port}"]


def test_the_next_address_is_tried_when_one_does_not_answer(
    server: HostileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FETCH_PRIVATE_ADDRESSES = [ip_network("127.0.0.0/30")]
    resolving(monkeypatch, "127.0.0.3", HOST)
    assert fetch(f"http://two.example:{server.server_address[1]}/").content == b"Hello"


def test_public_addresses_may_be_asked() -> None:
    assert public_addresses("64:ff9b::808:808", 443) == ["64:ff9b::808:808"]
    assert public_addresses("8.8.8.8", 443) == ["8.8.8.8"]
    assert public_addresses("2606:4700:4700::1111", 443) == ["2606:4700:4700::1111"]


@pytest.mark.parametrize("path", ["endless", "bomb"])
def test_too_much_is_not_read_to_its_end(server: HostileServer, path: str) -> None:
    tracemalloc.start()
    with pytest.raises(FileTooLargeError, match="1,048,576 bytes"):
        fetch(f"{server.url}/{path}")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize("path", ["drip", "drip-headers", "silence"])
def test_a_server_that_takes_its_time_does_not_get_ours(server: HostileServer, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchFailedError, match=r"within 0\.3 seconds"):
        fetch(f"{server.url}/{path}", seconds=0.3)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("status/404", "status 404"),
        ("status/500", "status 500"),
        ("status/304", "status 304"),
        ("loop", "more than 5 times"),
        ("garbage", "cannot be read"),
        ("cut", "cannot be read"),
        ("packed-wrong", "cannot be read"),
        ("packed-cut", "breaks off"),
        ("packed-strangely", "not asked for"),
    ],
)
def test_what_an_address_does_wrong_is_said(server: HostileServer, path: str, sentence: str) -> None:
    with pytest.raises(FetchFailedError, match=sentence):
        fetch(f"{server.url}/{path}")


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///x",
        "http://[",
        "https://nowhere.invalid/",
        "http://x:99999/",
        "http://xn--/",
        "http://\udcff",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises((FetchFailedError, FetchRefusedError)):
        fetch(url)


def test_nobody_listens(server: HostileServer) -> None:
    with pytest.raises(FetchFailedError, match="cannot be reached"):
        fetch(f"http://{HOST}:1/")
