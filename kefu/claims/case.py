"""Everything that is known of what is asked: read once, in a fixed number of queries, before any rule looks at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from kefu.claims.asked import Asked, AskedLine, LineMoney
from kefu.claims.delivered import Delivery, deliveries
from kefu.claims.floors import FLOORS, Floor
from kefu.claims.machines import ENDED, Kind, Status
from kefu.claims.models import Claim, ClaimLine, Refund
from kefu.claims.models.claims import Destination
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.terms import Proof, Reason, Terms
from kefu.claims.terms import Window as WindowTerms
from kefu.claims.windows import Began, Window, window
from kefu.hours.calendar import Calendar
from kefu.hours.models import calendar_of
from kefu.lib.money import shares
from kefu.orders.models import (
    MethodKind,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Product,
)
from kefu.people.models import Brand

# A claim in one of these takes nothing of what was bought, unless its money had gone ahead of the goods.
TAKES_NOTHING = (Status.DRAFT, Status.WITHDRAWN, Status.EXPIRED, Status.REJECTED, Status.CLOSED)
SILENT = Terms(
    window=WindowTerms(days=None, fault_days=None, exchange_days=None), proof=Proof(reason_needed_for=())
)
WITH_WINDOW = (Kind.RETURN, Kind.EXCHANGE, Kind.REFUND_ONLY)


class Taken(NamedTuple):
    """What earlier claims took of a line: units, and minor units of what was paid for them."""

    qty: int = 0
    minor: int = 0

    def with_(self, other: Taken) -> Taken:
        return Taken(self.qty + other.qty, self.minor + other.minor)


@dataclass
class LineCase:
    index: int
    asked: AskedLine
    line: OrderLine | None
    product: Product | None
    reason: Reason | None
    delivery: Delivery
    taken: Taken
    money: LineMoney = field(default_factory=LineMoney)
    window: Window | None = None

    @property
    def flags(self) -> list[str]:
        return self.product.flags if self.product else []

    @property
    def blames_us(self) -> bool:
        return self.reason is not None and self.reason.blames_us


@dataclass
class Case:
    asked: Asked
    at: datetime
    terms: Terms
    without_terms: bool
    floor: Floor
    calendar: Calendar
    order_lines: dict[UUID, OrderLine]
    replaced_units: set[UUID]
    taken: dict[UUID, Taken]
    under_warranty: dict[
        UUID, list[int]
    ]  # of lines, the number of each open warranty claim for one unit of it
    other_kinds: set[str]
    payments: list[Payment]
    gift_cards: list[PaymentMethod]
    shipping_returned: int
    open_claims: dict[UUID, int]  # of registered units, the number of a claim that is open
    lines: list[LineCase]

    @property
    def kind(self) -> Kind:
        return Kind(self.asked.kind)

    @property
    def order(self) -> Order | None:
        return self.asked.order

    @property
    def currency(self) -> str:
        return self.order.currency if self.order else ""


def gather(asked: Asked, *, at: datetime, terms: Terms | None, except_claim: Claim | None) -> Case:
    """Without terms nothing is promised and nothing is ruled out: a person has to look."""
    order, without_terms, terms = asked.order, terms is None, terms or SILENT
    claimed = list(_claimed(order, except_claim)) if order else []
    case = Case(
        asked=asked,
        at=at,
        terms=terms,
        without_terms=without_terms,
        floor=FLOORS[terms.law_profile],
        calendar=calendar_for(asked.brand, terms, order),
        order_lines=_lines_of(order) if order else {},
        replaced_units=_replaced_units(asked),
        taken=_taken(claimed, terms),
        under_warranty=_under_warranty(claimed),
        other_kinds={line.claim.kind for line in claimed},
        payments=list(order.payments.order_by("created_at", "id")) if order else [],
        gift_cards=_gift_cards(asked) if Destination.GIFT_CARD in terms.money.destinations else [],
        shipping_returned=_shipping_returned(order) if order and order.shipping_minor else 0,
        open_claims=_open_claims(asked, except_claim),
        lines=[],
    )
    case.lines = _line_cases(case)
    return case


def taken_of(line: OrderLine, terms: Terms, *, except_claim: Claim) -> Taken:
    """Of one line, by all claims but this."""
    return _taken(_claimed(line.order, except_claim), terms).get(line.pk, Taken())


def calendar_for(brand: Brand, terms: Terms, order: Order | None) -> Calendar:
    """Days are the brand's; which of them are worked is the law profile's country's word, else the order's, and is
    asked only where a last day may give way.
    """
    floor = FLOORS[terms.law_profile]
    if not floor.right_extends and not terms.window.extend:
        return Calendar(ZoneInfo(brand.time_zone))
    country = floor.country or (order.country if order else "")
    return calendar_of(brand, time_zone=brand.time_zone, country=country)


def holding(lines: QuerySet[ClaimLine]) -> QuerySet[ClaimLine]:
    """Those that take something of what was bought."""
    paid = Refund.objects.filter(claim=OuterRef("claim")).exclude(state__in=WITHOUT_MONEY)
    return lines.filter(~Q(claim__status__in=TAKES_NOTHING) | Exists(paid))


def left_of(bought: OrderLine, *, beside: Claim) -> int:
    """What of the price of an order's line no other claim takes, in minor units."""
    others = holding(bought.claimed.exclude(claim=beside))
    return max(bought.paid_minor - sum(others.values_list("amount_minor", flat=True)), 0)


def _gift_cards(asked: Asked) -> list[PaymentMethod]:
    """That the money could go to."""
    cards = asked.customer.payment_methods.filter(kind=MethodKind.GIFT_CARD)
    return [card for card in cards if asked.order is None or card.can_hold(asked.order.currency)]


def _lines_of(order: Order) -> dict[UUID, OrderLine]:
    return {line.pk: line for line in order.lines.select_related("product")}


def _replaced_units(asked: Asked) -> set[UUID]:
    """Of the registered ones those that another was sent for."""
    units = [line.registered.pk for line in asked.lines if line.registered]
    if not units:
        return set()
    swapped = ClaimLine.objects.filter(registered__in=units, new_unit__isnull=False)
    return set(swapped.values_list("registered_id", flat=True))


def _claimed(order: Order, except_claim: Claim | None) -> Iterable[ClaimLine]:
    found = holding(ClaimLine.objects.filter(claim__order=order))
    if except_claim is not None:
        found = found.exclude(claim=except_claim)
    return found.select_related("claim", "registered").only(
        "order_line_id",
        "registered__order_line_id",
        "qty",
        "qty_accepted",
        "acceptance",
        "amount_minor",
        "reason",
        "replacement",
        "claim__kind",
        "claim__number",
        "claim__status",
    )


def _taken(claimed: Iterable[ClaimLine], terms: Terms) -> dict[UUID, Taken]:
    found: defaultdict[UUID, Taken] = defaultdict(Taken)
    for line in claimed:
        if line.order_line_id is not None and not _is_repair(line):
            found[line.order_line_id] = found[line.order_line_id].with_(_taken_by(line, terms))
    return dict(found)


def _is_repair(line: ClaimLine) -> bool:
    """The customer has it again: under warranty only money or another unit in its place takes anything."""
    return line.claim.kind == Kind.WARRANTY and not line.amount_minor and line.replacement_id is None


def _under_warranty(claimed: Iterable[ClaimLine]) -> dict[UUID, list[int]]:
    """Until its claim has ended, a unit cannot come back as well: once two roads lead to the same money, both pay."""
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    for line in claimed:
        bought = line.order_line_id or (line.registered.order_line_id if line.registered else None)
        if bought is not None and _is_repair(line) and line.claim.status not in ENDED:
            found[bought].append(line.claim.number)
    return dict(found)


def _taken_by(line: ClaimLine, terms: Terms) -> Taken:
    """Of a finished claim only what was accepted; the customer has the rest. A part of the price takes no unit."""
    reason = terms.reason(line.reason)
    if line.claim.kind == Kind.REFUND_ONLY and reason is not None and not reason.whole:
        return Taken(0, line.amount_minor)
    judged = line.acceptance != ClaimLine.Acceptance.PENDING
    if line.claim.status == Status.COMPLETED and judged and line.qty_accepted < line.qty:
        rest = line.qty - line.qty_accepted
        return Taken(line.qty_accepted, shares(line.amount_minor, [line.qty_accepted, rest])[0])
    return Taken(line.qty, line.amount_minor)


def _shipping_returned(order: Order) -> int:
    refunds = Refund.objects.filter(order=order).exclude(state__in=WITHOUT_MONEY)
    return sum(found.get("shipping", 0) for found in refunds.values_list("breakdown", flat=True))


def _open_claims(asked: Asked, except_claim: Claim | None) -> dict[UUID, int]:
    units = [line.registered.pk for line in asked.lines if line.registered]
    if not units:
        return {}
    found = ClaimLine.objects.filter(registered__in=units, claim__in=Claim.objects.live())
    found = found.exclude(claim__status=Status.DRAFT)
    if except_claim is not None:
        found = found.exclude(claim=except_claim)
    return dict(found.values_list("registered_id", "claim__number"))


def _line_cases(case: Case) -> list[LineCase]:
    arrived = deliveries(case.order, case.order_lines.values()) if case.order else {}
    return [_line_case(case, index, asked, arrived) for index, asked in enumerate(case.asked.lines)]


def _line_case(case: Case, index: int, asked: AskedLine, arrived: dict[UUID, Delivery]) -> LineCase:
    line = case.order_lines.get(asked.order_line.pk) if asked.order_line else None
    unit = asked.registered
    found = LineCase(
        index=index,
        asked=asked,
        line=line,
        product=line.product if line else unit.product if unit else None,
        reason=case.terms.reason(asked.reason),
        delivery=arrived[line.pk] if line else Delivery(),
        taken=Taken(),
    )
    if line is not None and case.kind in WITH_WINDOW:
        found.window = _window_of(case, found)
    return found


def _window_of(case: Case, line: LineCase) -> Window:
    began = Began(
        ordered=case.order.placed_at if case.order else None,
        shipped=line.delivery.shipped_at,
        delivered=line.delivery.delivered_at,
    )
    excepted = bool(case.floor.exceptions.intersection(line.flags)) and not line.blames_us
    floor = replace(case.floor, right=None) if excepted else case.floor
    return window(case.terms, floor, case.kind, line.reason, began, case.calendar)
