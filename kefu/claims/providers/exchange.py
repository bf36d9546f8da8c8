"""One question to a provider over the guarded way out, and what counts as having been answered."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping

import httpx

from kefu.claims.providers.contract import Answer, Misconfigured, State
from kefu.lib import http

SECONDS = 20.0


class Lost(Exception):
    """Nothing can be concluded about the refund: no answer, none that can be read, or none about the matter."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def unless_lost(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except Lost as lost:
        return Answer(State.UNKNOWN, code=lost.code)


def send(
    method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"", seconds: float = SECONDS
) -> http.Answer:
    """An answer that is at least one about us: what a server says while it stumbles, or of our key, is none.

    The reasons stay behind (``from None``): a broken header's message would quote the key.
    """
    try:
        answer = http.request(method, url, headers=headers, content=content, seconds=seconds)
    except http.Refused:
        raise Lost("unreachable") from None
    except http.Unanswered:
        raise Lost("no_answer") from None
    if answer.status in _SAYS_NOTHING or not (is_good(answer) or 400 <= answer.status < 500):
        raise Lost(f"http_{answer.status}")
    return answer


def is_good(answer: http.Answer) -> bool:
    return 200 <= answer.status < 300


def read(body: bytes) -> dict[str, object]:
    """The body's JSON object. A page from some proxy on the way is no answer."""
    found = members(body)
    if not found:
        raise Lost("unreadable")
    return found


def members(body: bytes | str) -> dict[str, object]:
    """Nothing if it is no JSON object."""
    try:
        return table(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def heard(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in small letters, whoever wrote them how."""
    return {name.lower(): value for name, value in headers.items()}


def word(value: object) -> str:
    """A provider's code or id, if it is fit to be kept; never a sentence."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if re.fullmatch(r"[A-Za-z0-9_.:|*@-]{1,100}", text) else ""


def base_url(field: str, url: str) -> str:
    """Keys travel in the headers, so only https will do; plain http is for a stand-in on this machine."""
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise Misconfigured(f"{field} is not an address.") from None
    if address.host and (address.scheme == "https" or _is_this_machine(address)):
        return url.rstrip("/")
    raise Misconfigured(f"{field} must begin with https://.")


def _is_this_machine(address: httpx.URL) -> bool:
    try:
        return address.scheme == "http" and ipaddress.ip_address(address.host).is_loopback
    except ValueError:
        return False


# Unauthorised, too slow, in conflict with itself, a dependency of theirs, too early, too many:
# none of them tells whether an earlier sending of the same number got through.
_SAYS_NOTHING = frozenset({401, 408, 409, 424, 425, 429})
