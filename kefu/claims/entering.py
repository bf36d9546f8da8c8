"""A colleague enters a claim for a customer: what was asked, what would be answered, and only then the claim."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.claims import evidencing, filing
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
from kefu.claims.models.claims import Wanted
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.offers import kinds_for
from kefu.claims.sentences import CONDITIONS
from kefu.conversations.models import Conversation
from kefu.orders.models import Order, OrderLine, OrderStatus, Variant
from kefu.people.models import Customer, Staff

CHANNEL = "desk"
NOT_FOR_CUSTOMERS = (EvidenceKind.INSPECTION,)
MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class LineFields:
    line: OrderLine
    fields: list[Any]


def kinds_to_enter(order: Order) -> tuple[Kind, ...]:
    """What makes sense for an order that far; money alone may always be asked for."""
    kinds = () if order.status == OrderStatus.CANCELLED else (*kinds_for(order), Kind.REFUND_ONLY)
    return tuple(dict.fromkeys(kinds))


class Entry(forms.Form):
    """What is asked for ``customer``, about their order or about one of their registered units."""

    kind: Kind
    customer: Customer

    @abstractmethod
    def asked(self) -> Asked:
        """What the preview and the claim are made of."""

    @abstractmethod
    def words(self) -> list[str]:
        """Line by line, what the customer says beside the reason."""


class EntryForm(Entry):
    """By place of the line ``qty_0 reason_0 words_0 new_0``; ``condition_…`` for all; where money goes."""

    def __init__(self, *args: Any, kind: Kind, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.order, self.customer = kind, order, order.customer
        self.order_lines = list(order.lines.select_related("product", "variant"))
        self.methods = list(self.customer.payment_methods.order_by("id"))
        self.terms = terms_for(self._asked([AskedLine(order_line=line) for line in self.order_lines]))
        self.variants = variants_of(self.order_lines) if kind == Kind.EXCHANGE else []
        for place, line in enumerate(self.order_lines):
            self._add_line(place, line)
        self._add_rest()

    def _add_line(self, place: int, line: OrderLine) -> None:
        most = 1 if self.kind == Kind.WARRANTY else line.qty
        self.fields[f"qty_{place}"] = forms.IntegerField(
            label=_("How many"), min_value=0, max_value=most, initial=0, required=False
        )
        offered = [(reason.code, reason.label) for reason in self.terms.reasons_for(self.kind)]
        self.fields[f"reason_{place}"] = forms.ChoiceField(
            label=_("Reason"), choices=[("", "–"), *offered], required=False
        )
        if self.kind == Kind.EXCHANGE:
            self.fields[f"new_{place}"] = forms.ChoiceField(
                label=_("Exchange for"), choices=_instead_of(line, self.variants), required=False
            )
        area = forms.Textarea(attrs={"rows": 2})
        self.fields[f"words_{place}"] = forms.CharField(
            label=_("What the customer says"), max_length=LONGEST_WORDS, required=False, widget=area
        )

    def _add_rest(self) -> None:
        if self.kind in WITH_CONDITION:
            said = [("yes", _("yes")), ("no", _("no")), ("", _("not stated"))]
            for name, label in CONDITIONS.items():
                self.fields[f"condition_{name}"] = forms.ChoiceField(
                    label=str(label), choices=said, required=False, widget=forms.RadioSelect
                )
        if self.kind in PAID_BACK:
            self.fields["destination"] = forms.ChoiceField(
                label=_("Where the money goes"), choices=destinations(self.terms, self.methods)
            )
        if self.kind == Kind.EXCHANGE:
            means = [(str(one.pk), str(one)) for one in self.methods]
            self.fields["destination"] = forms.ChoiceField(
                label=_("Settle a price difference with"),
                choices=[("", _("Not stated yet")), *means],
                required=False,
            )

    # -- as the page shows it

    def shown_lines(self) -> list[LineFields]:
        names = ("qty", "reason", "new", "words")
        return [
            LineFields(line, [self[f"{name}_{place}"] for name in names if f"{name}_{place}" in self.fields])
            for place, line in enumerate(self.order_lines)
        ]

    def conditions(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("condition_")]

    def rest(self) -> list[Any]:
        return [self["destination"]] if "destination" in self.fields else []

    # -- what was said

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self._taken():
            raise forms.ValidationError(_now("Choose at least one item."))
        return cleaned

    def _taken(self) -> list[int]:
        return [
            place for place, _line in enumerate(self.order_lines) if self.cleaned_data.get(f"qty_{place}")
        ]

    @property
    def _said(self) -> dict[str, Any]:
        """Nothing yet while the form is being made."""
        found: dict[str, Any] = getattr(self, "cleaned_data", {})
        return found

    def asked(self) -> Asked:
        return self._asked([self._asked_line(place) for place in self._taken()])

    def words(self) -> list[str]:
        return [self.cleaned_data.get(f"words_{place}", "") for place in self._taken()]

    def _asked(self, lines: Sequence[AskedLine]) -> Asked:
        chosen = self._said.get("destination", "")
        method = chosen_method(chosen, self.methods)
        return Asked(
            kind=self.kind,
            brand=self.order.brand,
            customer=self.customer,
            order=self.order,
            lines=tuple(lines),
            destination=chosen_destination(self.kind, chosen, method),
            refund_to=method,
            channel=CHANNEL,
        )

    def _asked_line(self, place: int) -> AskedLine:
        said, line = self.cleaned_data, self.order_lines[place]
        chosen = said.get(f"new_{place}", "")
        return AskedLine(
            order_line=line,
            qty=said[f"qty_{place}"],
            reason=said.get(f"reason_{place}", ""),
            condition={
                name: said[f"condition_{name}"] == "yes"
                for name in CONDITIONS
                if said.get(f"condition_{name}")
            },
            wanted=WANTED.get(self.kind, Wanted.REFUND),
            new_variant=next((one for one in self.variants if str(one.pk) == chosen), None),
        )


def digest_of(form: Entry) -> str:
    """Of what was filled in: what is entered is what was looked at before."""
    given = {name: form.data.get(name, "") for name in form.fields}
    return hashlib.sha256(json.dumps([form.kind, given], sort_keys=True).encode()).hexdigest()


@transaction.atomic
def enter(
    form: Entry,
    files: Mapping[str, Iterable[UploadedFile]],
    *,
    by: Staff,
    conversation: Conversation | None = None,
) -> Claim:
    """``files`` by what they show. All of it or nothing; raises as ``filing.submit`` and ``evidencing.upload`` do."""
    claim = filing.draft(form.asked(), by=by, texts=form.words(), conversation=conversation)
    for kind, uploads in files.items():
        for upload in uploads:
            evidencing.upload(claim, upload, kind, by=by)
    return filing.submit(claim, by=by)


def _instead_of(line: OrderLine, variants: Iterable[Variant]) -> list[tuple[str, str]]:
    fitting = [one for one in variants if one.product_id == line.product_id]
    return [("", "–"), *((str(one.pk), described(one)) for one in fitting)]
