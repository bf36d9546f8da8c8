"""Looking up an order on the web: number and a second fact go in by POST, and a ticket in a cookie shows the result.

Neither number, fact nor ticket is ever part of an address: those end up in logs, histories and other people's hands.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from kefu.claims import changes
from kefu.hours.models import Schedule
from kefu.orders import flows, showing, tickets
from kefu.orders.models import Order
from kefu.orders.models.orders import PHONE_TAIL, OrderQuerySet
from kefu.people.access import CustomerRequest, customer_route, public_route
from kefu.people.models import Brand, Customer
from kefu.portal.actions import actions
from kefu.portal.branding import branding, first_brand
from kefu.web.addresses import client_address

COOKIE = "kefu-order"
HOLDER = "page"


class LookUp(forms.Form):
    number = forms.CharField(
        label=_("Order number"),
        max_length=80,
        help_text=_("It is in the mail that confirmed your order."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    fact = forms.CharField(
        label=_("E-mail address, or the last 4 digits of your phone number"),
        max_length=254,
        help_text=_("As you entered it when you ordered."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_fact(self) -> str:
        fact: str = self.cleaned_data["fact"].strip()
        if "@" in fact:
            validate_email(fact)
        elif len(re.sub(r"\D", "", fact)) < PHONE_TAIL:
            raise forms.ValidationError(_("Please write the whole e-mail address, or four digits."))
        return fact


@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def look_up(request: HttpRequest, brand: str | None = None) -> HttpResponse:
    theirs = brand_of(brand)
    if request.method != "POST":
        return _form(request, theirs, LookUp())
    form = LookUp(request.POST)
    if not form.is_valid():
        return _form(request, theirs, form, status=422)
    try:
        outcome = flows.look_up(
            form.cleaned_data["number"],
            form.cleaned_data["fact"],
            brand=theirs,
            address=client_address(request),
            holder=HOLDER,
        )
    except flows.TooOften:
        return _form(request, theirs, form, status=429, trouble="often")
    if outcome is None:
        return _form(request, theirs, form, status=422, trouble="nothing")
    return _show_later(theirs, brand, outcome.ticket)


@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def found(request: HttpRequest, brand: str | None = None) -> HttpResponse:
    """What the ticket opens. POST puts it away: for a computer that others use as well."""
    theirs = brand_of(brand)
    orders = opened(request, theirs).select_related("customer")
    if request.method == "POST" or not orders:
        return _put_away(brand)
    found = list(orders.select_related("brand").latest_first())
    possible = {line: each for order in found for line, each in actions(order, order.customer).items()}
    context = {"found": showing.masked(found, actions=possible), "here": _address("looked-up", brand)}
    return _sheet(request, theirs, context)


@require_safe
@customer_route
def own_order(request: CustomerRequest, order_id: UUID) -> HttpResponse:
    """One of those who have signed in: theirs in full."""
    order = get_object_or_404(
        Order.objects.of(request.customer).select_related("customer", "brand"), pk=order_id
    )
    context = {
        "found": showing.full([order], actions=actions(order, request.customer)),
        "is_own": True,
        "may_change": order if _may_change(order, request.customer) else None,
    }
    return _sheet(request, order.brand, context)


def _may_change(order: Order, customer: Customer) -> bool:
    may = changes.offered(order)
    return customer.pk == order.customer_id and (may.change_address or may.change_items or may.change_payment)


def opened(request: HttpRequest, brand: Brand) -> OrderQuerySet:
    """The orders that this browser has named a second fact for within the last half hour."""
    return tickets.opened(request.COOKIES.get(COOKIE, ""), holder=HOLDER, brand=brand)


def _form(
    request: HttpRequest, brand: Brand, form: LookUp, *, status: int = 200, trouble: str = ""
) -> HttpResponse:
    context: dict[str, Any] = branding(brand) | {"form": form, "trouble": trouble}
    return _private(render(request, "portal/look_up.html", context, status=status))


def _sheet(request: HttpRequest, brand: Brand, context: dict[str, Any]) -> HttpResponse:
    """Times are those of the brand's clock, and say so: where its customers are is not known."""
    schedule = Schedule.objects.filter(brand=brand).order_by("created_at").first()
    with timezone.override(ZoneInfo(schedule.time_zone) if schedule else UTC):
        return _private(render(request, "portal/order.html", branding(brand) | context))


def _show_later(brand: Brand, slug: str | None, ticket: str) -> HttpResponse:
    response = HttpResponseRedirect(_address("looked-up", slug))
    response.status_code = 303
    response.set_cookie(
        COOKIE,
        ticket,
        max_age=tickets.LASTS,
        path="/",
        secure=settings.KEFU_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return _private(response)


def _put_away(slug: str | None) -> HttpResponse:
    response = HttpResponseRedirect(_address("look-up", slug))
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
    return _private(response)


def brand_of(slug: str | None) -> Brand:
    """The brand in the address, or the one that was there first."""
    brand = get_object_or_404(Brand, slug=slug) if slug else first_brand()
    if brand is None:
        raise Http404
    return brand


def _address(name: str, slug: str | None) -> str:
    return reverse(name, args=[slug] if slug else [])


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
