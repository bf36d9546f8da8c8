"""The one way out to addresses that others gave us: webhooks, providers, “test connection”.

The connection goes to the address that ``hosts`` has looked at. No redirects, no proxies.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx

from kefu.lib import hosts
from kefu.lib.hosts import Refused, Until

__all__ = ["Answer", "Refused", "Unanswered", "check", "request"]

PORTS = frozenset({80, 443, 8443})
SECONDS = 5.0
MOST_BYTES = 1024 * 1024


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
    until = Until(seconds)
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
        hosts.public_address(address.raw_host.decode(), _port(address), ports=PORTS, until=Until(seconds))
    except hosts.Late as problem:
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


class _Checked(httpcore.NetworkBackend):
    """Connects to the address that was looked at, and to no other."""

    def __init__(self, until: Until) -> None:
        self._until = until
        self._network = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        address = hosts.public_address(host, port, ports=PORTS, until=self._until)
        return _Timed(self._network.connect_tcp(address, port, timeout=self._until.left()), self._until)


class _Timed(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, until: Until) -> None:
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


_BROKEN = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    hosts.Late,
    OSError,
    _TooLong,
)
