"""As whom a browser may act on an order or a claim: a customer who has signed in, or whoever named a second fact."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest

from kefu.claims.models import Claim
from kefu.orders.models import Order, PaymentMethod
from kefu.people import customer_sessions
from kefu.people.models import Customer
from kefu.portal.lookup import opened


def order_for(request: HttpRequest, order_id: UUID) -> tuple[Order, Customer]:
    """The order, and the customer as whom it may be dealt with. Raises ``Http404`` for a stranger."""
    signed_in = customer_sessions.customer_of(request)
    if signed_in is not None:
        mine = Order.objects.of(signed_in).select_related("brand", "customer").filter(pk=order_id).first()
        if mine is not None:
            return mine, signed_in
    order = Order.objects.select_related("brand", "customer").filter(pk=order_id).first()
    if order is None or not opened(request, order.brand).filter(pk=order.pk).exists():
        raise Http404
    return order, order.customer


def claim_for(request: HttpRequest, claim_id: UUID) -> tuple[Claim, Customer]:
    """As for its order; a second fact opens what was asked by the one who placed the order, nothing of others."""
    claims = Claim.objects.select_related("brand", "customer", "order__brand", "order__customer")
    claim = claims.filter(pk=claim_id).first()
    if claim is None:
        raise Http404
    signed_in = customer_sessions.customer_of(request)
    if signed_in is not None and signed_in.pk == claim.customer_id:
        return claim, signed_in
    if claim.order is None or claim.customer_id != claim.order.customer_id:
        raise Http404
    return claim, order_for(request, claim.order.pk)[1]


def methods_for(request: HttpRequest) -> list[PaymentMethod]:
    """With which ways to pay they may deal: nobody's, as long as they have not signed in."""
    signed_in = customer_sessions.customer_of(request)
    return list(signed_in.payment_methods.order_by("id")) if signed_in else []
