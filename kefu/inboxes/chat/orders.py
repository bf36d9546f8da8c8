"""Orders in the chat: looking one up, one's own once one has proved who one is, and talking about one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kefu.claims import beside_orders
from kefu.conversations.models import Status
from kefu.inboxes.chat import standing
from kefu.inboxes.chat.door import Refusal, VisitorRequest, given, slow_down, text, uuid, visitor_door
from kefu.inboxes.chat.models import Visitor
from kefu.orders import flows, linking, showing, tickets
from kefu.orders.models import Order
from kefu.orders.models.orders import OrderQuerySet
from kefu.web.addresses import client_address
from kefu.web.money import price

MOST = 20
MOST_SEEN = 8
RECKONED = 3


@visitor_door("POST")
def look_up(request: VisitorRequest, key: str) -> HttpResponse:
    """By number and a second fact. A wrong one is answered like the other."""
    visitor, asked = request.visitor, given(request)
    slow_down("look-up", visitor.pk, limit=30, per=600)
    number, fact = text(asked, "number", most=80), text(asked, "fact", most=254)
    try:
        found = flows.look_up(
            number,
            fact,
            brand=visitor.inbox.brand,
            address=client_address(request),
            holder=holder_of(visitor),
            by=visitor.customer,
        )
    except flows.TooOften as often:
        sentence = _("There were too many attempts. Please ask us here; we are happy to help.")
        raise Refusal(429, sentence) from often
    if found is None:
        raise Refusal(422, _("We find no order with these details. Please check both."))
    return JsonResponse({"orders": _shown(list(found.orders)), "ticket": found.ticket})


@visitor_door("GET")
def own_orders(request: VisitorRequest, key: str) -> HttpResponse:
    """Nothing for a browser that has not proved who it is."""
    latest = _own(request.visitor).select_related("customer").latest_first()[:MOST]
    return JsonResponse({"orders": _shown(list(latest))})


@visitor_door("POST")
def link(request: VisitorRequest, key: str, conversation: UUID) -> HttpResponse:
    """What is being talked about turns out to be this order."""
    visitor = request.visitor
    talk = standing.of_visitor(visitor).filter(pk=conversation).exclude(status=Status.CLOSED).first()
    found = named_in(visitor, given(request)) if talk else None
    if talk is None or found is None:
        raise Refusal(404, _("This was not found."))
    linking.link(found, talk, by=visitor.customer)
    return HttpResponse(status=204)


def named_in(visitor: Visitor, said: dict[str, Any]) -> Order | None:
    """The order with this ``id``, if its ``ticket`` opens it or the visitor has proved that it is theirs."""
    ticket = text(said, "ticket", most=2000, default="")
    opened = tickets.opened(ticket, holder=holder_of(visitor), brand=visitor.inbox.brand)
    order_id = uuid(said.get("id"))
    return opened.filter(pk=order_id).first() or _own(visitor).filter(pk=order_id).first()


def holder_of(visitor: Visitor) -> str:
    return f"visitor {visitor.pk}"


def _own(visitor: Visitor) -> OrderQuerySet:
    if visitor.verified_at is None:
        return Order.objects.none()
    mine: OrderQuerySet = Order.objects.of(visitor.customer).filter(brand=visitor.inbox.brand_id)
    return mine


def _shown(orders: list[Order]) -> list[dict[str, Any]]:
    """What may be done with each item is reckoned for the latest alone: it takes many questions."""
    told = {
        line: actions for order in orders[:RECKONED] for line, actions in beside_orders.told(order).items()
    }
    return [_order(shown) for shown in showing.masked(orders, actions=told)]


def _order(shown: showing.Shown) -> dict[str, Any]:
    order = shown.order
    return {
        "id": str(order.pk),
        "number": order.external_no,
        "status": order.status,
        "label": order.get_status_display(),
        "next": str(shown.next),
        "placed": date_format(order.placed_at, "Y-m-d") if order.placed_at else "",
        "total": price(shown.total_minor, order.currency),
        "goes_to": " ".join(filter(None, (shown.contact.name, shown.contact.address))),
        "lines": [_line(one, order.currency) for one in shown.lines],
        "parcels": [_parcel(one) for one in shown.shipments],
    }


def _line(shown: showing.ShownLine, currency: str) -> dict[str, Any]:
    line = shown.line
    return {
        "may": [f"{action.label}: {action.why}" for action in shown.actions],
        "name": line.name,
        "options": shown.options,
        "qty": line.qty,
        "paid": "" if line.replaces_id else price(line.paid_minor, currency),
    }


def _parcel(shown: showing.ShownShipment) -> dict[str, Any]:
    seen = [
        {"text": entry["text"], "at": entry["when"].isoformat(), "note": entry.get("by", "")}
        for entry in shown.entries[:MOST_SEEN]
    ]
    return {
        "carrier": shown.carrier,
        "number": shown.shipment.tracking_no,
        "link": shown.link,
        "label": shown.shipment.get_status_display(),
        "seen": seen,
    }
