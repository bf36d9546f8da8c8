"""What finance may do about a refund at the desk: each a noun in its address, what it asks, and the verb it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims import finance
from kefu.claims.forms import line_of_text, words
from kefu.claims.models import Refund, RefundState
from kefu.claims.models.claims import Destination
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.providers.contract import BankCard
from kefu.claims.refunding import BY_HAND
from kefu.claims.settling import TROUBLE
from kefu.orders.models import MethodKind, PaymentMethod
from kefu.people.models import Staff
from kefu.people.roles import Can

Text = str | Promise
Given = Mapping[str, Any]
SECOND_LOOK = (Can.MOVE_MONEY, Can.DECIDE_CLAIMS)
CONSENT = _("How the customer agreed")
CONSENT_HELP = _("When and how; this is kept with the claim.")


class RefundForm(forms.Form):
    """Asks nothing by itself."""

    def __init__(self, *args: Any, refund: Refund, noun: str = "", **kwargs: Any) -> None:
        kwargs["auto_id"] = f"id_{noun}_%s"
        super().__init__(*args, **kwargs)
        self.refund = refund


class BankReference(RefundForm):
    reference = line_of_text(_("Bank reference"), 64, _("As shown on the bank statement."))


class OtherWay(RefundForm):
    to = forms.ChoiceField(label=_("Where the money goes instead"))
    consent = words(CONSENT, CONSENT_HELP, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cards = PaymentMethod.objects.filter(
            customer=self.refund.order.customer_id, kind=MethodKind.GIFT_CARD, currency=self.refund.currency
        )
        self.cards = {str(card.pk): card for card in cards}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (Destination.STORE_CREDIT, Destination.STORE_CREDIT.label),
            *((key, card) for key, card in self.cards.items()),
            (Destination.BANK, Destination.BANK.label),
        ]

    def target(self) -> tuple[str, PaymentMethod | None]:
        card = self.cards.get(self.cleaned_data["to"])
        return (Destination.GIFT_CARD, card) if card else (self.cleaned_data["to"], None)


class NotShownAgain(forms.TextInput):
    """A number that no page repeats."""

    def format_value(self, value: Any) -> None:
        return None


class Card(RefundForm):
    bank_type = line_of_text(_("Bank"), 40, _("The provider's code for it, such as ICBC_DEBIT."))
    account = forms.CharField(
        label=_("Card number"),
        max_length=40,
        widget=NotShownAgain(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text=_("Sent straight to the provider and not stored anywhere."),
    )
    holder = forms.CharField(
        label=_("Name on the card"), max_length=80, widget=NotShownAgain(attrs={"autocomplete": "off"})
    )
    consent = words(CONSENT, CONSENT_HELP, rows=2)


@dataclass(frozen=True, slots=True)
class RefundAct:
    """``at``: the states in which it is offered, to those who may do any of ``may``."""

    noun: str
    label: Text
    icon: str
    at: frozenset[RefundState]
    take: Callable[[Refund, Staff, Any], object]
    may: tuple[Can, ...] = (Can.MOVE_MONEY,)
    asks: type[RefundForm] = RefundForm
    look: str = ""
    by_hand: bool = False
    hint: Text = ""
    confirm: Text = ""

    @property
    def address(self) -> str:
        return f"refund-{self.noun}"

    @property
    def capability(self) -> Can:
        """Of its route; where several may, the verb looks closer."""
        return self.may[0] if len(self.may) == 1 else Can.SEE_ORDERS

    def is_open(self, refund: Refund, staff: Staff) -> bool:
        if not any(map(staff.can, self.may)) or hasattr(refund, "replaced_by"):
            return False
        return refund.state in self.at and (not self.by_hand or refund.provider == BY_HAND)


def open_acts(refund: Refund, staff: Staff) -> list[RefundAct]:
    return [act for act in REFUND_ACTS if act.is_open(refund, staff)]


def _change_destination(refund: Refund, by: Staff, form: OtherWay) -> Refund:
    to, card = form.target()
    return finance.change_destination(refund, to, by=by, consent=form.cleaned_data["consent"], method=card)


def _send_to_card(refund: Refund, by: Staff, form: Card) -> None:
    given = form.cleaned_data
    card = BankCard(given["bank_type"], given["account"], given["holder"])
    finance.send_to_card(refund, card, by=by, consent=given["consent"])


REFUND_ACTS = (
    RefundAct(
        "approval",
        _("Approve"),
        "check",
        frozenset({RefundState.REQUESTED}),
        lambda refund, by, form: finance.approve(refund, by=by),
        may=SECOND_LOOK,
        look="primary",
        hint=_("Not by the person who requested it."),
    ),
    RefundAct(
        "bank-reference",
        _("It has been paid"),
        "banknote",
        frozenset({RefundState.PROCESSING}),
        lambda refund, by, form: finance.paid_by_hand(refund, form.cleaned_data["reference"], by=by),
        asks=BankReference,
        look="primary",
        by_hand=True,
    ),
    RefundAct(
        "bank-refusal",
        _("The bank rejected it"),
        "circle-x",
        frozenset({RefundState.PROCESSING}),
        lambda refund, by, form: finance.not_paid_by_hand(refund, by=by),
        by_hand=True,
        confirm=_("The refund counts as failed. It can be tried again or sent another way."),
    ),
    RefundAct(
        "another-try",
        _("Try again"),
        "rotate-cw",
        frozenset(WITHOUT_MONEY),
        lambda refund, by, form: finance.retry(refund, by=by),
        look="primary",
        hint=_("A failed refund keeps its number, so it cannot be paid twice."),
    ),
    RefundAct(
        "destination",
        _("Send it another way"),
        "route",
        frozenset(TROUBLE),
        _change_destination,
        asks=OtherWay,
    ),
    RefundAct(
        "card",
        _("To another card"),
        "credit-card",
        frozenset({RefundState.ABNORMAL}),
        _send_to_card,
        asks=Card,
        look="primary",
    ),
    RefundAct(
        "cancellation",
        _("Cancel the refund"),
        "circle-slash",
        frozenset({RefundState.REQUESTED, RefundState.QUEUED}),
        lambda refund, by, form: finance.call_off(refund, by=by),
        confirm=_("Nothing is refunded until someone tries again or sends it another way."),
    ),
)
