"""Who is calling, and under which address we are known: never from a header that anybody could have sent."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network
Scope = MutableMapping[str, Any]

OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


def absolute(path: str) -> str:
    """The full address of one of our paths, under KEFU_BASE_URL whatever Host says."""
    return f"{settings.KEFU_BASE_URL.rstrip('/')}/{path.lstrip('/')}"


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where `next` asks to go if that is a path of ours, without host, backslash and control characters."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if OWN_PATH.fullmatch(wanted) else default


def client_address(call: HttpRequest | Scope) -> str:
    """The caller's address, from an HttpRequest or an ASGI scope.

    Only proxies in KEFU_TRUSTED_PROXIES are believed. Then the rightmost address that is none of them counts:
    everything left of it was written by the caller.
    """
    peer, forwarded = _seen(call)
    if not is_trusted(peer):
        return peer
    for hop in reversed(forwarded.split(",")):
        address = _clean(hop)
        if not address:
            return peer
        peer = address
        if not is_trusted(address):
            return peer
    return peer


def is_trusted(address: str) -> bool:
    """Whether this is one of our own proxies. A unix socket has no address and counts as "unix"."""
    return within(address or "unix", tuple(settings.KEFU_TRUSTED_PROXIES))


def within(address: str, networks: tuple[str, ...]) -> bool:
    if address in networks:
        return True
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in _networks(networks))


def forget_untrusted(request: HttpRequest) -> None:
    """Drops forwarding headers unless a trusted proxy set them, so that nothing further in believes them."""
    if is_trusted(request.META.get("REMOTE_ADDR", "")):
        return
    for name in FORWARDED:
        request.META.pop(name, None)


def _seen(call: HttpRequest | Scope) -> tuple[str, str]:
    """The peer of the connection and what X-Forwarded-For says."""
    if not isinstance(call, MutableMapping):
        return _clean(call.META.get("REMOTE_ADDR", "")), call.META.get("HTTP_X_FORWARDED_FOR", "")
    lines = [value.decode("latin-1") for name, value in call["headers"] if name == b"x-forwarded-for"]
    peer = call.get("client")
    return _clean(peer[0] if peer else ""), ",".join(lines)


def _clean(text: str) -> str:
    """One spelling for each address; nothing for what is none."""
    parsed = _parsed(text.strip())
    return str(parsed) if parsed else ""


def _parsed(text: str) -> Any:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache
def _networks(networks: tuple[str, ...]) -> list[Network]:
    return [ip_network(network, strict=False) for network in networks if network != "unix"]
