"""Orders in the console: the list, one order, and those beside a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation
from kefu.conversations.views.common import find, is_fragment, method_of, page, rail, show_again
from kefu.orders import finding, linking, parcels, showing
from kefu.orders.models import LinkedOrder, Order, OrderStatus
from kefu.orders.models.orders import OrderQuerySet
from kefu.orders.offering import actions_for, sections_for
from kefu.people import reveals
from kefu.people.access import StaffRequest
from kefu.people.models import Brand, Refused
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.web.addresses import client_address
from kefu.web.templatetags.parts import toast

PAGE = 50
BESIDE = 10
SIGNER = Signer(salt="console.orders")


@page(Can.SEE_ORDERS, "GET", "HEAD")
def orders(request: StaffRequest) -> HttpResponse:
    """One brand's, the latest first; or what was searched for, of all of one's brands."""
    query, brands = (
        request.GET.get("q", "").strip()[:200],
        list(brands_of(request.agent).order_by("created_at")),
    )
    brand = _chosen(brands, request.GET.get("brand", ""))
    rows = finding.orders(query, request.agent) if query else Order.objects.filter(brand=brand)
    found = list(_from(rows, request.GET.get("from", "")).select_related("customer", "brand")[: PAGE + 1])
    context = {
        "query": query,
        "tabs": [] if query or len(brands) < 2 else [_tab(one, is_current=one == brand) for one in brands],
        "orders": found[:PAGE],
        "several_brands": len(brands) > 1,
        "older": _older(request, found[PAGE - 1]) if len(found) > PAGE else "",
    }
    return desk_page(request, "orders/list.html", context)


def _chosen(brands: list[Brand], slug: str) -> Brand | None:
    return next((brand for brand in brands if brand.slug == slug), brands[0] if brands else None)


def _tab(brand: Brand, *, is_current: bool) -> dict[str, Any]:
    href = f"{reverse('console-orders')}?{urlencode({'brand': brand.slug})}"
    return {"label": brand.name, "href": href, "current": is_current, "count": None}


def _from(rows: Any, place: str) -> Any:
    """Behind this place in the order of the index: those without a date first, as PostgreSQL sorts downwards."""
    rows = rows.order_by("-placed_at", "-id")
    try:
        at, last = SIGNER.unsign_object(place) if place else (None, None)
    except (BadSignature, ValueError):
        return rows
    if last is None:
        return rows
    if at is None:
        return rows.filter(Q(placed_at=None, id__lt=last) | Q(placed_at__isnull=False))
    moment = datetime.fromisoformat(at)
    return rows.filter(placed_at__lte=moment).filter(Q(placed_at__lt=moment) | Q(id__lt=last))


def _older(request: StaffRequest, last: Order) -> str:
    at = last.placed_at.isoformat() if last.placed_at else None
    asked = {key: request.GET[key] for key in ("q", "brand") if request.GET.get(key)}
    return f"?{urlencode(asked | {'from': SIGNER.sign_object([at, str(last.pk)])})}"


@page(Can.SEE_ORDERS, "GET", "HEAD")
def order(request: StaffRequest, order_id: UUID) -> HttpResponse:
    found = visible(request, order_id)
    return _order_page(request, found, showing.masked([found], actions=actions_for(found, request.agent))[0])


@page(Can.SEE_CONTACT, "POST")
def contact(request: StaffRequest, order_id: UUID) -> HttpResponse:
    """Where it goes and how its customer is reached, in full; that someone looked, and what for, is kept."""
    found = visible(request, order_id)
    try:
        _reveal(request, found)
    except Refused as refusal:
        return _still_masked(request, found, str(refusal))
    if is_fragment(request):
        return render(request, "orders/contact.html", {"contact": showing.Contact.full(found)})
    return _order_page(request, found, showing.full([found], actions=actions_for(found, request.agent))[0])


def _reveal(request: StaffRequest, found: Order) -> None:
    reveals.reveal(
        "order.contact_revealed",
        found,
        by=request.agent,
        reason=request.POST.get("reason", ""),
        address=client_address(request) or None,
    )


def _still_masked(request: StaffRequest, found: Order, why: str) -> HttpResponse:
    if not is_fragment(request):
        messages.error(request, why)
        return HttpResponseRedirect(reverse("console-order", args=[found.pk]))
    answer = render(request, "orders/contact.html", {"contact": showing.Contact.masked(found)})
    answer.write(toast(why, "bad", oob=True))
    return answer


def _order_page(request: StaffRequest, found: Order, shown: showing.Shown) -> HttpResponse:
    about = Conversation.objects.visible_to(request.agent).filter(linked_orders__order=found)
    context = {
        "shown": shown,
        "order": found,
        "payments": found.payments.select_related("method").order_by("id"),
        "sections": sections_for(found, request.agent),
        "conversations": about.order_by("-last_message_at")[:BESIDE],
        "sees_contact": request.agent.can(Can.SEE_CONTACT),
        "reasons": [("", _("Please choose")), *reveals.Reason.choices],
        **sending(request, found),
    }
    return desk_page(request, "orders/page.html", context)


def desk_page(request: StaffRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {**rail(request.agent), "rail_here": "orders", **context})


# -- beside a conversation


@page(Can.SEE_ORDERS, "GET", "HEAD")
def search_beside(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """A few of the conversation's brand, to look into and to link."""
    conversation = find(request, conversation_id)
    wanted = finding.orders(request.GET.get("q", ""), request.agent).filter(brand=conversation.brand_id)
    context = {
        "conversation": conversation,
        "orders": wanted.select_related("customer").latest_first()[:BESIDE],
        "links": request.agent.can(Can.ANSWER),
    }
    return render(request, "orders/found_beside.html", context)


@page(Can.SEE_ORDERS, "GET", "HEAD")
def beside(request: StaffRequest, conversation_id: UUID, order_id: UUID) -> HttpResponse:
    """What a fold of the pane holds, fetched when it is opened first."""
    conversation, found = find(request, conversation_id), visible(request, order_id)
    return render(request, "orders/brief.html", brief(request, conversation, found))


def brief(request: StaffRequest, conversation: Conversation, found: Order) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "shown": showing.masked([found], actions=actions_for(found, request.agent))[0],
        "is_linked": LinkedOrder.objects.filter(conversation=conversation, order=found).exists(),
        "links": request.agent.can(Can.ANSWER) and found.brand_id == conversation.brand_id,
        **sending(request, found),
    }


def sending(request: StaffRequest, found: Order) -> dict[str, Any]:
    """Whether this colleague enters parcels, and whether anything is left to put into one."""
    sends = request.agent.can(Can.SEND_PARCELS)
    left = sends and found.status != OrderStatus.CANCELLED and any(parcels.unsent(found).values())
    return {"sends": sends, "left": left}


@page(Can.ANSWER, "POST", "DELETE")
def link(request: StaffRequest, conversation_id: UUID, order_id: UUID) -> HttpResponse:
    conversation, found = find(request, conversation_id), visible(request, order_id)
    if method_of(request) == "DELETE":
        linking.unlink(found, conversation, by=request.agent)
        return show_again(request, conversation, _("No longer linked."))
    linking.link(found, conversation, by=request.agent)
    return show_again(request, conversation, _("Linked to this conversation."))


def visible(request: StaffRequest, order_id: UUID) -> Order:
    """Only to those who see orders, whatever else the page asks of them."""
    agent = request.agent
    visible: OrderQuerySet = (
        Order.objects.visible_to(agent) if agent.can(Can.SEE_ORDERS) else Order.objects.none()
    )
    found: Order = get_object_or_404(visible.select_related("customer", "brand", "source"), pk=order_id)
    return found
