"""Is it still covered? By serial number, without signing in; and a claim for a unit that one has registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kefu.claims import filing, law, warranty
from kefu.claims.asked import Asked, AskedLine
from kefu.claims.choosing import LONGEST_WORDS, terms_for, terms_for_unit
from kefu.claims.machines import Kind
from kefu.claims.models.claims import Wanted
from kefu.claims.terms import Terms
from kefu.claims.warranty import Cover
from kefu.database import limits
from kefu.orders import registering
from kefu.orders.models import OrderLine, Product, RegisteredProduct
from kefu.people.access import CustomerRequest, customer_route, public_route
from kefu.people.models import Brand, Refused
from kefu.portal.branding import branding
from kefu.portal.lookup import brand_of
from kefu.web.addresses import client_address

LOOKS_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Covered:
    """What the page says about one unit; ``terms`` are those that hold now."""

    product: Product
    cover: Cover
    terms: Terms

    @property
    def article(self) -> str:
        """Of the law, where it is the law that covers it."""
        return law.cited(self.cover.article) if self.cover.article else ""


class SerialForm(forms.Form):
    serial = forms.CharField(
        label=_("Serial number"),
        max_length=registering.LONGEST_SERIAL,
        help_text=_("It is on the product or its box, often beside the letters S/N."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class UnitForm(SerialForm):
    model = forms.CharField(
        label=_("Model"), max_length=80, help_text=_("As printed on the product, or its name.")
    )
    purchased_at = forms.DateField(label=_("Purchase date"), widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ("model", "serial", "purchased_at")

    def __init__(self, brand: Brand, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brand = brand

    def clean_model(self) -> Product:
        found = registering.model_named(self.brand, self.cleaned_data["model"])
        if found is None:
            raise forms.ValidationError(
                _("We do not know a model with that name. Please check the label again.")
            )
        return found


class FaultForm(forms.Form):
    reason = forms.ChoiceField(label=_("What is the problem?"), choices=(), required=False)
    words = forms.CharField(
        label=_("Describe the fault"),
        help_text=_("What it does, since when, and what you have tried."),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, terms: Terms, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.code, one.label) for one in terms.reasons_for(Kind.WARRANTY)]
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [("", _now("Please choose")), *offered]
        reason.required = Kind.WARRANTY in terms.proof.reason_needed_for and bool(offered)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_route
def look_up(request: HttpRequest, brand: str | None = None) -> HttpResponse:
    """The serial number goes in by POST: it opens nothing, but has no business in an address."""
    theirs = brand_of(brand)
    form = SerialForm(request.POST or None)
    context: dict[str, Any] = {**branding(theirs), "form": form, "asked": False}
    status = 200
    if request.method == "POST" and form.is_valid():
        if not limits.hit(f"warranty from {client_address(request)}", limit=LOOKS_AN_HOUR, per=3600):
            form.add_error(
                "serial", _now("There were too many look-ups from here. Please try again in an hour.")
            )
            status = 429
        else:
            context |= {"asked": True, "found": covered(theirs, form.cleaned_data["serial"])}
    elif request.method == "POST":
        status = 422
    return render(request, "portal/warranty.html", context, status=status)


def covered(brand: Brand, serial: str) -> list[Covered]:
    """By what is registered, else by the order that it left with."""
    units = registering.find(brand, serial)
    if units:
        return [_of_unit(unit) for unit in units]
    line = registering.sold(brand, serial)
    return [_of_line(line)] if line is not None and line.product is not None else []


def _of_unit(unit: RegisteredProduct) -> Covered:
    return _covered(unit.product, terms_for_unit(unit), unit=unit)


def _of_line(line: OrderLine) -> Covered:
    assert line.product is not None
    asked = AskedLine(order_line=line)
    terms = terms_for(Asked(Kind.WARRANTY, line.product.brand, line.order.customer, line.order, (asked,)))
    return _covered(line.product, terms, line=line)


def _covered(
    product: Product, terms: Terms, *, line: OrderLine | None = None, unit: RegisteredProduct | None = None
) -> Covered:
    found = warranty.cover_of(product, at=timezone.now(), terms=terms, line=line, unit=unit)
    return Covered(product, found, terms)


# -- units of those who have signed in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_route
def register(request: CustomerRequest, brand: str | None = None) -> HttpResponse:
    theirs = brand_of(brand)
    form = UnitForm(theirs, request.POST or None)
    if request.method == "POST" and form.is_valid() and (unit := _registered(request, form)):
        return HttpResponseRedirect(reverse("my_unit", args=[unit.pk]))
    context = {**branding(theirs), "form": form}
    return render(request, "portal/register.html", context, status=422 if form.is_bound else 200)


def _registered(request: CustomerRequest, form: UnitForm) -> RegisteredProduct | None:
    said = form.cleaned_data
    try:
        return registering.register(
            request.customer,
            said["model"],
            said["serial"],
            purchased_at=said["purchased_at"],
            by=request.customer,
        )
    except Refused as problem:
        form.add_error("serial", str(problem))
        return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_route
def unit(request: CustomerRequest, unit_id: UUID) -> HttpResponse:
    """Its cover, what is known of it, and the claim if none of that helps."""
    mine = RegisteredProduct.objects.filter(customer=request.customer)
    found = get_object_or_404(mine.select_related("product__brand", "order_line__order"), pk=unit_id)
    shown = _of_unit(found)
    form = FaultForm(shown.terms, request.POST or None)
    if request.method == "POST" and form.is_valid():
        claim = filing.draft(_asked(found, form), by=request.customer, texts=[form.cleaned_data["words"]])
        return HttpResponseRedirect(reverse("my_claim", args=[claim.pk]))
    context = {**branding(found.product.brand), "unit": found, "shown": shown, "form": form}
    return render(request, "portal/unit.html", context, status=422 if form.is_bound else 200)


def _asked(unit: RegisteredProduct, form: FaultForm) -> Asked:
    line = AskedLine(registered=unit, reason=form.cleaned_data.get("reason", ""), wanted=Wanted.REPAIR)
    return Asked(Kind.WARRANTY, unit.product.brand, unit.customer, None, (line,), channel="portal")
