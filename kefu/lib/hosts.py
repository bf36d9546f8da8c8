"""Which hosts may be reached at addresses that others gave us: the guard in front of every way out.

The name is looked up once and every address it has must be public; the caller connects to the address that comes
back, so a second answer of the name server changes nothing.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Collection, Iterable

from django.conf import settings


class Refused(Exception):
    """The address may not be reached. The text is for logs, never for who gave the address."""


class Late(Exception):
    """The time limit has passed."""


class Until:
    """One time limit for a whole exchange: a server that sends a byte now and then outlasts any other."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none. Raises ``Late``."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Late
        return left


def public_address(host: str, port: int, *, ports: Collection[int], until: Until) -> str:
    """Where to connect to. Raises ``Refused``, and ``Late`` when the name server does not answer in time."""
    found = _looked_up(host, port, until)
    if not found:
        raise Refused(f"{host} has no address.")
    for address in found:
        if _is_inside(address):
            continue
        if not _is_public(address):
            raise Refused(f"{host} is not a public address.")
        if port not in ports:
            raise Refused(f"The port {port} is not allowed.")
    return found[0]


def _looked_up(host: str, port: int, until: Until) -> list[str]:
    """In a thread of its own: the system's resolver knows no time limit."""
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_resolved(host, port)), daemon=True).start()
    try:
        return answers.get(timeout=until.left())
    except queue.Empty as problem:
        raise Late from problem


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


_OLD_RELAY = ipaddress.ip_network("192.88.99.0/24")
# Addresses that carry an IPv4 address inside, which a gateway may unwrap.
_TRANSLATED = [
    ipaddress.IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")
]
