"""Articles that may answer a question, offered in the chat before it is sent."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.articles import suggesting
from kefu.articles.addresses import path_of
from kefu.articles.models import Where
from kefu.articles.search import LONGEST_QUERY, Reader
from kefu.inboxes.chat import standing
from kefu.inboxes.chat.door import (
    Refusal,
    VisitorRequest,
    given,
    slow_down,
    slow_down_address,
    text,
    uuid,
    visitor_door,
)
from kefu.inboxes.chat.models import Visitor

LONGEST_TICKET = 500


@visitor_door("POST")
def suggested(request: VisitorRequest, key: str) -> HttpResponse:
    """Posted, so that what they write stands in no address and no log. In a conversation that somebody has taken
    or answered, nothing is offered: they are talking to a person.
    """
    slow_down("articles", request.visitor.pk, limit=60, per=60)
    slow_down_address("articles", request, limit=300, per=60)
    said, brand = given(request), request.visitor.inbox.brand
    if _is_with_a_person(request.visitor, said.get("conversation")):
        return JsonResponse({"articles": []})
    found = suggesting.suggest(brand, _asked(said), language=_language(), reader=_reader(request.visitor))
    shown = [
        {
            "article": str(one.article_id),
            "title": one.title,
            "address": path_of(brand, one.language, one.slug, one.anchor),
        }
        for one in found
    ]
    return JsonResponse({"articles": shown})


@visitor_door("POST")
def opened(request: VisitorRequest, key: str) -> HttpResponse:
    slow_down("articles.opened", request.visitor.pk, limit=30, per=60)
    found = given(request)
    ticket = suggesting.open_one(
        request.visitor.inbox.brand,
        _asked(found),
        uuid(found.get("article")),
        language=_language(),
        reader=_reader(request.visitor),
        where=Where.WIDGET,
    )
    if ticket is None:
        raise Refusal(404, _("This was not found."))
    return JsonResponse({"ticket": ticket}, status=201)


@visitor_door("POST")
def settled(request: VisitorRequest, key: str) -> HttpResponse:
    slow_down("articles.settled", request.visitor.pk, limit=30, per=60)
    found = given(request)
    ticket, solved = text(found, "ticket", most=LONGEST_TICKET), found.get("solved")
    if not isinstance(solved, bool):
        raise Refusal(422, _("This could not be read. Nothing was changed."))
    if not suggesting.settle(request.visitor.inbox.brand, ticket, solved=solved, where=Where.WIDGET):
        raise Refusal(404, _("This was not found."))
    return HttpResponse(status=204)


def _is_with_a_person(visitor: Visitor, conversation: object) -> bool:
    if conversation is None:
        return False
    own = get_object_or_404(standing.of_visitor(visitor), pk=uuid(conversation))
    return bool(own.is_with_a_person)


def _asked(found: dict[str, object]) -> str:
    return text(found, "text", most=20_000)[:LONGEST_QUERY]


def _reader(visitor: Visitor) -> Reader:
    return Reader.CUSTOMER if visitor.verified_at else Reader.EVERYONE


def _language() -> str:
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"
