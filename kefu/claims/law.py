"""A policy can be kinder than the law of its profile, never harsher: where it is, by which article, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.claims.floors import ARTICLES, FLOORS, Floor
from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination
from kefu.claims.termchoices import (
    Fault,
    LawProfile,
    Payer,
    ShippingBack,
    WarrantyExclusion,
    WarrantyKind,
    WindowStart,
)
from kefu.claims.terms import Terms
from kefu.web.joining import listed, paragraph

__all__ = ["Problem", "cited", "too_harsh"]


@dataclass(frozen=True, slots=True)
class Problem:
    """``field`` as in the terms ("window.days"), ``article`` as in ``ARTICLES``."""

    field: str
    article: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.sentence} ({cited(self.article)})"


def cited(article: str) -> str:
    """The name of an article in the language of the page."""
    return str(ARTICLES.get(article, article))


def too_harsh(terms: Terms, profile: str) -> list[Problem]:
    """In the order of the form; nothing where the law of the profile is silent."""
    floor = FLOORS[LawProfile(profile)]
    return [problem for check in CHECKS for problem in check(terms, floor)]


def _returns_are_accepted(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.right and not terms.window.accept_returns:
        yield Problem("window.accept_returns", floor.right.article, _("By law, customers can return goods."))


def _faulty_goods_are_exchanged(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.fault_exchange and not terms.window.accept_exchanges:
        sentence = _("By law, customers can exchange faulty goods.")
        yield Problem("window.accept_exchanges", floor.fault_exchange.article, sentence)


def _days_are_enough(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.right and _counted(terms, terms.window.days) < floor.right.value:
        yield Problem("window.days", floor.right.article, _at_least(floor.right.value))


def _fault_days_are_enough(terms: Terms, floor: Floor) -> Iterator[Problem]:
    """The days without a reason are there for faulty goods as well, where they are more."""
    if floor.fault_return and _longest(terms, terms.window.fault_days) < floor.fault_return.value:
        yield Problem("window.fault_days", floor.fault_return.article, _at_least(floor.fault_return.value))
    if floor.fault_exchange and _longest(terms, terms.window.exchange_days) < floor.fault_exchange.value:
        sure = floor.fault_exchange
        yield Problem("window.exchange_days", sure.article, _at_least(sure.value))


def _days_begin_with_delivery(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.right and terms.window.start in (WindowStart.SHIPPED, WindowStart.ORDERED):
        sentence = _("The period starts when the customer receives the goods.")
        yield Problem("window.start", floor.right.article, sentence)


def _last_day_is_worked(terms: Terms, floor: Floor) -> Iterator[Problem]:
    """Of the law's days; a day more of the brand's own may end when the brand likes."""
    if floor.right_extends and not terms.window.extend and _gives_no_more_than(floor, terms):
        sentence = _("If the last day is not a working day, the next one counts.")
        yield Problem("window.extend", floor.right_extends, sentence)


def _exceptions_are_the_laws(terms: Terms, floor: Floor) -> Iterator[Problem]:
    own = terms.exclusions
    if not floor.right or (floor.by_acknowledgement and own.acknowledged):
        return
    beyond = [flag.label for flag in own.flags if flag not in floor.exceptions]
    if beyond:
        sentence = _("By law, these can be returned: %(goods)s.") % {"goods": listed(beyond)}
        yield Problem("exclusions.flags", floor.exceptions_article, _unless_confirmed(sentence, floor))
    for field in ("categories", "skus"):
        if getattr(own, field):
            sentence = _("The law does not allow exceptions of your own choosing.")
            field = f"exclusions.{field}"
            yield Problem(field, floor.exceptions_article, _unless_confirmed(sentence, floor))


def _opened_is_fine(terms: Terms, floor: Floor) -> Iterator[Problem]:
    """Beyond the days of the law a brand may ask for packing and seals; without such days it may not."""
    if not floor.opened_is_fine or not floor.right or not _gives_no_more_than(floor, terms):
        return
    for field in ("original_packaging", "sealed"):
        if getattr(terms.condition, field):
            sentence = _("Within the statutory period, goods may be opened for inspection.")
            yield Problem(f"condition.{field}", floor.opened_is_fine, sentence)


def _the_order_is_proof(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.order_is_proof and not terms.proof.order_record:
        sentence = _("Your own record of the order is proof enough.")
        yield Problem("proof.order_record", floor.order_is_proof, sentence)


def _no_reason_is_needed(terms: Terms, floor: Floor) -> Iterator[Problem]:
    """Whoever must name a reason can name one that asks for nothing and blames nobody."""
    if not floor.no_evidence:
        return
    free = [one for one in terms.reasons_for(Kind.RETURN) if one.fault == Fault.CUSTOMER]
    if Kind.RETURN in terms.proof.reason_needed_for and not free:
        sentence = _("Offer a return reason that blames nobody: the law requires none.")
        yield Problem("reasons", floor.no_evidence, sentence)
    for place, reason in enumerate(terms.reasons):
        if reason in free and reason.evidence:
            sentence = _("A return without a reason must not require evidence.")
            yield Problem(f"reasons.{place}.evidence", floor.no_evidence, sentence)


def _we_pay_the_freight_of_faults(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.freight_with_fault and terms.money.freight_with_fault != Payer.MERCHANT:
        sentence = _("When the goods are at fault, the seller pays for return shipping.")
        yield Problem("money.freight_with_fault", floor.freight_with_fault, sentence)


def _no_fee_for_a_right(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.right and terms.money.restocking_fee_bp and _gives_no_more_than(floor, terms):
        sentence = _("No restocking fee may be charged within the statutory period.")
        yield Problem("money.restocking_fee_bp", floor.right.article, sentence)


def _the_same_means_are_offered(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.same_means and Destination.ORIGINAL not in terms.money.destinations:
        sentence = _("Refunds go back to the original payment method unless the customer agrees to another.")
        yield Problem("money.destinations", floor.same_means, sentence)


def _shipping_goes_back(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.shipping_back and terms.money.shipping_back != ShippingBack.WHOLE_ORDER:
        sentence = _("When the whole order is returned, the delivery cost is refunded too.")
        yield Problem("money.shipping_back", floor.shipping_back, sentence)


def _clocks_are_quick_enough(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.time_to_send and terms.clocks.ship_by_days < floor.time_to_send.value:
        yield Problem("clocks.ship_by_days", floor.time_to_send.article, _at_least(floor.time_to_send.value))
    if floor.refund_within and terms.clocks.refund_within_days > floor.refund_within.value:
        sure = floor.refund_within
        yield Problem("clocks.refund_within_days", sure.article, _at_most(sure.value))
    if floor.refund_within and terms.clocks.inspect_within_days > floor.refund_within.value:
        sure = floor.refund_within
        yield Problem("clocks.inspect_within_days", sure.article, _at_most(sure.value))


def _a_shorter_warranty_is_additional(terms: Terms, floor: Floor) -> Iterator[Problem]:
    sure, own = floor.guarantee_months, terms.warranty
    if sure and own.months < sure.value and not own.beside_the_law:
        sentence = _("A warranty shorter than %(months)s months must state that the law gives more.")
        yield Problem("warranty.beside_the_law", sure.article, sentence % {"months": sure.value})


def _repairs_have_an_end(terms: Terms, floor: Floor) -> Iterator[Problem]:
    own, sure = terms.warranty, floor.max_repairs
    if sure and not 0 < own.max_repairs_before_swap <= sure.value:
        sentence = ngettext(
            "After %(number)s repair the customer can have a replacement or a refund.",
            "After %(number)s repairs the customer can have a replacement or a refund.",
            sure.value,
        )
        field = "warranty.max_repairs_before_swap"
        yield Problem(field, sure.article, sentence % {"number": sure.value})
    for name in ("max_repair_days", "max_parts_days"):
        days = getattr(floor, name)
        if days and getattr(own, name) > days.value:
            yield Problem(f"warranty.{name}", days.article, _at_most(days.value))


def _a_replacement_begins_anew(terms: Terms, floor: Floor) -> Iterator[Problem]:
    if floor.restarts and not terms.warranty.restarts:
        yield Problem("warranty.restarts", floor.restarts, _("A replacement starts a full new term."))


def _the_warranty_is_named(terms: Terms, floor: Floor) -> Iterator[Problem]:
    own = terms.warranty
    if floor.warranty_named and own.months and own.kind == WarrantyKind.UNSTATED:
        sentence = _("Say whether the warranty is full or limited.")
        yield Problem("warranty.kind", floor.warranty_named, sentence)
    if floor.no_tie_in and WarrantyExclusion.OTHER_SUPPLIES in own.exclusions:
        sentence = _("A warranty must not depend on using one manufacturer's supplies.")
        yield Problem("warranty.exclusions", floor.no_tie_in, sentence)


CHECKS: tuple[Callable[[Terms, Floor], Iterator[Problem]], ...] = (
    _returns_are_accepted,
    _faulty_goods_are_exchanged,
    _days_are_enough,
    _fault_days_are_enough,
    _days_begin_with_delivery,
    _last_day_is_worked,
    _exceptions_are_the_laws,
    _opened_is_fine,
    _the_order_is_proof,
    _no_reason_is_needed,
    _we_pay_the_freight_of_faults,
    _no_fee_for_a_right,
    _the_same_means_are_offered,
    _shipping_goes_back,
    _clocks_are_quick_enough,
    _a_shorter_warranty_is_additional,
    _repairs_have_an_end,
    _a_replacement_begins_anew,
    _the_warranty_is_named,
)
FOR_EVER = 10**9


def _counted(terms: Terms, days: int | None) -> int:
    """Days as the law counts them: the day of delivery itself is none."""
    if days is None:
        return FOR_EVER
    return days - 1 if terms.window.start == WindowStart.DELIVERED else days


def _longest(terms: Terms, days: int | None) -> int:
    return max(_counted(terms, days), _counted(terms, terms.window.days))


def _gives_no_more_than(floor: Floor, terms: Terms) -> bool:
    return floor.right is not None and _counted(terms, terms.window.days) <= floor.right.value


def _at_least(days: int) -> str:
    sentence = ngettext("At least %(days)s day by law.", "At least %(days)s days by law.", days)
    return sentence % {"days": days}


def _at_most(days: int) -> str:
    sentence = ngettext("At most %(days)s day by law.", "At most %(days)s days by law.", days)
    return sentence % {"days": days}


def _unless_confirmed(sentence: str, floor: Floor) -> str:
    if not floor.by_acknowledgement:
        return sentence
    return paragraph([sentence, _("They can be excluded only if customers confirm this when buying.")])
