"""Which customers a colleague may name who sees orders: those they talk with, and those who ordered at their brands."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from kefu.conversations import reach
from kefu.conversations.models import Conversation
from kefu.orders.models import Order
from kefu.people.models import Customer, Staff


def customers_of(staff: Staff) -> QuerySet[Customer]:
    """Whoever has only ordered, and at other brands only, is not there: in ``conversations`` they are nobody's."""
    theirs = Order.objects.filter(customer=OuterRef("pk"))
    ordered_here = Exists(Order.objects.visible_to(staff).filter(customer=OuterRef("pk")))
    ever_talked = Exists(Conversation.objects.filter(customer=OuterRef("pk")))
    talked_here = Q(pk__in=reach.customers_of(staff).values("pk")) & (Q(ever_talked) | ~Exists(theirs))
    return Customer.objects.filter(ordered_here | talked_here, merged_into=None)
