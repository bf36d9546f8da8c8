"""The one way out to addresses that others gave us: webhooks, providers, “test connection”.

The name is looked up once, every address it has must be public, and the connection goes to the address that
was looked at, so a second answer of the name server changes nothing. No redirects, no proxies.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx
from django.conf import settings

PORTS = frozenset({80, 443, 8443})
SECONDS = 5.0
MOST_BYTES = 1024 * 1024


class Refused(Exception):
    """Not sent: the address may not be reached. The text is for logs, never for who gave the address."""


class Unanswered(Exception):
    """No whole answer in time. Whether it arrived there is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """One request, one answer, whatever its status; ``seconds`` bounds all of it, looking up the name too."""
    address = _parsed(url)
    until = _Until(seconds)
    sent = {"User-Agent": "Kefu", "Accept-Encoding": "identity", **(headers or {})}
    try:
        with (
            httpcore.ConnectionPool(_tls(), network_backend=_Checked(until)) as pool,
            pool.stream(method, _for_httpcore(address), headers=_encoded(sent), content=content) as answer,
        ):
            return Answer(
                answer.status, httpx.Headers(answer.headers), _body(answer.iter_stream(), most_bytes)
            )
    except _BROKEN as problem:
        raise Unanswered(f"{type(problem).__name__} at {address.host}") from problem


def check(url: str, *, seconds: float = SECONDS) -> None:
    """For forms: raises ``Refused`` for what ``request`` would not reach. Sending looks again."""
    address = _parsed(url)
    try:
        _public_address(address.raw_host.decode(), _port(address), _Until(seconds))
    except httpcore.TimeoutException as problem:
        raise Refused(f"{address.host} could not be looked up in time.") from problem


def _parsed(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as problem:
        raise Refused("The address cannot be read.") from problem
    if address.scheme not in ("http", "https"):
        raise Refused(f"The scheme {address.scheme!r} is not allowed.")
    if not address.host or address.userinfo or "\\" in url or any(each.isspace() for each in url):
        raise Refused("The address has no host, or a name and password, or blanks.")
    return address


def _public_address(host: str, port: int, until: _Until) -> str:
    found = _looked_up(host, port, until)
    if not found:
        raise Refused(f"{host} has no address.")
    for address in found:
        if _is_inside(address):
            continue
        if not _is_public(address):
            raise Refused(f"{host} is not a public address.")
        if port not in PORTS:
            raise Refused(f"The port {port} is not allowed.")
    return found[0]


def _looked_up(host: str, port: int, until: _Until) -> list[str]:
    """In a thread of its own: the system's resolver knows no time limit."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_resolved(host, port)), daemon=True).start()
    try:
        return answers.get(timeout=until.left())
    except queue.Empty as problem:
        raise httpcore.ConnectTimeout from problem


def _resolved(host: str, port: int) -> list[str]:
    try:
        return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return _is_public(str(parsed.ipv4_mapped))
        if parsed.scope_id or any(parsed in network for network in _TRANSLATED):
            return False
    elif parsed in _OLD_RELAY:
        return False
    return parsed.is_global and not parsed.is_multicast


def _is_inside(address: str) -> bool:
    """In a network of the company's own that the server's settings open to us, on any port."""
    opened: Iterable[str] = getattr(settings, "KEFU_OUTBOUND_NETWORKS", ())
    parsed = ipaddress.ip_address(address)
    return any(parsed in ipaddress.ip_network(network) for network in opened)


def _body(chunks: Iterable[bytes], most_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most_bytes:
            raise _TooLong
    return bytes(body)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]


def _for_httpcore(address: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
    )


def _port(address: httpx.URL) -> int:
    return address.port or {"http": 80, "https": 443}[address.scheme]


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class _TooLong(Exception):
    pass


class _Until:
    """One time limit for a whole exchange: a server that sends a byte now and then outlasts any other."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _Checked(httpcore.NetworkBackend):
    """Looks the name up, looks at the address, and connects to that address and no other."""

    def __init__(self, until: _Until) -> None:
        self._until = until
        self._network = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        address = _public_address(host, port, self._until)
        return _Timed(self._network.connect_tcp(address, port, timeout=self._until.left()), self._until)


class _Timed(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, until: _Until) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._until.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._until.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._until.left()), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, _TooLong)
_OLD_RELAY = ipaddress.ip_network("192.88.99.0/24")
# Addresses that carry an IPv4 address inside, which a gateway may unwrap.
_TRANSLATED = [
    ipaddress.IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")
]
