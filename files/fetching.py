"""Content from an address that somebody named: only from the public network, within limits of size and time.

The check is made where the connection is: a name is resolved once, all of its addresses are looked at, and one of
exactly these is connected to. Each redirect goes the same way. A proxy of the environment is not used, since it would
resolve the name again.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, NoReturn
from urllib.parse import unquote

import httpcore
import httpx
from django.conf import settings

from files.contenttypes import UNKNOWN_TYPE
from files.errors import FetchFailedError, FetchRefusedError, FileTooLargeError

MAX_REDIRECTS = 5
SECONDS = 30.0
PIECE_BYTES = 1 << 16
HEADERS = [("User-Agent", "Winnow"), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    content_type: str
    name: str  # The last part of the address; may be empty.


def fetch_url(url: str, *, limit_bytes: int, seconds: float = SECONDS) -> Fetched:
    """Raises FetchRefusedError for an address that may not be asked, FetchFailedError when it does not give the
    content in time, FileTooLargeError when it gives more than `limit_bytes`."""
    network = GuardedNetwork(time.monotonic() + seconds)
    try:
        with httpcore.ConnectionPool(httpx.create_ssl_context(), network_backend=network) as pool:
            return _follow(pool, _address(url), limit_bytes)
    except httpcore.TimeoutException:
        raise FetchFailedError(f"The address did not give its content within {seconds:g} seconds.") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, zlib.error):
        raise FetchFailedError("The address cannot be reached, or its answer cannot be read.") from None


def _follow(pool: httpcore.ConnectionPool, url: httpx.URL, limit_bytes: int) -> Fetched:
    for _ in range(MAX_REDIRECTS + 1):
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with pool.stream("GET", target, headers=HEADERS) as response:
            headers = httpx.Headers(response.headers)
            if response.status not in _REDIRECTS or "Location" not in headers:
                return _read(response, headers, url, limit_bytes)
        url = _address(headers["Location"], base=url)
    raise FetchFailedError(f"The address leads on to others more than {MAX_REDIRECTS} times.")


def _address(text: str, *, base: httpx.URL | None = None) -> httpx.URL:
    try:
        url = httpx.URL(text) if base is None else base.join(text)
        has_host = bool(url.host)  # Decoded here, which fails for a name in broken Punycode.
    except (httpx.InvalidURL, ValueError):
        raise FetchFailedError("The address is not one that can be read.") from None
    if url.scheme not in {"http", "https"} or not has_host:
        raise FetchRefusedError("Only http:// and https:// addresses are fetched.")
    return url


def _read(response: httpcore.Response, headers: httpx.Headers, url: httpx.URL, limit_bytes: int) -> Fetched:
    if not 200 <= response.status < 300:
        raise FetchFailedError(f"The address answers with status {response.status} instead of the content.")
    content = bytearray()
    for piece in _unpacked(response.iter_stream(), headers.get("Content-Encoding", "identity")):
        content += piece
        if len(content) > limit_bytes:
            raise FileTooLargeError(f"The address gives more than {limit_bytes:,} bytes, which is the limit.")
    content_type = headers.get("Content-Type", "").partition(";")[0].strip() or UNKNOWN_TYPE
    return Fetched(bytes(content), content_type, unquote(url.path.rpartition("/")[2]))


def _unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """In pieces of a bounded size, however much a packed one holds."""
    encoding = encoding.strip().lower()
    if encoding == "identity":
        yield from pieces
        return
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise FetchFailedError("The address sends its content packed, in a way that was not asked for.")
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    for piece in pieces:
        yield unpacker.decompress(piece, PIECE_BYTES)
        while unpacker.unconsumed_tail:
            yield unpacker.decompress(unpacker.unconsumed_tail, PIECE_BYTES)
    yield unpacker.flush(PIECE_BYTES)
    if not unpacker.eof:
        raise FetchFailedError("The content of the address breaks off before its end.")


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses only, and does nothing after the deadline, however slowly the other end drips."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore.NetworkStream:
        error: httpcore.ConnectError | None = None
        for address in public_addresses(host, port):
            try:
                stream = self._network.connect_tcp(address, port, _left(self._deadline))
            except httpcore.ConnectError as failed:
                error = failed
            else:
                return _TimedStream(stream, self._deadline)
        raise error or httpcore.ConnectError(host)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise FetchRefusedError("Only http:// and https:// addresses are fetched.")


class _TimedStream(httpcore.NetworkStream):
    """Each step has what is left of the time for the whole."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def public_addresses(host: str, port: int) -> list[str]:
    """What the name stands for, in the order to try. Raises FetchRefusedError when any of it is not public: a name
    that has both kinds is made to deceive."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailedError("The address names a host that cannot be found.") from None
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    if not all(_may_ask(ip_address(address)) for address in addresses):
        raise FetchRefusedError("The address leads into a private network, from which nothing is fetched.")
    return addresses


def _may_ask(address: IPv4Address | IPv6Address) -> bool:
    if any(address in network for network in settings.FETCH_PRIVATE_ADDRESSES):
        return True
    inner = _carried(address) if isinstance(address, IPv6Address) else None
    is_special = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    is_public = address.is_global and not is_special
    return _may_ask(inner) if inner is not None else is_public


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which a translator or tunnel would go on."""
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _left(deadline: float) -> float:
    """In seconds, more than none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds
