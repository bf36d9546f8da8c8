"""Every rule that a claim is judged by, each a small function named by what it checks.

A rule answers with an ``Answer``, or with nothing where it has no say. ``RULES_OF_LINES`` and ``RULES_OF_CLAIMS`` are
the one list of them, in the order in which their answers are shown; the name of the function is the code of the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kefu.claims import warranty
from kefu.claims.asked import Breakdown, Judged
from kefu.claims.case import Case, LineCase
from kefu.claims.changes import is_final
from kefu.claims.judging import DATA, LAW, POLICY, Answer, bad, good, unclear
from kefu.claims.machines import Kind
from kefu.claims.models.claims import Destination
from kefu.claims.termchoices import PriceDifference
from kefu.claims.windows import fault_might_help
from kefu.orders.models import MethodKind, Order, OrderLine
from kefu.orders.models.registered import Proof

LineRule = Callable[[Case, LineCase], Answer | None]
ClaimRule = Callable[[Case, Breakdown], Answer | None]

EVERY = frozenset(Kind)
GOODS = frozenset({Kind.RETURN, Kind.EXCHANGE})
PAID_BACK = frozenset({Kind.CANCELLATION, Kind.REFUND_ONLY, Kind.RETURN})
# Where the law lets goods be checked, these still say whether they are intact; packing and seals do not.
INTACT = ("unused", "accessories", "tags")


def policy_published(case: Case, money: Breakdown) -> Answer | None:
    return unclear(DATA) if case.without_terms else None


def something_asked(case: Case, money: Breakdown) -> Answer | None:
    return None if case.lines else bad(DATA)


def order_of_the_customer(case: Case, money: Breakdown) -> Answer | None:
    order, customer = case.order, case.asked.customer
    if order is None:
        return None
    if order.brand_id != case.asked.brand.pk:
        return bad(DATA)
    if order.customer_id == customer.pk:
        return None
    return None if Order.objects.of(customer).filter(pk=order.pk).exists() else bad(DATA)


def order_not_yet_sent(case: Case, money: Breakdown) -> Answer | None:
    status = case.order.status if case.order else ""
    if status in case.terms.before_shipment.cancel_while:
        return good(DATA, status=status)
    return bad(DATA, status=status)


def items_not_changed(case: Case, money: Breakdown) -> Answer | None:
    return bad(DATA) if case.order and is_final(case.order, case.terms) else None


def only_one_request(case: Case, money: Breakdown) -> Answer | None:
    if not case.terms.window.once_per_order:
        return None
    earlier = sorted(GOODS.intersection(case.other_kinds))
    return bad(DATA, earlier=earlier[0]) if earlier else good(DATA)


def destination_offered(case: Case, money: Breakdown) -> Answer | None:
    wanted = case.asked.destination
    if wanted not in case.terms.money.destinations:
        return bad(DATA, destination=wanted)
    if wanted == Destination.GIFT_CARD and not case.gift_cards:
        return bad(DATA, destination=wanted)
    return good(DATA, destination=wanted)


def account_fits(case: Case, money: Breakdown) -> Answer | None:
    """The customer's own; a gift card where one is wanted, the one that was paid with where it goes back that way."""
    to, wanted = case.asked.refund_to, case.asked.destination
    if to is None:
        return bad(DATA, destination=wanted) if wanted == Destination.GIFT_CARD else None
    if to.customer_id != case.asked.customer.pk:
        return bad(DATA, destination=wanted)
    paid_with = {payment.method_id for payment in case.payments}
    fits = {
        Destination.ORIGINAL: to.pk in paid_with,
        Destination.GIFT_CARD: to.kind == MethodKind.GIFT_CARD,
        Destination.STORE_CREDIT: to.kind == MethodKind.STORE_CREDIT,
        Destination.BANK: to.kind == MethodKind.BANK,
    }
    is_theirs = fits.get(Destination(wanted), False) and to.can_hold(case.currency)
    return good(DATA) if is_theirs else bad(DATA, destination=wanted)


def difference_can_be_paid(case: Case, money: Breakdown) -> Answer | None:
    """By any means of the customer's own; a stored value must be worth it."""
    to = case.asked.refund_to
    if to is not None and to.customer_id != case.asked.customer.pk:
        return bad(DATA)
    if to is None or money.difference <= 0:
        return None
    if not to.can_hold(case.currency) or (to.holds_value and (to.balance_minor or 0) < money.difference):
        return bad(DATA, difference=money.difference, currency=money.currency)
    return good(DATA, difference=money.difference, currency=money.currency)


def payments_cover_it(case: Case, money: Breakdown) -> Answer | None:
    left = sum(payment.left_minor for payment in case.payments if payment.currency == money.currency)
    if money.total <= left:
        return good(DATA, left=left, currency=money.currency)
    return unclear(DATA, left=left, total=money.total, currency=money.currency)


def line_of_the_order(case: Case, line: LineCase) -> Answer | None:
    asked = line.asked
    if asked.order_line is not None:
        return None if line.line else bad(DATA)
    if asked.registered is None or case.kind != Kind.WARRANTY:
        return bad(DATA)
    return None if asked.registered.customer_id == case.asked.customer.pk else bad(DATA)


def reason_offered(case: Case, line: LineCase) -> Answer | None:
    code = line.asked.reason
    if case.without_terms:
        return None
    if not code:
        return bad(DATA) if case.kind in case.terms.proof.reason_needed_for else None
    known = line.reason is not None and case.kind in line.reason.kinds
    return good(DATA, reason=code) if known else bad(DATA, reason=code)


def goods_delivered(case: Case, line: LineCase) -> Answer | None:
    if line.line is None:
        return None
    return good(DATA) if line.delivery.delivered_qty else bad(DATA)


def quantity_left(case: Case, line: LineCase) -> Answer | None:
    """Of what was delivered; when cancelling, of what has not left; for money or a repair alone, of all of it."""
    if line.line is None:
        return None
    there = {
        Kind.CANCELLATION: line.line.qty - line.delivery.shipped_qty,
        Kind.REFUND_ONLY: line.line.qty,
        Kind.WARRANTY: line.line.qty,
    }.get(case.kind, min(line.delivery.delivered_qty, line.line.qty))
    left = max(there - line.taken.qty, 0)
    return (
        good(DATA, left=left) if 1 <= line.asked.qty <= left else bad(DATA, left=left, asked=line.asked.qty)
    )


def not_under_warranty(case: Case, line: LineCase) -> Answer | None:
    """A unit that an open warranty claim is about does not come back beside it: after failed repairs that claim itself
    leads to another unit or the money. The days that the law gives run all the same, so within them a person looks.
    """
    open_claims = case.under_warranty.get(line.line.pk, []) if line.line else []
    if not open_claims or line.line is None:
        return None
    there = min(line.delivery.delivered_qty, line.line.qty) - line.taken.qty
    if line.asked.qty <= there - len(open_claims):
        return None
    if line.window is not None and line.window.by_law(case.at):
        return unclear(LAW, line.window.law_article, number=open_claims[0])
    return bad(DATA, number=open_claims[0])


def goods_may_come_back(case: Case, line: LineCase) -> Answer | None:
    """What is excepted, and on whose word: the law's list, the buyer's confirmation, or the brand's own."""
    if line.line is None or line.blames_us:
        return None
    found = _exceptions(case, line.line, line.flags)
    if not found:
        return good(POLICY)
    if by_law := [one for one in found if one in case.floor.exceptions]:
        return bad(LAW, case.floor.exceptions_article, exception=by_law[0])
    right = line.window is not None and line.window.by_law(case.at)
    if not right or case.floor.right is None:
        return bad(POLICY, exception=found[0])
    if agreed := _agreed_to(case, line.line, found):
        return bad(LAW, case.floor.exceptions_article, exception=agreed, agreed=True)
    return good(LAW, case.floor.right.article, exception=found[0])


def within_the_window(case: Case, line: LineCase) -> Answer | None:
    window = line.window
    if window is None or (case.kind == Kind.REFUND_ONLY and not line.delivery.delivered_at):
        return None
    if window.by_brand(case.at) and (window.endless or not window.by_law(case.at)):
        return good(POLICY, **_last_day(window.brand_day))
    if window.by_law(case.at):
        return good(LAW, window.law_article, **_last_day(window.last_day))
    if window.unknown or line.delivery.undated:
        return unclear(DATA)
    if fault_might_help(case.terms, case.kind, line.reason):
        return unclear(POLICY, **_last_day(window.brand_day))
    return bad(POLICY, offered=window.promised, blames_us=line.blames_us, **_last_day(window.last_day))


def condition_as_asked(case: Case, line: LineCase) -> Answer | None:
    """Inside the law's right the goods must be intact, and a person judges that; opening them is no fault."""
    if line.line is None or line.blames_us:
        return None
    said = line.asked.condition
    if line.window is not None and line.window.by_law(case.at):
        lacking = [name for name in INTACT if said.get(name) is False]
        article = case.floor.opened_is_fine
        return unclear(LAW, article, lacking=lacking) if lacking else good(LAW, article)
    asked = case.terms.condition.asked()
    if lacking := [name for name in asked if said.get(name) is False]:
        return bad(POLICY, lacking=lacking)
    if unsaid := [name for name in asked if name not in said]:
        return good(POLICY, unsaid=unsaid)
    return good(POLICY)


def amount_known(case: Case, line: LineCase) -> Answer | None:
    return unclear(POLICY) if line.reason is not None and not line.reason.whole else None


def new_item_named(case: Case, line: LineCase) -> Answer | None:
    new = line.asked.new_variant
    if new is None:
        return bad(DATA)
    same = line.line is not None and new.pk == line.line.variant_id
    if same and not case.terms.exchange.same_item_again and not line.blames_us:
        return bad(DATA)
    return good(DATA, sku=new.sku)


def new_item_of_the_same_product(case: Case, line: LineCase) -> Answer | None:
    new = line.asked.new_variant
    if new is None or line.line is None or not case.terms.exchange.same_product_only:
        return None
    return good(DATA) if new.product_id == line.line.product_id else bad(DATA, sku=new.sku)


def new_item_available(case: Case, line: LineCase) -> Answer | None:
    new = line.asked.new_variant
    if new is None:
        return None
    if new.brand_id != case.asked.brand.pk or new.currency != case.currency:
        return bad(DATA, sku=new.sku)
    return good(DATA, sku=new.sku) if new.available else bad(DATA, sku=new.sku)


def price_allowed(case: Case, line: LineCase) -> Answer | None:
    if line.asked.new_variant is None or case.terms.exchange.price_difference == PriceDifference.SETTLE:
        return None
    return bad(DATA) if line.money.difference else good(DATA)


def purchase_proved(case: Case, line: LineCase) -> Answer | None:
    """Of a unit known by its serial number; an order is its own proof."""
    unit, proof = line.asked.registered, case.terms.proof
    if unit is None:
        return None
    enough = {
        Proof.ORDER: proof.order_record,
        Proof.INVOICE: proof.invoice,
        Proof.RECEIPT: proof.receipt,
        Proof.STATED: proof.serial,
    }
    found = enough.get(Proof(unit.proof), False)
    return good(POLICY, proof=unit.proof) if found else unclear(POLICY, proof=unit.proof)


def unit_not_claimed_yet(case: Case, line: LineCase) -> Answer | None:
    unit = line.asked.registered
    number = case.open_claims.get(unit.pk) if unit else None
    return bad(DATA, number=number) if number else None


def unit_still_there(case: Case, line: LineCase) -> Answer | None:
    """With the customer: no other was sent for it, and what it was bought with did not all come back."""
    unit = line.asked.registered
    bought = case.order_lines.get(unit.order_line_id) if unit and unit.order_line_id else None
    taken = case.taken.get(bought.pk) if bought else None
    is_gone = bought is not None and taken is not None and taken.qty >= bought.qty
    return bad(DATA) if is_gone or (unit and unit.pk in case.replaced_units) else None


def unit_covered(case: Case, line: LineCase) -> Answer | None:
    return warranty.judged(case, line)


RULES_OF_CLAIMS: tuple[tuple[ClaimRule, frozenset[Kind]], ...] = (
    (policy_published, EVERY),
    (something_asked, EVERY),
    (order_of_the_customer, EVERY),
    (order_not_yet_sent, frozenset({Kind.CANCELLATION})),
    (items_not_changed, frozenset({Kind.CANCELLATION})),
    (only_one_request, GOODS),
    (destination_offered, PAID_BACK),
    (account_fits, PAID_BACK),
    (difference_can_be_paid, frozenset({Kind.EXCHANGE})),
    (payments_cover_it, PAID_BACK | GOODS),
)
RULES_OF_LINES: tuple[tuple[LineRule, frozenset[Kind]], ...] = (
    (line_of_the_order, EVERY),
    (reason_offered, EVERY),
    (goods_delivered, GOODS),
    (quantity_left, EVERY),
    (not_under_warranty, GOODS),
    (goods_may_come_back, GOODS),
    (within_the_window, GOODS | {Kind.REFUND_ONLY}),
    (condition_as_asked, GOODS),
    (amount_known, frozenset({Kind.REFUND_ONLY})),
    (new_item_named, frozenset({Kind.EXCHANGE})),
    (new_item_of_the_same_product, frozenset({Kind.EXCHANGE})),
    (new_item_available, frozenset({Kind.EXCHANGE})),
    (price_allowed, frozenset({Kind.EXCHANGE})),
    (unit_not_claimed_yet, frozenset({Kind.WARRANTY})),
    (purchase_proved, frozenset({Kind.WARRANTY})),
    (unit_still_there, frozenset({Kind.WARRANTY})),
    (unit_covered, frozenset({Kind.WARRANTY})),
)


def judge(case: Case, money: Breakdown) -> Iterator[Judged]:
    for rule, kinds in RULES_OF_CLAIMS:
        if case.kind in kinds and (answer := rule(case, money)):
            yield Judged(rule.__name__, answer.outcome, answer.basis, answer.article, None, answer.facts)
    for line in case.lines:
        yield from _judge_line(case, line)


def _judge_line(case: Case, line: LineCase) -> Iterator[Judged]:
    for rule, kinds in RULES_OF_LINES:
        if case.kind in kinds and (answer := rule(case, line)):
            yield Judged(
                rule.__name__, answer.outcome, answer.basis, answer.article, line.index, answer.facts
            )


def _exceptions(case: Case, line: OrderLine, flags: list[str]) -> list[str]:
    """What of the exclusions it falls under, as ``EXCLUSIONS`` names them."""
    excluded = case.terms.exclusions
    found = [flag for flag in flags if flag in excluded.flags]
    if line.sku and line.sku in excluded.skus:
        found.append("sku")
    if line.product is not None and line.product.category in excluded.categories:
        found.append("category")
    return found


def _agreed_to(case: Case, line: OrderLine, found: list[str]) -> str:
    """Where the law lets the buyer's word count, and only the word that was given when buying."""
    asked = case.floor.by_acknowledgement and case.terms.exclusions.acknowledged
    agreed = [one for one in found if one in line.acknowledged]
    return agreed[0] if asked and agreed and not _agreed_later(case, line) else ""


def _agreed_later(case: Case, line: OrderLine) -> bool:
    placed, agreed, zone = line.order.placed_at, line.acknowledged_at, case.calendar.zone
    if placed is None or agreed is None:
        return False
    return agreed.astimezone(zone).date() > placed.astimezone(zone).date()


def _last_day(day: object) -> dict[str, str]:
    return {"last_day": str(day)} if day else {}
