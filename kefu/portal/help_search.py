"""Searching a help centre; what was asked for is noted for its authors, masked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kefu.articles import searching
from kefu.articles.models import Search, Translation, Where
from kefu.articles.search import LONGEST_QUERY, Found, find
from kefu.database import limits
from kefu.people.access import public_route
from kefu.portal import help_shelves
from kefu.portal.help_visit import Shown, Visit, draw, help_page
from kefu.portal.ways import best_now, ways_of
from kefu.web import errors
from kefu.web.addresses import client_address

MOST = 50
A_PAGE = 10
SEARCHES_OF_AN_ADDRESS = 60
_signer = Signer(salt="kefu.portal.help_search")


@require_safe
@public_route
@help_page
def search(visit: Visit) -> HttpResponse:
    query = " ".join(visit.request.GET.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
    if not query:
        return _page(visit, "", [], None)
    address = client_address(visit.request)
    if not limits.hit(f"help search {address}", limit=SEARCHES_OF_AN_ADDRESS, per=60):
        return errors.too_many(visit.request, seconds=30)
    found = find(visit.brand, query, language=visit.language, reader=visit.reader, limit=MOST)
    noted = None
    if visit.request.GET.get("page", "1") == "1":
        noted = searching.note(
            visit.brand, query, where=Where.SITE, language=visit.language, found=len(found)
        )
    return _page(visit, query, found, noted)


def note_opened(visit: Visit, translation: Translation) -> None:
    """The result that a reader went on to: said by a signed part of its address."""
    token = visit.request.GET.get("from", "")
    if not token:
        return
    try:
        pk = UUID(_signer.unsign(token))
    except (BadSignature, ValueError):
        return
    noted = Search.objects.filter(pk=pk, brand=visit.brand, opened=None).first()
    if noted is not None:
        searching.opened(noted, translation)


def _page(visit: Visit, query: str, found: list[Found], noted: Search | None) -> HttpResponse:
    page = Paginator(found, A_PAGE).get_page(visit.request.GET.get("page"))
    here = f"{visit.path('help_search')}?{urlencode({'q': query})}"
    context: dict[str, Any] = {
        "query": query,
        "page": page,
        "here": here,
        "from": f"?{urlencode({'from': _signer.sign(str(noted.pk))})}" if noted else "",
        "shelves": [] if found else help_shelves.filled(visit),
    }
    if query and not found:
        ways = ways_of(visit.brand, timezone.now())
        context |= {"ways": ways, "best": best_now(ways)}
    title = _("Search: %(query)s") % {"query": query} if query else _("Search")
    shown = Shown(title, visit.in_every_language("help_search"), is_indexed=False)
    return draw(visit, "portal/help_search.html", shown, context)
