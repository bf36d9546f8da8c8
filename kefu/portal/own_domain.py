"""A brand's help centre at a domain of its own: its pages and nothing else of the desk.

Stands before all that asks which host it is: Django knows a fixed list, and domains of brands are rows.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.request import split_domain_port, validate_host

from kefu.articles.models import Site
from kefu.web import errors
from kefu.web.addresses import absolute

FRESH_SECONDS = 10
MOST_KNOWN = 1000
EVERYWHERE = re.compile(r"/(static/.*|robots\.txt|favicon\.ico|healthz|readyz|-/language|-/theme)?\Z")
OF_A_LANGUAGE = re.compile(rf"/({'|'.join(code for code, _name in settings.LANGUAGES)})(/.*)?\Z")
CLOSED = re.compile(r"/(console|account|api|live|setup|metrics|-|\.well-known)(/|\Z)")


class OwnDomain:
    """Gives the request its ``own_domain``, the site. Hosts that are nobody's are refused as ever."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.known: dict[str, tuple[float, Site | None]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = split_domain_port(request.META.get("HTTP_HOST", ""))[0]
        if not host or validate_host(host, settings.ALLOWED_HOSTS):
            return self.get_response(request)
        site = self._site_at(host)
        if site is None:
            return self.get_response(request)
        return self._answer(request, site)

    def _answer(self, request: HttpRequest, site: Site) -> HttpResponseBase:
        path = request.path_info
        if OF_A_LANGUAGE.match(path):
            return _on_to(f"/b/{site.brand.slug}{path}", request)
        if _is_of(site, path):
            given = request.META["HTTP_HOST"]
            request.get_host = lambda: given  # type: ignore[method-assign]
            request.own_domain = site  # type: ignore[attr-defined]
            return self.get_response(request)
        if CLOSED.match(path) or request.method not in {"GET", "HEAD"}:
            return errors.not_found(request)
        return HttpResponseRedirect(absolute(request.get_full_path()))

    def _site_at(self, host: str) -> Site | None:
        """Asked anew after some seconds; a flood of invented hosts fills nothing."""
        now = time.monotonic()
        asked_at, site = self.known.get(host, (0.0, None))
        if asked_at and now - asked_at < FRESH_SECONDS:
            return site
        try:
            site = Site.objects.select_related("brand").filter(host=host).first()
        except DatabaseError:
            return site
        if len(self.known) >= MOST_KNOWN:
            self.known.clear()
        self.known[host] = (now, site)
        return site


def _is_of(site: Site, path: str) -> bool:
    """The brand's reading pages; what needs a sign-in or a conversation is the desk's own domain's."""
    slug = site.brand.slug
    if path.startswith(f"/b/{slug}/"):
        return not path.startswith((f"/b/{slug}/orders/", f"/b/{slug}/warranty/"))
    return path.startswith(f"/policies/{slug}/") or EVERYWHERE.match(path) is not None


def _on_to(path: str, request: HttpRequest) -> HttpResponsePermanentRedirect:
    """From the short address of a page."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
