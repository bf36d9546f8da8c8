"""What each rule's answer is in words, for customers and colleagues alike: one home, both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kefu.web.joining import listed

Words = str | Promise


class Answered(Protocol):
    """A judged rule, or a stored verdict."""

    @property
    def rule(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def basis(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...


# By rule and outcome; where the basis makes a difference, by basis too. What is not here needs no words.
SENTENCES: Mapping[tuple[str, ...], Words] = {
    ("policy_published", "review"): _("No policy is published for this yet, so a person will decide."),
    ("something_asked", "fail"): _("Nothing is selected."),
    ("order_of_the_customer", "fail"): _("This order is not yours."),
    ("order_not_yet_sent", "pass"): _("The order has not been sent yet."),
    ("order_not_yet_sent", "fail"): _(
        "The order has already been sent. It can be returned once it has arrived."
    ),
    ("items_not_changed", "fail"): _("Its items were changed, so the order can no longer be changed."),
    ("only_one_request", "fail"): _(
        "There is already a claim for this order, and the policy allows only one."
    ),
    ("destination_offered", "fail"): _("The refund cannot go there. Choose another way."),
    ("account_fits", "fail"): _("The refund cannot go to that account. Choose another one."),
    ("difference_can_be_paid", "fail"): _(
        "That does not cover the price difference. Choose another way to pay."
    ),
    ("payments_cover_it", "review"): _(
        "The refund would be more than is left of the payment, so a person will review it."
    ),
    ("line_of_the_order", "fail"): _("This item does not belong to the order."),
    ("reason_offered", "fail"): _("Choose a reason."),
    ("goods_delivered", "fail"): _("This item has not been delivered yet."),
    ("goods_may_come_back", "fail"): _("This kind of item can only be returned if we are at fault."),
    ("within_the_window", "review", "data"): _(
        "We do not know when it was delivered, so a person will review it."
    ),
    ("within_the_window", "review"): _(
        "The period for returns without a reason is over; if it is faulty, a person will review it."
    ),
    ("condition_as_asked", "pass", "law"): _("Opening it to look at it is no reason to refuse."),
    ("condition_as_asked", "review"): _("It is incomplete or used, so a person will review it."),
    ("amount_known", "review"): _("A person will decide the refund amount."),
    ("new_item_named", "fail"): _("Choose what you would like instead."),
    ("new_item_of_the_same_product", "fail"): _("It can only be exchanged for the same product."),
    ("new_item_available", "pass"): _("The new item is in stock."),
    ("new_item_available", "fail"): _("The new item is not available at the moment. Choose another one."),
    ("price_allowed", "fail"): _("It can only be exchanged for an item of the same price."),
    ("purchase_proved", "review"): _("Proof of purchase is needed, so a person will review it."),
    ("unit_still_there", "fail"): _("This unit was returned to us. Choose the one you have now."),
    ("unit_covered", "review"): _("We do not know when it was bought. Proof of purchase helps."),
}
CONDITIONS: Mapping[str, Words] = {
    "unused": _("unused"),
    "original_packaging": _("in its original packaging"),
    "accessories": _("with all accessories"),
    "tags": _("with its labels"),
    "sealed": _("with its seal unbroken"),
}
PREPARE: Mapping[str, Words] = {
    "evidence.photo": _("A photo that shows what is wrong"),
    "evidence.video": _("A short video that shows what is wrong"),
    "evidence.invoice": _("The invoice"),
    "evidence.receipt": _("The receipt"),
    "evidence.doc": _("A document that shows it"),
    "goods": _("The goods, ready to be sent"),
    "condition.unused": _("The goods as delivered, unused"),
    "condition.original_packaging": _("The original packaging"),
    "condition.accessories": _("All accessories and gifts"),
    "condition.tags": _("All labels"),
    "condition.sealed": _("The unbroken seal"),
    "freight.customer": _("Return shipping: you pay for it"),
    "freight.merchant": _("Return shipping: we pay for it"),
    "serial": _("The serial number, from the product or its box"),
    "proof_of_purchase": _("Proof of purchase: invoice or receipt"),
    "means_for_difference": _("A way to pay the price difference"),
}


def sentence(one: Answered) -> str:
    """Empty for an answer that goes without saying."""
    told = _with_facts(one)
    if told:
        return told
    found = SENTENCES.get((one.rule, one.outcome, one.basis)) or SENTENCES.get((one.rule, one.outcome), "")
    return str(found)


def to_prepare(key: str) -> str:
    return str(PREPARE.get(key, ""))


def _with_facts(one: Answered) -> str:
    if one.rule == "quantity_left" and one.outcome == "fail":
        return _quantity(int(one.facts.get("left", 0)))
    if one.rule == "goods_may_come_back" and one.outcome == "fail" and one.facts.get("agreed"):
        return _now("You agreed at purchase that this item can only be returned if we are at fault.")
    if one.rule == "within_the_window":
        return _window(one)
    if one.rule == "unit_not_claimed_yet":
        return _now("A claim for this unit is open already: A-%(number)s.") % {"number": one.facts["number"]}
    if one.rule == "not_under_warranty":
        return _under_warranty(one)
    if one.rule == "condition_as_asked" and one.outcome == "fail":
        asked = [str(CONDITIONS[name]) for name in one.facts.get("lacking", []) if name in CONDITIONS]
        return _now("After the statutory period, it must come back %(how)s.") % {"how": listed(asked)}
    return _cover(one) if one.rule == "unit_covered" else ""


def _quantity(left: int) -> str:
    if not left:
        return _now("All of it has already been claimed, or has not arrived yet.")
    return ngettext(
        "Only %(left)d of it can still be claimed.", "Only %(left)d of them can still be claimed.", left
    ) % {"left": left}


def _under_warranty(one: Answered) -> str:
    number = {"number": one.facts["number"]}
    if one.outcome == "review":
        return (
            _now("It is also in the open warranty claim A-%(number)s, so a person will review it.") % number
        )
    return (
        _now(
            "It is in the open warranty claim A-%(number)s. If it cannot be repaired, that claim leads to a replacement"
            " or your money back."
        )
        % number
    )


def _window(one: Answered) -> str:
    day = one.facts.get("last_day", "")
    if one.outcome == "pass":
        return _now("You can apply until %(day)s.") % {"day": day} if day else _now("There is no time limit.")
    if one.outcome == "fail":
        if not one.facts.get("offered", True):
            return _now("This is not offered for these goods.")
        return _now("The deadline was %(day)s.") % {"day": day} if day else _now("The deadline has passed.")
    return ""


def _cover(one: Answered) -> str:
    day = one.facts.get("last_day", "")
    if one.outcome == "pass":
        return _now("It is covered until %(day)s.") % {"day": day}
    if one.outcome != "fail":
        return ""
    why = one.facts.get("why", "")
    if why == "consumable":
        return _now("Parts that wear out are not covered.")
    if day:
        return _now("The warranty ended on %(day)s.") % {"day": day}
    return _now("It has no warranty.")
