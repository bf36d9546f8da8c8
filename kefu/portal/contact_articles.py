"""Articles that may answer it, offered in a contact form before it is sent; only the customer says that one did."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kefu.articles import suggesting
from kefu.articles.addresses import path_of
from kefu.articles.models import Where
from kefu.articles.search import LONGEST_QUERY, Reader
from kefu.conversations.models import Inbox, InboxKind
from kefu.database import limits
from kefu.people import customer_sessions
from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.web import errors
from kefu.web.addresses import client_address

ASKED_IN_A_MINUTE, SAID_IN_A_MINUTE = 60, 20


@csrf_exempt
@require_POST
@public_route
def suggested(request: HttpRequest, key: str) -> HttpResponse:
    """Posted, so that what they write stands in no address and no log."""
    brand = _brand(key)
    if refusal := _refusal(request, "asked", ASKED_IN_A_MINUTE):
        return refusal
    found = suggesting.suggest(brand, _asked(request), language=_language(request), reader=_reader(request))
    shown = [
        {
            "article": str(one.article_id),
            "title": one.title,
            "address": path_of(brand, one.language, one.slug, one.anchor),
        }
        for one in found
    ]
    return JsonResponse({"articles": shown})


@csrf_exempt
@require_POST
@public_route
def opened(request: HttpRequest, key: str) -> HttpResponse:
    brand = _brand(key)
    if refusal := _refusal(request, "said", SAID_IN_A_MINUTE):
        return refusal
    article = _uuid(request.POST.get("article", ""))
    ticket = article and suggesting.open_one(
        brand,
        _asked(request),
        article,
        language=_language(request),
        reader=_reader(request),
        where=Where.FORM,
    )
    return JsonResponse({"ticket": ticket}, status=201) if ticket else JsonResponse({}, status=404)


@csrf_exempt
@require_POST
@public_route
def settled(request: HttpRequest, key: str) -> HttpResponse:
    brand = _brand(key)
    if refusal := _refusal(request, "said", SAID_IN_A_MINUTE):
        return refusal
    said = {"yes": True, "no": False}.get(request.POST.get("solved", ""))
    ticket = request.POST.get("ticket", "")
    if said is None or not suggesting.settle(brand, ticket, solved=said, where=Where.FORM):
        return JsonResponse({}, status=404)
    return HttpResponse(status=204)


def _brand(key: str) -> Brand:
    forms = Inbox.objects.filter(kind=InboxKind.FORM, is_active=True).select_related("brand")
    return get_object_or_404(forms, key=key).brand


def _refusal(request: HttpRequest, what: str, limit: int) -> HttpResponse | None:
    """A frame on the brand's page has no cookies: where the request comes from stands for its token."""
    ours = {None, settings.KEFU_BASE_URL, f"{request.scheme}://{request.get_host()}"}
    if request.headers.get("Origin") not in ours:
        return errors.forbidden(request)
    if not limits.hit(f"form articles {what} {client_address(request)}", limit=limit, per=60):
        return errors.too_many(request, seconds=30)
    return None


def _asked(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\0", "")[:LONGEST_QUERY]


def _reader(request: HttpRequest) -> Reader:
    return Reader.CUSTOMER if customer_sessions.customer_of(request) else Reader.EVERYONE


def _language(request: HttpRequest) -> str:
    wanted = request.POST.get("language", "") or get_language() or ""
    return "zh-hans" if wanted.startswith("zh") else "en"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
