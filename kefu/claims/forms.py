"""What a step of a claim asks of a colleague: words, amounts, parcels, what was counted and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.claims.goods import Counted, Finding
from kefu.claims.machines import Status
from kefu.claims.models import Claim, ClaimLine
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.owed import WITHOUT_GOODS
from kefu.claims.wording import CHECKLIST
from kefu.lib.money import NotMoney, minor_units
from kefu.orders.models import Carrier

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise

LONGEST = 4_000


class ActForm(forms.Form):
    """Asks nothing by itself. Several stand on one page, so their ids begin with ``noun``."""

    def __init__(self, *args: Any, claim: Claim, noun: str = "", **kwargs: Any) -> None:
        kwargs["auto_id"] = f"id_{noun}_%s"
        super().__init__(*args, **kwargs)
        self.claim, self.noun = claim, noun

    def given(self) -> dict[str, Any]:
        """What the verb is called with."""
        return self.cleaned_data


def words(label: Text, help_text: Text = "", *, required: bool = True, rows: int = 3) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, help_text=help_text, required=required, widget=area, max_length=LONGEST
    )


def line_of_text(
    label: Text, longest: int, help_text: Text = "", *, required: bool = True, **attrs: str
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=longest,
        widget=forms.TextInput(attrs={"autocomplete": "off", **attrs}),
    )


class AmountField(forms.CharField):
    """An amount as it is written, in the currency of the claim; cleaned to minor units, or None for nothing."""

    def __init__(self, **kwargs: Any) -> None:
        numeric = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, widget=numeric, **kwargs)
        self.currency = ""

    def in_currency(self, code: str) -> None:
        self.currency = code
        self.label = f"{self.label} ({code})" if code else self.label

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return minor_units(text.replace(",", ""), self.currency)
        except NotMoney as problem:
            raise forms.ValidationError(_now("Enter an amount such as 12.30.")) from problem


class Words(ActForm):
    words = words(_("Reason"), _("The customer will see this."))


class OwnReason(ActForm):
    words = words(_("Reason"), _("Only colleagues see this."))


class Question(ActForm):
    words = words(_("What is missing"), _("The customer will see this."))


class Answer(ActForm):
    words = words(_("What the customer told you"), required=False)


class Approval(ActForm):
    amount = AmountField(
        label=_("Amount"),
        required=False,
        help_text=_("Leave it empty to refund everything that was requested."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.claim.kind in WITHOUT_GOODS:
            self.fields["amount"].in_currency(self.claim.currency)  # type: ignore[attr-defined]
        else:
            del self.fields["amount"]


class CoverAnswer(ActForm):
    answer = forms.ChoiceField(
        label=_("Is it covered?"),
        widget=forms.RadioSelect,
        choices=[
            (Status.COVERED, _("Covered")),
            (Status.OUT_OF_WARRANTY, _("The warranty has expired")),
            (Status.NOT_COVERED, _("Not covered")),
            (Status.AWAITING_CUSTOMER, _("Unclear: ask the customer")),
        ],
    )
    words = words(_("Reason"), _("The customer will see this. Not needed if it is covered."), required=False)


class ParcelForm(ActForm):
    carrier = line_of_text(_("Carrier"), 40, required=False, list="carriers")
    tracking_no = line_of_text(_("Tracking number"), 80)


class WayBack(ParcelForm):
    """With the serial number of the new unit, where another goes back than came."""

    new_serial = line_of_text(_("Serial number of the replacement"), 80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.claim.status != Status.REPLACING:
            del self.fields["new_serial"]


class Serial(ActForm):
    serial = line_of_text(_("Serial number, as printed on the unit"), 80, required=False)


class Diagnosis(ActForm):
    defect = forms.ChoiceField(
        label=_("What is the situation?"),
        widget=forms.RadioSelect,
        choices=[
            ("yes", _("A defect of material or workmanship")),
            ("no", _("No fault found")),
        ],
        help_text=_("For damage that the warranty does not cover, send a quote instead."),
    )
    finding = words(_("What was found"), _("The customer will see this."))
    code = line_of_text(_("Fault code"), 20, required=False)


class Quote(ActForm):
    amount = AmountField(label=_("Repair price"))
    finding = words(_("What was found"), _("The customer will see this."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].in_currency(self.claim.currency)  # type: ignore[attr-defined]


class Parts(ActForm):
    parts = words(_("Parts used"), _("One per line."), required=False)

    def clean_parts(self) -> list[str]:
        lines = (line.strip()[:80] for line in self.cleaned_data["parts"].splitlines())
        return [line for line in lines if line][:50]


class TestResult(ActForm):
    result = line_of_text(_("Test result"), 200, required=False)


class PaymentReference(ActForm):
    reference = line_of_text(_("Payment reference"), 80)


class ReceiptForm(ActForm):
    """``qty-… damaged-… wrong-…`` for each line of the claim."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.claimed = lines_of(self.claim)
        for line in self.claimed:
            self.fields[f"qty-{line.pk}"] = _number(_("Received"), line.qty, initial=line.qty)
            self.fields[f"damaged-{line.pk}"] = _number(_("Damaged"), line.qty)
            self.fields[f"wrong-{line.pk}"] = _number(_("Other things"), 999)

    def rows(self) -> Iterator[tuple[ClaimLine, list[Any]]]:
        for line in self.claimed:
            yield line, [self[f"{what}-{line.pk}"] for what in ("qty", "damaged", "wrong")]

    def given(self) -> dict[str, Any]:
        return {"counted": {line.pk: self._counted(line.pk) for line in self.claimed}}

    def _counted(self, line: UUID) -> Counted:
        return Counted(*(self.cleaned_data[f"{what}-{line}"] or 0 for what in ("qty", "damaged", "wrong")))


def _number(label: Text, most: int, *, initial: int = 0) -> forms.IntegerField:
    box = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=0, max_value=most, initial=initial, required=False, widget=box
    )


class FindingForm(ActForm):
    """Of one line: what was looked at, how many are accepted, what is taken off and what becomes of it."""

    accepted = forms.IntegerField(label=_("Accepted"), min_value=0)
    deduction = AmountField(label=_("Deduction"), required=False)
    deduction_reason = line_of_text(_("Reason for the deduction"), 200, required=False)
    disposition = forms.ChoiceField(label=_("What happens to it"), required=False)
    note = words(_("Note, for colleagues"), required=False, rows=2)

    def __init__(self, *args: Any, line: ClaimLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        self.fields["accepted"].max_value = line.qty_received  # type: ignore[attr-defined]
        self.fields["accepted"].widget.attrs.update({"inputmode": "numeric", "max": line.qty_received})
        self.fields["accepted"].help_text = _now("of %(number)s received") % {"number": line.qty_received}
        self.fields["accepted"].initial = line.qty_received - line.qty_damaged
        self.fields["deduction"].in_currency(self.claim.currency)  # type: ignore[attr-defined]
        dispositions = [("", _now("Not decided yet")), *ClaimLine.Disposition.choices]
        self.fields["disposition"].choices = dispositions  # type: ignore[attr-defined]
        for name, label in CHECKLIST.items():
            self.fields[f"check-{name}"] = _check(label)

    def checks(self) -> list[Any]:
        return [self[f"check-{name}"] for name in CHECKLIST]

    def rest(self) -> list[Any]:
        return [self[name] for name in ("accepted", "deduction", "deduction_reason", "disposition", "note")]

    @property
    def photos_id(self) -> str:
        return f"id_{self.noun}_photos"

    def finding(self) -> Finding:
        given = self.cleaned_data
        looked_at = {name: given[f"check-{name}"] for name in CHECKLIST if given[f"check-{name}"]}
        return Finding(
            accepted=given["accepted"],
            checklist={name: answer == "yes" for name, answer in looked_at.items()},
            deduction_minor=given["deduction"] or 0,
            deduction_reason=given["deduction_reason"],
            disposition=given["disposition"],
            note=given["note"],
        )


def _check(label: Any) -> forms.ChoiceField:
    choices = [("yes", _("In order")), ("no", _("Not in order")), ("", _("Not checked"))]
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class EvidenceForm(ActForm):
    kind = forms.ChoiceField(label=_("What it shows"), choices=EvidenceKind.choices)
    line = forms.ChoiceField(label=_("For"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(line.pk), line_name(line)) for line in lines_of(self.claim)]
        self.fields["line"].choices = [("", _now("The whole claim")), *named]  # type: ignore[attr-defined]


def lines_of(claim: Claim) -> list[ClaimLine]:
    """With what a page shows of them. Read once for all that stands on it; a claim that is held is read anew."""
    shown = ClaimLine.objects.select_related("order_line", "registered__product", "new_variant")
    prefetch_related_objects([claim], Prefetch("lines", shown))
    return list(claim.lines.all())


def line_name(line: ClaimLine) -> str:
    if line.order_line is not None:
        return line.order_line.name
    return f"{line.registered.product.name} · {line.registered.serial}" if line.registered else "–"


def carriers() -> list[Carrier]:
    return list(Carrier.objects.filter(is_active=True).order_by("name")[:100])
