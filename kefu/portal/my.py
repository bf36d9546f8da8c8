"""What a customer who has signed in sees of their own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kefu.orders.models import Order
from kefu.people.access import CustomerRequest, customer_route
from kefu.portal.branding import branding

SHOWN = 50


@never_cache
@require_safe
@customer_route
def my(request: CustomerRequest) -> HttpResponse:
    orders = Order.objects.of(request.customer).latest_first()[:SHOWN]
    return render(request, "portal/my.html", {**branding(), "orders": orders})
