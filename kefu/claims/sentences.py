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
    ("policy_published", "review"): _("No policy is published for this yet, so a person decides."),
    ("something_asked", "fail"): _("Nothing was chosen."),
    ("order_of_the_customer", "fail"): _("This order is not yours."),
    ("order_not_yet_sent", "pass"): _("The order has not left yet."),
    ("order_not_yet_sent", "fail"): _("The order has left already. It can be returned once it has arrived."),
    ("items_not_changed", "fail"): _("Its items were changed, so the order stays as it is."),
    ("only_one_request", "fail"): _("There is a claim for this order already, and this policy allows one."),
    ("destination_offered", "fail"): _("The money cannot go there. Choose another way."),
    ("account_fits", "fail"): _("The money cannot go to that account. Choose another one."),
    ("difference_can_be_paid", "fail"): _(
        "That does not cover the difference in price. Choose another way to pay."
    ),
    ("payments_cover_it", "review"): _(
        "More would go back than is left of what was paid, so a person looks at it."
    ),
    ("line_of_the_order", "fail"): _("This item does not belong to the order."),
    ("reason_offered", "fail"): _("Choose a reason."),
    ("goods_delivered", "fail"): _("This item has not been delivered yet."),
    ("goods_may_come_back", "fail"): _("This kind of item cannot come back without a fault of ours."),
    ("goods_may_come_back", "review"): _(
        "Whether this kind of item may come back depends on what was confirmed at the purchase; a person looks at it."
    ),
    ("within_the_window", "review", "data"): _(
        "When it was delivered is not known here, so a person looks at it."
    ),
    ("within_the_window", "review"): _(
        "The days without a reason are over; if it is faulty, a person looks at it."
    ),
    ("condition_as_asked", "pass", "law"): _("Opening it to have a look is no ground for refusing."),
    ("condition_as_asked", "review"): _("It is not complete or has been used, so a person looks at it."),
    ("amount_known", "review"): _("How much goes back is decided by a person."),
    ("new_item_named", "fail"): _("Choose what you would like instead."),
    ("new_item_of_the_same_product", "fail"): _("It can only be exchanged for the same product."),
    ("new_item_available", "pass"): _("The new item is in stock."),
    ("new_item_available", "fail"): _("The new item cannot be sent at present. Choose another one."),
    ("price_allowed", "fail"): _("It can only be exchanged for an item of the same price."),
    ("purchase_proved", "review"): _("A proof of purchase is needed, so a person looks at it."),
    ("unit_covered", "review"): _("When it was bought is not known here. A proof of purchase helps."),
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
    "condition.unused": _("The goods as they came, unused"),
    "condition.original_packaging": _("The original packaging"),
    "condition.accessories": _("All accessories and gifts"),
    "condition.tags": _("All labels"),
    "condition.sealed": _("The unbroken seal"),
    "freight.customer": _("The freight: you pay it"),
    "freight.merchant": _("Nothing for the freight: we pay it"),
    "serial": _("The serial number, from the product or its box"),
    "proof_of_purchase": _("A proof of purchase: invoice or receipt"),
    "means_for_difference": _("A way to pay the difference in price"),
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
    if one.rule == "within_the_window":
        return _window(one)
    if one.rule == "unit_not_claimed_yet":
        return _now("A claim for this unit is open already: A-%(number)s.") % {"number": one.facts["number"]}
    if one.rule == "condition_as_asked" and one.outcome == "fail":
        asked = [str(CONDITIONS[name]) for name in one.facts.get("lacking", []) if name in CONDITIONS]
        return _now("After the days that the law gives, it must come %(how)s.") % {"how": listed(asked)}
    return _cover(one) if one.rule == "unit_covered" else ""


def _quantity(left: int) -> str:
    if not left:
        return _now("All of it has been claimed already, or has not arrived.")
    return ngettext(
        "Only %(left)d of it can still be claimed.", "Only %(left)d of them can still be claimed.", left
    ) % {"left": left}


def _window(one: Answered) -> str:
    day = one.facts.get("last_day", "")
    if one.outcome == "pass":
        return _now("You may ask until %(day)s.") % {"day": day} if day else _now("There is no time limit.")
    if one.outcome == "fail":
        if not one.facts.get("offered", True):
            return _now("This is not offered for these goods.")
        return (
            _now("The time to ask ended on %(day)s.") % {"day": day}
            if day
            else _now("The time to ask is over.")
        )
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
    return _now("There is no warranty on it.")
