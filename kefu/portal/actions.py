"""What a customer may do with each item of an order, as the order's page shows it: a button, or why not."""

from __future__ import annotations

from django.urls import reverse

from kefu.claims.beside_orders import by_item
from kefu.orders.models import Order
from kefu.orders.showing import Actions
from kefu.people.models import Customer


def actions(order: Order, customer: Customer) -> Actions:
    return by_item(order, customer, lambda kind, _line: reverse("my_apply", args=[order.pk, kind]))
