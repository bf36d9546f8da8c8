"""Which orders and customers somebody may name: a colleague those of their brands, a customer what is theirs."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from kefu.conversations import reach
from kefu.conversations.models import Conversation
from kefu.orders.models import Order, RegisteredProduct
from kefu.orders.models.orders import OrderQuerySet
from kefu.people.api import Caller, CustomerCaller
from kefu.people.models import Customer, Staff
from kefu.people.reach import brands_of


def orders_of(caller: Caller | CustomerCaller) -> OrderQuerySet:
    """A customer's, as far as the colleague sees them who lets the program speak for them."""
    visible = Order.objects.visible_to(caller.staff)
    return visible.of(caller.customer) if isinstance(caller, CustomerCaller) else visible


def known_to(caller: Caller | CustomerCaller) -> QuerySet[Customer]:
    """Customers know themselves."""
    visible = customers_of(caller.staff)
    return visible.filter(pk=caller.customer.pk) if isinstance(caller, CustomerCaller) else visible


def customers_of(staff: Staff) -> QuerySet[Customer]:
    """Those they talk with, and those who ordered at their brands. Whoever has only ordered, and at other brands only,
    is not there: in ``conversations`` they are nobody's.
    """
    theirs = Order.objects.filter(customer=OuterRef("pk"))
    ordered_here = Exists(Order.objects.visible_to(staff).filter(customer=OuterRef("pk")))
    ever_talked = Exists(Conversation.objects.filter(customer=OuterRef("pk")))
    talked_here = Q(pk__in=reach.customers_of(staff).values("pk")) & (Q(ever_talked) | ~Exists(theirs))
    return Customer.objects.filter(ordered_here | talked_here, merged_into=None)


def units_for(caller: Caller | CustomerCaller) -> QuerySet[RegisteredProduct]:
    """A customer's own, as far as the colleague serves the brands who lets the program speak for them."""
    if not isinstance(caller, CustomerCaller):
        return units_of(caller.staff)
    mine = RegisteredProduct.objects.filter(customer=caller.customer)
    return mine.filter(product__brand__in=brands_of(caller.staff))


def units_of(staff: Staff) -> QuerySet[RegisteredProduct]:
    """Of their brands, held by somebody whom they know."""
    theirs = RegisteredProduct.objects.filter(product__brand__in=brands_of(staff))
    return theirs.filter(customer__in=customers_of(staff))
