"""A colleague enters a warranty claim for a unit that is known by its serial number: it needs no order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.claims import filing
from kefu.claims.asked import Asked, AskedLine
from kefu.claims.choosing import LONGEST_WORDS, terms_for
from kefu.claims.entering import CHANNEL, Entry
from kefu.claims.machines import Kind
from kefu.claims.models.claims import Wanted
from kefu.orders import registering
from kefu.orders.models import Order, OrderLine, Product, RegisteredProduct
from kefu.orders.reach import units_of
from kefu.people.models import Brand, Customer, Staff
from kefu.people.reach import brands_of

MOST_FOUND = 5


class UnitEntry(Entry):
    """Why, and what the customer says. It is one unit, and a repair that is asked for."""

    def __init__(self, *args: Any, unit: RegisteredProduct, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.unit, self.customer = Kind.WARRANTY, unit, unit.customer
        terms = terms_for(self._asked())
        offered = [(reason.code, reason.label) for reason in terms.reasons_for(self.kind)]
        self.fields["reason"] = forms.ChoiceField(
            label=_("Reason"), choices=[("", "–"), *offered], required=False
        )
        area = forms.Textarea(attrs={"rows": 3})
        self.fields["words"] = forms.CharField(
            label=_("What the customer says"), max_length=LONGEST_WORDS, required=False, widget=area
        )

    def asked(self) -> Asked:
        return self._asked(self.cleaned_data.get("reason", ""))

    def words(self) -> list[str]:
        return [self.cleaned_data.get("words", "")]

    def _asked(self, reason: str = "") -> Asked:
        line = AskedLine(registered=self.unit, reason=reason, wanted=Wanted.REPAIR)
        brand = self.unit.product.brand
        return filing.within_its_order(Asked(self.kind, brand, self.customer, None, (line,), channel=CHANNEL))


@dataclass(frozen=True, slots=True)
class Known:
    """What a serial number is known by: units that somebody has, and orders that one left with unregistered."""

    units: Sequence[RegisteredProduct]
    lines: Sequence[OrderLine]


def known_by(serial: str, agent: Staff) -> Known:
    """As far as the colleague may see it."""
    key = registering.serial_key(serial)
    units = units_of(agent).filter(serial=key).select_related("product", "customer")
    left = OrderLine.objects.filter(
        registering.left_with(serial), order__in=Order.objects.visible_to(agent), product__isnull=False
    ).exclude(registered__serial=key)
    lines = left.select_related("order__customer").order_by("-order__placed_at")
    return Known(list(units[:MOST_FOUND]), list(lines[:MOST_FOUND]))


def units_held(customer: Customer, agent: Staff) -> list[RegisteredProduct]:
    """By a customer whom the colleague knows; the latest first."""
    theirs = customer.registered_products.filter(product__brand__in=brands_of(agent))
    return list(theirs.select_related("product").order_by("-created_at")[:MOST_FOUND])


class SerialForm(forms.Form):
    serial = forms.CharField(
        label=_("Serial number"),
        max_length=registering.LONGEST_SERIAL,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class Registration(SerialForm):
    """A unit that nobody has registered yet, for the customer whom one talks with."""

    model = forms.CharField(
        label=_("Model"), max_length=80, help_text=_("As printed on the product, or its name.")
    )
    purchased_at = forms.DateField(
        label=_("Purchase date"),
        required=False,
        help_text=_("As the customer says; a proof comes with the claim."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    field_order = ("serial", "model", "purchased_at")

    def __init__(self, *args: Any, brand: Brand, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brand = brand

    def clean_model(self) -> Product:
        found = registering.model_named(self.brand, self.cleaned_data["model"])
        if found is None:
            raise forms.ValidationError(_now("This brand has no model of that number or name."))
        return found
