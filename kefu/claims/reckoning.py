"""The money of what is asked, to the smallest unit: the parts of a line add up over however many claims take it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from kefu.claims.asked import Breakdown, LineMoney
from kefu.claims.case import Case, LineCase, Taken
from kefu.claims.machines import Kind
from kefu.claims.termchoices import Fault, Payer, ShippingBack
from kefu.lib.money import shares
from kefu.orders.models import OrderLine

SENDING = (Kind.RETURN, Kind.EXCHANGE, Kind.WARRANTY)


def reckon(case: Case) -> Breakdown:
    """Gives every line its money, the earlier first, and answers their sum with what is beside the lines."""
    running = dict(case.taken)
    for line in case.lines:
        if line.line is not None:
            line.taken = running.get(line.line.pk, Taken())
            line.money = _money_of(case, line)
            running[line.line.pk] = line.taken.with_(Taken(line.asked.qty, line.money.amount))
    return _breakdown(case, running)


def freight_payer(case: Case) -> str:
    """One parcel, one payer: we, as soon as one thing in it is at fault. Without a reason it is the customer."""
    if case.kind not in SENDING:
        return ""
    faults = {line.reason.fault if line.reason else Fault.CUSTOMER for line in case.lines}
    payers = {case.terms.money.freight_payer(fault) for fault in faults}
    return Payer.MERCHANT if Payer.MERCHANT in payers else Payer.CUSTOMER


def share_of(line: OrderLine, qty: int, taken: Taken) -> tuple[int, int]:
    """What was paid for ``qty`` more of a line of which some was taken: (items, tax). The last unit takes the rest."""
    left, units = max(line.paid_minor - taken.minor, 0), max(line.qty - taken.qty, 0)
    amount = shares(left, [qty, units - qty])[0] if 0 < qty < units else left if units else 0
    tax = _tax_within(line, taken.minor + amount) - _tax_within(line, taken.minor)
    return amount - tax, tax


def _tax_within(line: OrderLine, amount: int) -> int:
    return amount * line.tax_minor // line.paid_minor if line.paid_minor > 0 else 0


def _money_of(case: Case, line: LineCase) -> LineMoney:
    assert line.line is not None
    if case.kind == Kind.WARRANTY or (line.reason is not None and not line.reason.whole):
        return LineMoney()
    items, tax = share_of(line.line, line.asked.qty, line.taken)
    money = LineMoney(items=items, tax=tax)
    if case.kind == Kind.EXCHANGE:
        return _exchanged(line, money)
    return replace(money, deduction=-_restocking_fee(case, line, money.amount))


def _exchanged(line: LineCase, money: LineMoney) -> LineMoney:
    """Today's price of the new against what was paid. Faulty goods replaced by the same cost nothing more."""
    new = line.asked.new_variant
    if new is None or line.line is None:
        return money
    same_again = line.blames_us and new.pk == line.line.variant_id
    price = money.amount if same_again else new.price_minor * line.asked.qty
    return replace(money, new_price=price, difference=price - money.amount)


def _restocking_fee(case: Case, line: LineCase, amount: int) -> int:
    """Never inside the right that the law gives, nor for what is our fault."""
    rights = line.window is not None and line.window.by_law(case.at)
    if case.kind != Kind.RETURN or line.blames_us or rights:
        return 0
    return amount * case.terms.money.restocking_fee_bp // 10_000


def _breakdown(case: Case, taken: dict[UUID, Taken]) -> Breakdown:
    if case.kind == Kind.EXCHANGE:
        difference = sum(line.money.difference for line in case.lines)
        return Breakdown(case.currency, items=max(-difference, 0), difference=difference)
    before = Breakdown(
        case.currency,
        items=sum(line.money.items for line in case.lines),
        tax=sum(line.money.tax for line in case.lines),
        shipping=_shipping(case, taken),
        deduction=sum(line.money.deduction for line in case.lines),
    )
    return replace(before, freight=-_label_fee(case, before.total))


def _shipping(case: Case, taken: dict[UUID, Taken]) -> int:
    """What sending the order out cost, once all of it is given back and nothing of it was exchanged."""
    whole = all(taken.get(pk, Taken()).qty >= line.qty for pk, line in case.order_lines.items())
    whole = whole and Kind.EXCHANGE not in case.other_kinds
    if case.order is None or not case.lines or not whole or not _shipping_goes_back(case):
        return 0
    return max(case.order.shipping_minor - case.shipping_returned, 0)


def _shipping_goes_back(case: Case) -> bool:
    """Nothing was sent, or it was sent wrong, or the policy gives it back."""
    if case.kind == Kind.CANCELLATION or all(line.blames_us for line in case.lines):
        return True
    return case.kind == Kind.RETURN and case.terms.money.shipping_back == ShippingBack.WHOLE_ORDER


def _label_fee(case: Case, total: int) -> int:
    if case.kind != Kind.RETURN or freight_payer(case) != Payer.CUSTOMER:
        return 0
    return max(min(case.terms.money.label_fee.get(case.currency, 0), total), 0)
