"""What a customer who has signed in sees of their own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kefu.claims import telling
from kefu.claims.models import Claim
from kefu.orders.models import Order
from kefu.people.access import CustomerRequest, customer_route
from kefu.people.models import Customer
from kefu.portal.branding import branding

SHOWN = 50


@never_cache
@require_safe
@customer_route
def my(request: CustomerRequest) -> HttpResponse:
    context = {
        **branding(),
        "orders": Order.objects.of(request.customer).latest_first()[:SHOWN],
        "claims": _claims(request.customer),
        "units": request.customer.registered_products.select_related("product").order_by("-created_at")[
            :SHOWN
        ],
    }
    return render(request, "portal/my.html", context)


def _claims(customer: Customer) -> list[tuple[Claim, list[tuple[str, str]]]]:
    """The latest, each with where it stands."""
    found = Claim.objects.of(customer).order_by("-created_at", "-id")[:SHOWN]
    return [(claim, [(telling.pill(claim.status), claim.get_status_display())]) for claim in found]
