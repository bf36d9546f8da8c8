"""Trying a policy out on a real order: a form, and what it would be answered. Nothing is created."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from kefu.claims.asked import Asked, AskedLine, Preview
from kefu.claims.law import cited
from kefu.claims.machines import Kind
from kefu.claims.models import Policy, Verdict
from kefu.claims.models.claims import Destination
from kefu.claims.preview import preview
from kefu.claims.sentences import sentence, to_prepare
from kefu.claims.terms import Terms
from kefu.claims.termsheet import SHEET
from kefu.hours.moments import moment
from kefu.orders.models import Order, OrderLine, Variant
from kefu.people.models import Staff

MINUTE = "%Y-%m-%dT%H:%M"


class SimulatorForm(forms.Form):
    """``at`` is what a clock of the order's brand shows."""

    number = forms.CharField(label=_("Order number"), max_length=80)
    sku = forms.CharField(label=_("Only this SKU"), max_length=80, required=False)
    at = forms.DateTimeField(
        label=_("Requested at"),
        input_formats=[MINUTE],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE),
    )
    kind = forms.ChoiceField(label=_("Request"), choices=Kind.choices, initial=Kind.RETURN)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    lacking = forms.MultipleChoiceField(
        label=_("Not in order"), required=False, widget=forms.CheckboxSelectMultiple
    )
    new_sku = forms.CharField(label=_("New SKU, for an exchange"), max_length=80, required=False)
    destination = forms.ChoiceField(label=_("Refund to"), choices=Destination.choices)
    policy = forms.ChoiceField(label=_("Policy used"), required=False)

    def __init__(self, *args: Any, agent: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agent = agent
        self.policies = list(Policy.objects.visible_to(agent).order_by("name", "-version"))
        self._choose("reason", [("", "–"), *self._reasons()])
        self._choose("lacking", [(name, str(held.label)) for name, held in SHEET["condition"].items()])
        named = [
            (str(one.pk), f"{one}{'' if one.published_at else now(' (draft)')}") for one in self.policies
        ]
        self._choose("policy", [("", now("The one in force at that time")), *named])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        order = Order.objects.visible_to(self.agent).numbered(cleaned.get("number", "")).first()
        if order is None:
            self.add_error("number", now("There is no such order."))
        elif not self.errors:
            cleaned["asked"] = self._asked(order, cleaned)
            wall = cleaned["at"].replace(tzinfo=None)
            cleaned["at"] = moment(wall, ZoneInfo(order.brand.time_zone))
        return cleaned

    def answer(self) -> dict[str, Any]:
        """For the page: the preview, and its verdicts in words."""
        asked: Asked = self.cleaned_data["asked"]
        at: datetime = self.cleaned_data["at"]
        seen = preview(asked, at=at, policy=self._policy())
        zone = ZoneInfo(asked.brand.time_zone)
        return {
            "seen": seen,
            "asked": asked,
            "at": at.astimezone(zone).replace(tzinfo=None),
            "zone": zone.key,
            "verdicts": [_in_words(one, asked) for one in seen.verdicts],
            "prepare": [words for words in map(to_prepare, seen.prepare) if words],
            "money": _money(seen),
        }

    def _policy(self) -> Policy | None:
        wanted = self.cleaned_data["policy"]
        return next((one for one in self.policies if one.pk == UUID(wanted)), None) if wanted else None

    def _asked(self, order: Order, cleaned: dict[str, Any]) -> Asked:
        lines = order.lines.select_related("product", "variant")
        if cleaned["sku"]:
            lines = lines.filter(sku=cleaned["sku"])
        new = Variant.objects.filter(brand=order.brand_id, sku=cleaned["new_sku"]).first()
        return Asked(
            kind=cleaned["kind"],
            brand=order.brand,
            customer=order.customer,
            order=order,
            lines=tuple(_asked_line(line, new, cleaned) for line in lines),
            destination=cleaned["destination"],
        )

    def _reasons(self) -> list[tuple[str, str]]:
        """Of every policy that can be chosen, each once."""
        found: dict[str, str] = {}
        for policy in self.policies:
            found |= {one.code: one.label for one in Terms.read(policy.terms).reasons}
        return sorted(found.items(), key=lambda one: one[1])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def _asked_line(line: OrderLine, new: Variant | None, cleaned: dict[str, Any]) -> AskedLine:
    return AskedLine(
        order_line=line,
        qty=line.qty,
        reason=cleaned["reason"],
        condition={name: name not in cleaned["lacking"] for name in SHEET["condition"]},
        new_variant=new,
    )


def _in_words(one: Any, asked: Asked) -> dict[str, Any]:
    line = asked.lines[one.line_index].order_line if one.line_index is not None else None
    return {
        "rule": one.rule,
        "outcome": one.outcome,
        "word": Verdict.Outcome(one.outcome).label,
        "basis": Verdict.Basis(one.basis).label,
        "article": cited(one.article) if one.article else "",
        "sentence": sentence(one),
        "line": line.name if line else "",
        "facts": {name: value for name, value in one.facts.items() if not isinstance(value, bool) and value},
    }


def _money(seen: Preview) -> list[tuple[str, int]]:
    """What the total is made of; parts of nothing are left out."""
    money = seen.money
    parts = [
        (now("Goods"), money.items),
        (now("Tax"), money.tax),
        (now("Shipping"), money.shipping),
        (now("Deduction"), money.deduction),
        (now("Return shipping"), money.freight),
    ]
    return [(name, amount) for name, amount in parts if amount]
