"""The application form of a claim: which items, how many, why, in what state, and what is wanted instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefu.claims.asked import Asked, AskedLine
from kefu.claims.choosing import (
    LONGEST_WORDS,
    PAID_BACK,
    WANTED,
    WITH_CONDITION,
    chosen_destination,
    chosen_method,
    described,
    destinations,
    terms_for,
    variants_of,
)
from kefu.claims.machines import Kind
from kefu.claims.models import Claim
from kefu.claims.models.claims import Destination, Wanted
from kefu.claims.terms import Terms
from kefu.orders.models import Order, OrderLine, PaymentMethod, Variant
from kefu.people.models import Customer
from kefu.web.money import price

CONDITIONS = {
    "unused": gettext_lazy("It has not been used, apart from looking at it and trying it"),
    "original_packaging": gettext_lazy("The original packaging is there"),
    "accessories": gettext_lazy("All accessories and gifts are there"),
    "tags": gettext_lazy("All labels are attached"),
    "sealed": gettext_lazy("The seal is unbroken"),
}


class ChoiceWithItsItem(forms.ChoiceField):
    """Needed once its item is chosen, which the browser's own check cannot know."""

    needed = True


class Application(forms.Form):
    """Fields by line: ``take_0 qty_0 reason_0 words_0 new_0``; for all of them ``condition_…`` and where money goes.

    ``methods`` are the ways to pay that this browser may see: none for whoever only named a second fact.
    """

    def __init__(
        self,
        kind: Kind,
        order: Order,
        customer: Customer,
        methods: Sequence[PaymentMethod],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.order, self.customer, self.methods = kind, order, customer, methods
        self.order_lines = list(order.lines.select_related("product", "variant"))
        self.terms = self._terms()
        self.variants = variants_of(self.order_lines) if kind == Kind.EXCHANGE else []
        for place, line in enumerate(self.order_lines):
            self._add_line(place, line)
        if kind in WITH_CONDITION:
            self._add_conditions()
        if kind in PAID_BACK:
            self._add_destination()
        if kind == Kind.EXCHANGE:
            self._add_means()

    # -- what is asked

    def _terms(self) -> Terms:
        """Of the policy that takes the whole order: for the reasons and destinations to choose from."""
        lines = tuple(AskedLine(order_line=line) for line in self.order_lines)
        return terms_for(Asked(self.kind, self.order.brand, self.customer, self.order, lines))

    def _add_line(self, place: int, line: OrderLine) -> None:
        self.fields[f"take_{place}"] = forms.BooleanField(
            label=line.name, help_text=_told_apart(line), required=False
        )
        most = self._most(line)
        self.fields[f"qty_{place}"] = forms.IntegerField(
            label=_("How many"), min_value=1, max_value=most, initial=most, required=False
        )
        reason = ChoiceWithItsItem if self._reason_is_needed else forms.ChoiceField
        self.fields[f"reason_{place}"] = reason(label=_("Reason"), choices=self._reasons(), required=False)
        if self.kind == Kind.EXCHANGE:
            self.fields[f"new_{place}"] = ChoiceWithItsItem(
                label=_("Exchange for"), choices=self._instead_of(line), required=False
            )
        self.fields[f"words_{place}"] = forms.CharField(
            label=_("What happened"),
            max_length=LONGEST_WORDS,
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def _most(self, line: OrderLine) -> int:
        """Every unit has a warranty of its own."""
        return 1 if self.kind == Kind.WARRANTY else line.qty

    def _reasons(self) -> list[tuple[str, str]]:
        offered = [(reason.code, reason.label) for reason in self.terms.reasons_for(self.kind)]
        return [("", _("Please choose")), *offered]

    def _instead_of(self, line: OrderLine) -> list[tuple[str, str]]:
        return [
            ("", _("Please choose")),
            *((str(one.pk), described(one)) for one in self.variants if one.product_id == line.product_id),
        ]

    def _add_conditions(self) -> None:
        for name in CONDITIONS:
            self.fields[f"condition_{name}"] = forms.BooleanField(label=CONDITIONS[name], required=False)

    def _add_destination(self) -> None:
        self.fields["destination"] = forms.ChoiceField(
            label=_("Where the money goes"),
            choices=destinations(self.terms, self.methods),
            initial=Destination.ORIGINAL,
        )

    def _add_means(self) -> None:
        means = [(str(one.pk), str(one)) for one in self.methods]
        self.fields["means"] = forms.ChoiceField(
            label=_("Settle a price difference with"),
            choices=[("", _("We will tell you how")), *means],
            required=False,
        )

    # -- as the page shows it

    @property
    def shown_lines(self) -> list[dict[str, Any]]:
        names = ("take", "qty", "reason", "new", "words")
        return [
            {
                "line": line,
                "error": self.errors.get(f"take_{place}", []),
                **{name: self[f"{name}_{place}"] for name in names if f"{name}_{place}" in self.fields},
            }
            for place, line in enumerate(self.order_lines)
        ]

    @property
    def shown_conditions(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("condition_")]

    @property
    def shown_rest(self) -> list[Any]:
        return [self[name] for name in ("destination", "means") if name in self.fields]

    # -- what was said

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(f"take_{place}") for place in range(len(self.order_lines))):
            raise forms.ValidationError(_("Choose at least one item."))
        if self.kind == Kind.WARRANTY and len(self._taken()) > 1:
            raise forms.ValidationError(_("A warranty claim is about one unit."))
        for place in self._taken():
            if self._reason_is_needed and not cleaned.get(f"reason_{place}"):
                self.add_error(f"reason_{place}", _("Choose the reason that fits best."))
            if self.kind == Kind.EXCHANGE and not cleaned.get(f"new_{place}"):
                self.add_error(f"new_{place}", _("Choose what you would like instead."))
            if self.kind == Kind.WARRANTY and not cleaned.get(f"words_{place}", "").strip():
                self.add_error(f"words_{place}", _("Describe the fault: what it does, and since when."))
        return cleaned

    @property
    def _reason_is_needed(self) -> bool:
        """Without a policy there is none to choose, and a person asks."""
        return self.kind in self.terms.proof.reason_needed_for and bool(self.terms.reasons_for(self.kind))

    def _taken(self) -> list[int]:
        return [place for place in range(len(self.order_lines)) if self.cleaned_data.get(f"take_{place}")]

    def asked(self) -> Asked:
        said = self.cleaned_data
        chosen = said.get("destination", "")
        method = chosen_method(chosen or said.get("means", ""), self.methods)
        return Asked(
            kind=self.kind,
            brand=self.order.brand,
            customer=self.customer,
            order=self.order,
            lines=tuple(self._asked_line(place) for place in self._taken()),
            destination=chosen_destination(self.kind, chosen, method),
            refund_to=method,
            channel="portal",
        )

    def words(self) -> list[str]:
        return [self.cleaned_data.get(f"words_{place}", "") for place in self._taken()]

    def _asked_line(self, place: int) -> AskedLine:
        said, line = self.cleaned_data, self.order_lines[place]
        return AskedLine(
            order_line=line,
            qty=said.get(f"qty_{place}") or self._most(line),
            reason=said.get(f"reason_{place}", ""),
            condition={name: bool(said[f"condition_{name}"]) for name in CONDITIONS}
            if self.kind in WITH_CONDITION
            else {},
            wanted=WANTED.get(self.kind, Wanted.REFUND),
            new_variant=self._variant(line, said.get(f"new_{place}", "")),
        )

    def _variant(self, line: OrderLine, chosen: str) -> Variant | None:
        fitting = (one for one in self.variants if one.product_id == line.product_id)
        return next((one for one in fitting if str(one.pk) == chosen), None)


def _told_apart(line: OrderLine) -> str:
    """What else tells an item from another of the same name; what came as a replacement has no price of its own."""
    paid = "" if line.replaces_id else price(line.paid_minor, line.order.currency)
    return " · ".join(filter(None, (*map(str, line.options.values()), paid)))


def as_filled(claim: Claim, order_lines: Sequence[OrderLine]) -> dict[str, Any]:
    """What a draft says already, as the form's first values."""
    places = {line.pk: place for place, line in enumerate(order_lines)}
    method = str(claim.refund_to_id or "")
    to_card = claim.destination == Destination.GIFT_CARD
    filled: dict[str, Any] = {"destination": method if to_card else claim.destination, "means": method}
    for line in claim.lines.all():
        place = places.get(line.order_line_id) if line.order_line_id else None
        if place is None:
            continue
        filled |= {
            f"take_{place}": True,
            f"qty_{place}": line.qty,
            f"reason_{place}": line.reason,
            f"words_{place}": line.reason_text,
            f"new_{place}": str(line.new_variant_id or ""),
        }
        filled |= {f"condition_{name}": value for name, value in line.condition.items()}
    return filled
