"""A reader of the help centre, known by who they are or by a random cookie of their own; and what people read.

What is read is counted without a cookie: once a day for each customer, and for strangers each address. Who answers to
no browser's name, or to a crawler's, is no reader, and neither is the desk's own staff.
"""

from __future__ import annotations

import hashlib
import re
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kefu.articles import reading
from kefu.articles.models import Translation
from kefu.lib.encryption import blind_index
from kefu.lib.ids import secret_token, token_hash
from kefu.people.models import Customer
from kefu.web.addresses import client_address

COOKIE = "__Host-kefu-reader" if settings.KEFU_SECURE else "kefu-reader"
YEAR = 365 * 24 * 3600
HOUSEHOLD_BITS = 64

BROWSER = re.compile(r"Mozilla/5\.0 \(")
# Crawlers that keep to the custom say so in their name; the rest are what fetches previews and watches sites.
CRAWLER = re.compile(
    r"bot\b|bot[/;_-]|crawl|spider|slurp|preview|scan|monitor|uptime|fetch|archive|headless|lighthouse|phantom"
    r"|facebookexternalhit|mediapartners|google-|apis-google|yandex|sogou|qihoo|360spider|bytespider|gptbot|\+https?://",
    re.IGNORECASE,
)


def known(request: HttpRequest, customer: Customer | None) -> bytes | None:
    """The hash of who they are; None for who has never answered in this browser."""
    if customer is not None:
        return hashlib.sha256(f"customer {customer.pk}".encode()).digest()
    token = request.COOKIES.get(COOKIE, "")
    return token_hash(token) if token else None


def introduced(response: HttpResponse) -> bytes:
    """The hash of somebody new, whose browser keeps the cookie from now on."""
    token = secret_token()
    response.set_cookie(
        COOKIE, token, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.KEFU_SECURE
    )
    return token_hash(token)


def note_read(request: HttpRequest, customer: Customer | None, translation: Translation) -> None:
    if _is_a_person(request):
        whose = f"customer {customer.pk}" if customer else _household(client_address(request))
        reading.note(translation, reader=blind_index(whose, purpose="portal.readers").hex())


def _is_a_person(request: HttpRequest) -> bool:
    """As far as one can tell; a page fetched ahead of a click is not read yet."""
    agent = request.headers.get("User-Agent", "")
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    reads = request.method == "GET" and not ahead and settings.SESSION_COOKIE_NAME not in request.COOKIES
    return reads and bool(BROWSER.match(agent)) and not CRAWLER.search(agent)


def _household(address: str) -> str:
    """Whoever has one IPv6 address has all of its network."""
    try:
        version = ip_address(address).version
    except ValueError:
        return address
    return str(ip_network(f"{address}/{HOUSEHOLD_BITS}", strict=False)) if version == 6 else address
