"""Before an order is sent: another address, other variants of its items, another way to pay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kefu.claims import changes
from kefu.claims.choosing import described, variants_of
from kefu.orders.incoming import ADDRESS_PARTS
from kefu.orders.models import Order
from kefu.people.access import CustomerRequest, customer_route
from kefu.people.models import Customer, Refused
from kefu.portal.acting import order_for
from kefu.portal.branding import branding

LABELS = {
    "name": gettext_lazy("Recipient"),
    "phone": gettext_lazy("Phone"),
    "line1": gettext_lazy("Street and number"),
    "line2": gettext_lazy("Flat, floor, company"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("Province or state"),
    "postal_code": gettext_lazy("Postal code"),
    "country": gettext_lazy("Country"),
}


class AddressForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in ADDRESS_PARTS:
            self.fields[part] = forms.CharField(
                label=LABELS[part], max_length=200, required=part in changes.NEEDED
            )


class ItemsForm(forms.Form):
    """For each row the same or another variant of its product, and what a difference is settled with."""

    def __init__(self, order: Order, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_lines = list(order.lines.select_related("variant"))
        variants = variants_of(self.order_lines)
        for line in self.order_lines:
            same = (one for one in variants if one.product_id == line.product_id)
            others = [one for one in same if one.pk != line.variant_id]
            self.fields[f"line_{line.pk}"] = forms.ChoiceField(
                label=line.name,
                choices=[("", _("Stays as it is")), *((one.sku, described(one)) for one in others)],
                required=False,
            )
        self.fields["settle_with"] = _methods(order.customer, _("Settle a price difference with"))

    def swaps(self) -> list[changes.Swap]:
        chosen = ((line.pk, self.cleaned_data[f"line_{line.pk}"]) for line in self.order_lines)
        return [changes.Swap(line, sku) for line, sku in chosen if sku]


class PaymentForm(forms.Form):
    def __init__(self, order: Order, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment_method"] = _methods(order.customer, _("Pay with"))


@never_cache
@require_safe
@customer_route
def change(request: CustomerRequest, order_id: UUID) -> HttpResponse:
    return _page(request, _mine(request, order_id))


@require_POST
@customer_route
def address(request: CustomerRequest, order_id: UUID) -> HttpResponse:
    order = _mine(request, order_id)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, order, status=422, address_form=form)
    return _do(request, order, lambda: changes.change_address(order, form.cleaned_data, by=request.customer))


@require_POST
@customer_route
def items(request: CustomerRequest, order_id: UUID) -> HttpResponse:
    order = _mine(request, order_id)
    form = ItemsForm(order, request.POST)
    if not form.is_valid():
        return _page(request, order, status=422, items_form=form)
    settle_with = UUID(form.cleaned_data["settle_with"])
    return _do(
        request,
        order,
        lambda: changes.change_items(order, form.swaps(), settle_with=settle_with, by=request.customer),
    )


@require_POST
@customer_route
def payment(request: CustomerRequest, order_id: UUID) -> HttpResponse:
    order = _mine(request, order_id)
    form = PaymentForm(order, request.POST)
    if not form.is_valid():
        return _page(request, order, status=422, payment_form=form)
    method = UUID(form.cleaned_data["payment_method"])
    return _do(request, order, lambda: changes.change_payment(order, method, by=request.customer))


def _mine(request: HttpRequest, order_id: UUID) -> Order:
    """Only for those who have signed in and placed it: a second fact opens looking, not changing."""
    order, customer = order_for(request, order_id)
    if customer.pk != order.customer_id:
        raise Http404
    return order


def _do(request: CustomerRequest, order: Order, verb: Callable[[], object]) -> HttpResponse:
    try:
        verb()
    except Refused as problem:
        return _page(request, _mine(request, order.pk), status=422, problem=str(problem))
    messages.success(request, _("The order was changed."))
    return HttpResponseRedirect(reverse("my_order", args=[order.pk]))


def _page(request: CustomerRequest, order: Order, *, status: int = 200, **given: Any) -> HttpResponse:
    may = changes.offered(order)
    context = {
        **branding(order.brand),
        "order": order,
        "address_form": AddressForm(initial=order.address) if may.change_address else None,
        "items_form": ItemsForm(order) if may.change_items else None,
        "payment_form": PaymentForm(order) if may.change_payment else None,
        **given,
    }
    return render(request, "portal/change.html", context, status=status)


def _methods(customer: Customer, label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[(str(one.pk), str(one)) for one in customer.payment_methods.all()]
    )
