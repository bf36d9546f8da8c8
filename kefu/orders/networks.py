"""The network somebody asks from, which one person or house may have to itself: guessing at orders counts for it.

Who asks in a conversation has no address at hand. So the door through which it was begun says where from, and that is
kept for a week as a keyed digest: it tells whether two are the same, and not where anybody is.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from uuid import UUID

from django.core.cache import cache

from kefu.lib.encryption import blind_index

KEPT = 7 * 24 * 3600
NOWHERE = "nowhere"


def note(conversation: UUID, address: str) -> None:
    """Where nobody knows the address, nothing: it must not become one place for everybody."""
    if (found := key(address)) != NOWHERE:
        cache.set(_place(conversation), found, KEPT)


def of(conversation: UUID) -> str:
    """Its network's key; "" where it is not known."""
    return str(cache.get(_place(conversation), ""))


def key(address: str) -> str:
    """The same for every address of a /24 or /48."""
    try:
        size = 24 if ip_address(address).version == 4 else 48
    except ValueError:
        return NOWHERE
    network = str(ip_network(f"{address}/{size}", strict=False))
    return blind_index(network, purpose="orders.network").hex()


def _place(conversation: UUID) -> str:
    return f"network-of-{conversation}"
