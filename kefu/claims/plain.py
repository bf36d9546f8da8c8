"""A policy in plain sentences, in the language of the page: what customers read is made from what they are judged by.

What only the desk needs (limits of approval, who may decide) is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.claims.floors import FLOORS, Floor
from kefu.claims.law import cited
from kefu.claims.models.claims import Destination
from kefu.claims.models.evidence import EvidenceKind
from kefu.claims.sentences import CONDITIONS
from kefu.claims.termchoices import (
    Payer,
    PriceDifference,
    ShippingBack,
    WarrantyKind,
    WarrantyStart,
    WindowStart,
)
from kefu.claims.termfields import in_language
from kefu.claims.terms import Reason, Terms
from kefu.web.joining import listed, paragraph
from kefu.web.money import price


class Section(NamedTuple):
    title: str
    sentences: list[str]


def told(terms: Terms) -> list[Section]:
    """In the language that is active now; sections of which there is nothing to say are left out."""
    floor = FLOORS[terms.law_profile]
    parts: tuple[tuple[str, Callable[[Terms, Floor], Iterable[str]]], ...] = (
        (_("Returning without a reason"), _returning),
        (_("Faulty, damaged, wrong or missing items"), _at_fault),
        (_("Exchanging"), _exchanging),
        (_("Before the order leaves"), _before_shipment),
        (_("What it costs"), _costs),
        (_("Money back"), _money_back),
        (_("Warranty"), _warranty),
        (_("If you do not agree"), _disagreeing),
    )
    sections = [Section(title, list(write(terms, floor))) for title, write in parts]
    return [section for section in sections if section.sentences]


def _returning(terms: Terms, floor: Floor) -> Iterable[str]:
    window = terms.window
    if not window.accept_returns:
        yield _("Goods without a fault cannot be returned.")
        return
    if window.days is None:
        yield _("You may return goods at any time, without giving a reason.")
    else:
        yield ngettext(
            "You may return goods within %(days)d day, without giving a reason.",
            "You may return goods within %(days)d days, without giving a reason.",
            window.days,
        ) % {"days": window.days}
        yield _counting(terms)
    yield from _right(terms, floor)
    yield from _condition(terms, floor)
    yield from _excepted(terms)
    if window.once_per_order:
        yield _("Please decide on everything first: each order allows one return or one exchange.")


def _counting(terms: Terms) -> str:
    first = {
        WindowStart.DELIVERED: _("The first day is the day they arrive."),
        WindowStart.DELIVERED_NEXT_DAY: _("The first day is the day after they arrive."),
        WindowStart.SHIPPED: _("The first day is the day we send them."),
        WindowStart.ORDERED: _("The first day is the day of the order."),
    }[terms.window.start]
    if terms.window.extend:
        return paragraph([first, _("If the last day is not a working day, it moves to the next one.")])
    return first


def _right(terms: Terms, floor: Floor) -> Iterable[str]:
    if floor.right is None:
        return
    sentence = ngettext(
        "Within the first day this is your right by law (%(article)s).",
        "Within the first %(days)d days this is your right by law (%(article)s).",
        floor.right.value,
    )
    yield sentence % {"days": floor.right.value, "article": cited(floor.right.article)}
    yield _("You may open and inspect the goods as you would in a shop; they must come back undamaged.")


def _condition(terms: Terms, floor: Floor) -> Iterable[str]:
    asked = terms.condition.asked()
    if not asked:
        return
    how = {"how": listed(CONDITIONS[name] for name in asked)}
    if floor.right is None:
        yield _("An item must come back %(how)s.") % how
    elif terms.window.days is None or terms.window.days > floor.right.value:
        yield _("After the statutory period, an item must come back %(how)s.") % how


def _excepted(terms: Terms) -> Iterable[str]:
    own = terms.exclusions
    names: list[str | Promise] = [*(flag.label for flag in own.flags), *own.categories, *own.skus]
    if names:
        yield _("These cannot be returned unless they are faulty: %(goods)s.") % {"goods": listed(names)}
        if own.acknowledged:
            yield _("We tell you so before you buy, and you confirm it.")


def _at_fault(terms: Terms, floor: Floor) -> Iterable[str]:
    window = terms.window
    if window.accept_returns:
        yield _send_back_within(_longer(window.days, window.fault_days))
    if window.accept_exchanges:
        yield _exchange_within(_longer(window.days, window.fault_days, window.exchange_days))
    yield from _evidence(terms.reasons)


def _send_back_within(days: int | None) -> str:
    if days is None:
        return _("You can send it back for a refund at any time.")
    sentence = ngettext(
        "You can send it back for a refund within %(days)d day.",
        "You can send it back for a refund within %(days)d days.",
        days,
    )
    return sentence % {"days": days}


def _exchange_within(days: int | None) -> str:
    if days is None:
        return _("You can exchange it at any time.")
    sentence = ngettext(
        "You can exchange it within %(days)d day.", "You can exchange it within %(days)d days.", days
    )
    return sentence % {"days": days}


def _evidence(reasons: Iterable[Reason]) -> Iterable[str]:
    """Reasons that ask for the same stand together."""
    found: dict[tuple[EvidenceKind, ...], list[str]] = {}
    for reason in reasons:
        if reason.evidence:
            found.setdefault(reason.evidence, []).append(reason.label)
    for kinds, labels in found.items():
        told = {"evidence": listed(EvidenceKind(kind).label for kind in kinds), "reasons": listed(labels)}
        yield _("Please add to your request: %(evidence)s. This applies to: %(reasons)s.") % told


def _exchanging(terms: Terms, floor: Floor) -> Iterable[str]:
    if not terms.window.accept_exchanges:
        return
    if terms.exchange.same_product_only:
        yield _("For another size, colour or version of the same product, if it is in stock.")
    else:
        yield _("For any other item that we sell, if it is in stock.")
    if terms.exchange.price_difference == PriceDifference.EQUAL_ONLY:
        yield _("The new item must have the same price.")
    else:
        yield _("If the price is different, you pay the difference or get it back.")
    if terms.exchange.advance:
        yield _("We may send the new item before yours has arrived.")


def _before_shipment(terms: Terms, floor: Floor) -> Iterable[str]:
    own = terms.before_shipment
    if own.cancel_while:
        states = listed(status.label for status in own.cancel_while)
        yield _("You can cancel while the order is: %(states)s.") % {"states": states}
    may = {
        _("the address"): own.change_address,
        _("the items (for other versions of the same product)"): own.change_items,
        _("the payment method"): own.change_payment,
    }
    if own.change_while and any(may.values()):
        states = listed(status.label for status in own.change_while)
        what = listed(name for name, allowed in may.items() if allowed)
        yield _("While the order is %(states)s you can change: %(what)s.") % {"what": what, "states": states}
    if own.change_items and own.final_after_items:
        yield _("Once its items have been changed, the order is final.")


def _costs(terms: Terms, floor: Floor) -> Iterable[str]:
    money = terms.money
    if terms.window.accept_returns or terms.window.accept_exchanges:
        yield {
            Payer.CUSTOMER: _("If you simply change your mind, you pay for sending it back."),
            Payer.MERCHANT: _("If you simply change your mind, we pay for sending it back."),
        }[money.freight_without_fault]
        yield {
            Payer.CUSTOMER: _("If it is faulty or wrong, you pay for sending it back."),
            Payer.MERCHANT: _("If it is faulty or wrong, we pay for sending it back."),
        }[money.freight_with_fault]
    for currency, fee in money.label_fee.items():
        yield _("Our return label costs %(price)s.") % {"price": price(fee, currency)}
    if money.restocking_fee_bp:
        percent = f"{money.restocking_fee_bp / 100:.2f}".rstrip("0").rstrip(".")
        if floor.right is None:
            yield _("Unless the item is faulty, we keep %(percent)s %% of the price.") % {"percent": percent}
        else:
            yield _(
                "After the statutory period we keep %(percent)s %% of the price, unless the item is faulty."
            ) % {"percent": percent}
    if money.shipping_back == ShippingBack.WHOLE_ORDER:
        yield _("If you return the whole order, you get back what you paid for its delivery too.")


def _money_back(terms: Terms, floor: Floor) -> Iterable[str]:
    clocks = terms.clocks
    if terms.window.accept_returns:
        yield ngettext(
            "Once we have approved it, send the goods within %(days)d day.",
            "Once we have approved it, send the goods within %(days)d days.",
            clocks.ship_by_days,
        ) % {"days": clocks.ship_by_days}
        yield ngettext(
            "We inspect them within %(days)d day.",
            "We inspect them within %(days)d days.",
            clocks.inspect_within_days,
        ) % {"days": clocks.inspect_within_days}
    yield ngettext(
        "We refund you within %(days)d day of receiving the goods.",
        "We refund you within %(days)d days of receiving the goods.",
        clocks.refund_within_days,
    ) % {"days": clocks.refund_within_days}
    if arrival := in_language(terms.money.arrival):
        yield _("After that, your bank may take %(time)s to show it.") % {"time": arrival}
    others = [place.label for place in terms.money.destinations if place != Destination.ORIGINAL]
    if Destination.ORIGINAL in terms.money.destinations:
        yield _("Refunds go back to your original payment method.")
    if others:
        yield _("If you prefer: %(destinations)s.") % {"destinations": listed(others)}


def _warranty(terms: Terms, floor: Floor) -> Iterable[str]:
    own = terms.warranty
    if own.months:
        yield _within_months(own.months, own.kind)
        yield {
            WarrantyStart.PURCHASED: _("It starts on the day of purchase."),
            WarrantyStart.DELIVERED: _("It starts on the day of delivery."),
        }[own.start]
        yield _("If a product states a different period, that one applies.")
        yield from (_part(name, months) for name, months in own.parts.items())
        yield from _not_covered(terms)
        if own.pauses:
            yield _("It is paused while your product is with us.")
        if own.restarts:
            yield _("A replacement starts a full new term.")
    if own.months and own.max_repairs_before_swap:
        yield ngettext(
            "If it is still faulty after %(number)d repair, you can have a replacement or a refund.",
            "If it is still faulty after %(number)d repairs, you can have a replacement or a refund.",
            own.max_repairs_before_swap,
        ) % {"number": own.max_repairs_before_swap}
    if floor.guarantee_months:
        sentence = _(
            "The law gives you %(months)d months of rights against the seller, whatever is said here (%(article)s)."
        )
        sure = floor.guarantee_months
        yield sentence % {"months": sure.value, "article": cited(sure.article)}


def _within_months(months: int, kind: WarrantyKind) -> str:
    sentence = ngettext(
        "For %(months)d month we repair faults in material and workmanship free of charge.",
        "For %(months)d months we repair faults in material and workmanship free of charge.",
        months,
    ) % {"months": months}
    return sentence if kind == WarrantyKind.UNSTATED else f"{kind.label}: {sentence}"


def _part(name: str, months: int) -> str:
    sentence = ngettext("%(part)s: %(months)d month.", "%(part)s: %(months)d months.", months)
    return sentence % {"part": name, "months": months}


def _not_covered(terms: Terms) -> Iterable[str]:
    names: list[str | Promise] = [exclusion.label for exclusion in terms.warranty.exclusions]
    if not terms.warranty.consumables:
        names.append(_("consumables"))
    if names:
        yield _("Not covered: %(causes)s.") % {"causes": listed(names)}


def _disagreeing(terms: Terms, floor: Floor) -> Iterable[str]:
    yield ngettext(
        "If we refuse, you can ask within %(days)d day for someone else to review it.",
        "If we refuse, you can ask within %(days)d days for someone else to review it.",
        terms.clocks.appeal_days,
    ) % {"days": terms.clocks.appeal_days}
    yield _("Nothing said here affects your statutory rights.")


def _longer(*days: int | None) -> int | None:
    return None if None in days else max(day for day in days if day is not None)
