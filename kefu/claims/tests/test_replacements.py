"""What came in place of something is the customer's like anything else: it can be returned, exchanged, repaired."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from kefu.claims import evidencing, exchanging, filing, finance, parcels, repairing
from kefu.claims.models import Claim, ClaimShipment
from kefu.claims.offers import offers
from kefu.claims.presets import CN_LAW
from kefu.claims.preview import AskedLine, Preview, preview
from kefu.claims.refusals import NotEligible
from kefu.claims.terms import Terms
from kefu.claims.tests.desk import Desk, now, publish, uploaded
from kefu.claims.tests.shop import SHANGHAI, ask, verdict
from kefu.events import log
from kefu.orders import showing
from kefu.orders.models import Order, OrderLine, PaymentMethod, RegisteredProduct, Shipment
from kefu.people.models import Refused

pytestmark = pytest.mark.django_db
REPLACEMENT = ClaimShipment.Why.REPLACEMENT
TERMS = replace(
    CN_LAW,
    window=replace(CN_LAW.window, accept_exchanges=True),
    exchange=replace(CN_LAW.exchange, any_method=True),
    approval=replace(CN_LAW.approval, automatic_up_to=None),
)
REST = replace(TERMS, warranty=replace(TERMS.warranty, restarts=False))


def exchanges(desk: Desk, order: Order, price: int = 10_000, **fields: Any) -> Claim:
    """Up to the good inspection: the replacement can leave."""
    new = desk.shop.variant(desk.shop.product, f"LAMP-{price}", price=price)
    claim = desk.files(order, "exchange", wanted="exchange", **{"new_variant": new, **fields})
    return desk.takes_in(claim)


def arrives(desk: Desk, claim: Claim) -> OrderLine:
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    exchanging.deliver(claim, by=desk.warehouse)
    found = claim.lines.get().replacement
    assert found
    return found


def paid_back(order: Order) -> int:
    return sum(payment.returned_minor for payment in order.payments.all())


def swaps(desk: Desk, claim: Claim, serial: str = "") -> Claim:
    """From approval to another unit at the customer's."""
    desk.receives(desk.ships(claim))
    repairing.start_diagnosis(claim, by=desk.technician)
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="Dead")
    repairing.replace(claim, by=desk.supervisor, words="No parts for it")
    repairing.ship_back(claim, by=desk.technician, carrier="sf", tracking_no="SF2", new_serial=serial)
    repairing.complete(claim, by=desk.shop.customer)
    return claim


def complains(desk: Desk, line: OrderLine | None = None, unit: RegisteredProduct | None = None) -> Claim:
    customer, order = desk.shop.customer, line.order if line else None
    wanted = AskedLine(order_line=line, registered=unit, reason="fault", wanted="repair")
    claim = filing.draft(desk.shop.asks(order, "warranty", lines=[wanted]), by=customer)
    evidencing.hand_in(claim, uploaded(customer), "photo", by=customer)
    return filing.submit(claim, by=customer)


# -- the line


def test_what_came_instead_is_a_line_of_the_order_from_the_day_it_arrives(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order()
    old = order.lines.get()
    claim = exchanges(desk, order)
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    assert order.lines.get() == old
    exchanging.deliver(claim, by=desk.warehouse)
    new = order.lines.get(replaces=old)
    assert (new.sku, new.qty, new.paid_minor, new.position) == ("LAMP-10000", 1, 10_000, old.position + 1)
    assert claim.lines.get().replacement == new
    assert new.shipped.get().shipment.tracking_no == "SF9"
    told = [entry for entry in log.about(order.pk) if entry.kind == "order.changed"]
    assert [entry.data["what"] for entry in told] == [["lines"]]
    before = order.version
    order.refresh_from_db()
    assert order.version == before + 1


def test_the_total_of_the_order_does_not_count_it(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(lines=[desk.shop.line(discount_minor=500)], shipping=800)
    arrives(desk, exchanges(desk, order, price=12_000, refund_to=gift_card(desk)))
    (shown,) = showing.full([order])
    assert (len(shown.lines), shown.total_minor) == (2, 9_500 + 800)


def test_a_replacement_that_was_sent_ahead_is_theirs_once_the_goods_were_accepted(desk: Desk) -> None:
    publish(desk.shop, replace(TERMS, exchange=replace(TERMS.exchange, advance=True)))
    order = desk.order()
    new = desk.shop.variant(desk.shop.product, "LAMP-N")
    claim = desk.files(order, "exchange", wanted="exchange", new_variant=new)
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    Shipment.objects.filter(tracking_no="SF9").update(delivered_at=timezone.now(), status="delivered")
    assert order.lines.count() == 1
    desk.takes_in(claim)
    assert (now(claim), order.lines.count()) == ("delivered", 2)


def test_what_became_money_after_all_leaves_no_line(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order()
    claim = exchanges(desk, order)
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    exchanging.refund_instead(claim, by=desk.supervisor, words="The parcel was lost")
    assert (order.lines.count(), paid_back(order)) == (1, 10_000)


def test_only_what_was_accepted_is_replaced(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(lines=[desk.shop.line(qty=3, discount_minor=1)])
    new = desk.shop.variant(desk.shop.product, "LAMP-C", price=9_000)
    claim = desk.files(order, "exchange", wanted="exchange", new_variant=new)
    desk.finds(desk.receives(desk.ships(claim)), accepted=2, checklist={"unused": False})
    line = arrives(desk, claim)
    exchanging.complete(claim, by=desk.shop.customer)
    assert (line.qty, line.paid_minor) == (2, 2 * 9_000)
    rest = returned(desk, order.lines.get(replaces=None)).money.total
    assert paid_back(order) + line.paid_minor + rest == 29_999


def returned(desk: Desk, line: OrderLine, at: datetime | None = None, qty: int = 1) -> Preview:
    """What the customer is told who changed their mind about it."""
    asked = desk.shop.asks(line.order, lines=[desk.shop.wants(line, qty=qty)])
    return ask(asked, TERMS, at or timezone.now())


def gift_card(desk: Desk, balance: int = 9_000) -> PaymentMethod:
    return PaymentMethod.objects.create(
        customer=desk.shop.customer, kind="gift_card", currency="CNY", balance_minor=balance
    )


# -- the money


@pytest.mark.parametrize(
    ("price", "line"),
    [
        (10_000, {}),
        (7_500, {}),
        (12_000, {}),
        (7_777, {"discount_minor": 333, "tax_minor": 1_001}),
        (12_345, {"qty": 3, "discount_minor": 1_000, "tax_minor": 7}),
        (1, {"qty": 2, "tax_minor": 13}),
    ],
)
def test_returned_in_its_turn_all_that_was_paid_has_gone_back_and_no_more(
    desk: Desk, price: int, line: dict[str, Any]
) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(lines=[desk.shop.line(**line)])
    new = arrives(desk, exchanges(desk, order, price=price, refund_to=gift_card(desk, 40_000)))
    assert new.paid_minor == price * new.qty
    desk.takes_in(desk.files(order, lines=[desk.shop.wants(new)]))
    captured = sum(payment.captured_minor for payment in order.payments.all())
    assert paid_back(order) == captured


def test_faulty_goods_replaced_by_the_same_keep_their_price_and_discount(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(lines=[desk.shop.line(qty=2, discount_minor=1_000, tax_minor=301)])
    desk.shop.lamp.price_minor = 99_000
    desk.shop.lamp.save()
    same = {"new_variant": desk.shop.lamp, "reason": "defective"}
    line = desk.shop.wants(order.lines.get(), wanted="exchange", qty=1, **same)
    claim = filing.draft(desk.shop.asks(order, "exchange", lines=[line]), by=desk.shop.customer)
    evidencing.hand_in(claim, uploaded(desk.shop.customer), "photo", by=desk.shop.customer)
    new = arrives(desk, desk.takes_in(filing.submit(claim, by=desk.shop.customer)))
    assert (new.unit_price_minor, new.discount_minor, new.tax_minor) == (10_000, 499, 150)
    assert not claim.refunds.exists()


def test_what_was_exchanged_is_not_to_be_claimed_again(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order()
    old = order.lines.get()
    arrives(desk, exchanges(desk, order))
    for kind in ("return", "warranty"):
        with pytest.raises(NotEligible) as refused:
            desk.files(
                order, kind, lines=[desk.shop.wants(old, reason="fault" if kind == "warranty" else "")]
            )
        assert "quantity_left" in [one.rule for one in refused.value.verdicts]


def test_a_replacement_is_exchanged_again_and_again(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order()
    first = arrives(desk, exchanges(desk, order, price=8_000))
    wanted = desk.shop.wants(
        first, wanted="exchange", new_variant=desk.shop.variant(desk.shop.product, "LAMP-9", price=9_000)
    )
    again = desk.takes_in(desk.files(order, "exchange", lines=[wanted], refund_to=gift_card(desk)))
    second = arrives(desk, again)
    assert (second.replaces, second.paid_minor, second.position) == (first, 9_000, first.position + 1)
    desk.takes_in(desk.files(order, lines=[desk.shop.wants(second)]))
    assert paid_back(order) == 2_000 + 9_000 == sum(each.captured_minor for each in order.payments.all())


# -- the days


def test_its_days_begin_when_it_arrives(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(days_ago=7)
    new = arrives(desk, exchanges(desk, order))
    later = timezone.now() + timedelta(days=6)
    rule, old = "within_the_window", order.lines.get(replaces=None)
    assert verdict(returned(desk, new, later), rule) == "pass law"
    assert verdict(returned(desk, old, later), rule) == "fail brand_policy"
    assert verdict(returned(desk, new, later + timedelta(days=4)), rule) == "fail brand_policy"


def test_nothing_else_of_the_order_counts_as_delivered_by_it(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    one, two = desk.shop.line(), desk.shop.line()
    order = desk.shop.order(one, two, status="shipped")
    desk.shop.delivered(order, timezone.now() - timedelta(days=2), (one, 1))
    other = desk.shop.variant(desk.shop.product, "LAMP-B")
    wanted = desk.shop.wants(one, wanted="exchange", new_variant=other)
    arrives(desk, desk.takes_in(desk.files(order, "exchange", lines=[wanted])))
    assert verdict(returned(desk, two), "goods_delivered") == "fail data"


def test_what_may_be_done_with_it_is_offered_on_the_order(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order()
    old = order.lines.get()
    new = arrives(desk, exchanges(desk, order))
    found = offers(order, desk.shop.customer, at=timezone.now())
    assert {offer.kind for offer in found[new.pk] if offer.against is None} >= {
        "return",
        "exchange",
        "warranty",
    }
    assert not [offer for offer in found[old.pk] if offer.against is None]


# -- warranty


@pytest.mark.parametrize(("terms", "anew"), [(TERMS, True), (REST, False)])
def test_an_exchanged_item_has_a_full_term_or_the_rest_as_the_policy_says(
    desk: Desk, terms: Terms, anew: bool
) -> None:
    publish(desk.shop, terms)
    order = desk.order(days_ago=5)
    assert order.placed_at
    new = arrives(desk, exchanges(desk, order))
    began = timezone.now() if anew else order.placed_at
    assert new.warranty_start == day(began)
    assert covered_until(desk, new) == day(began).replace(year=day(began).year + 1)
    assert now(complains(desk, new)) == "awaiting_shipment"


def day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def covered_until(desk: Desk, line: OrderLine) -> date:
    asked = desk.shop.asks(line.order, "warranty", lines=[AskedLine(order_line=line, reason="fault")])
    (told,) = [one for one in preview(asked, at=timezone.now()).verdicts if one.rule == "unit_covered"]
    return date.fromisoformat(told.facts["last_day"])


def test_a_unit_from_the_warranty_takes_the_place_of_the_one_bought(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(days_ago=60, lines=[desk.shop.line(serials=["SN-1"], discount_minor=1_000)])
    old = order.lines.get()
    claim = swaps(desk, complains(desk, old), serial="SN-2")
    new = order.lines.get(replaces=old)
    assert (now(claim), new.paid_minor, new.serials) == ("completed", 9_000, ["SN-2"])
    assert RegisteredProduct.objects.get(serial="SN-2").order_line == new
    assert new.warranty_start == timezone.now().date()
    with pytest.raises(NotEligible):
        complains(desk, old)
    seen = returned(desk, new)
    assert (seen.money.total, verdict(seen, "within_the_window")) == (9_000, "pass law")
    assert returned(desk, old).money.total == 0


def test_a_unit_without_a_serial_number_is_replaced_too(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(days_ago=60, lines=[desk.shop.line(qty=2)])
    swaps(desk, complains(desk, order.lines.get()))
    new = order.lines.get(replaces__isnull=False)
    assert (new.qty, new.paid_minor, new.serials) == (1, 10_000, [])
    assert new.warranty_start == day(timezone.now())


def test_the_unit_that_we_kept_is_not_claimed_again_and_the_new_one_is(desk: Desk) -> None:
    """Registered by its serial number, bought elsewhere."""
    publish(desk.shop, TERMS)
    unit = RegisteredProduct.objects.create(
        product=desk.shop.product,
        customer=desk.shop.customer,
        serial="SN-1",
        purchased_at=timezone.now().date() - timedelta(days=90),
    )
    claim = swaps(desk, complains(desk, unit=unit), serial="SN-2")
    assert claim.lines.get().replacement is None
    with pytest.raises(NotEligible) as refused:
        complains(desk, unit=unit)
    assert [one.rule for one in refused.value.verdicts] == ["unit_still_there"]
    assert now(complains(desk, unit=RegisteredProduct.objects.get(serial="SN-2"))) == "awaiting_shipment"


def test_the_rest_of_a_term_goes_on_from_the_day_of_purchase(desk: Desk) -> None:
    publish(desk.shop, REST)
    bought = timezone.now().date() - timedelta(days=90)
    unit = RegisteredProduct.objects.create(
        product=desk.shop.product, customer=desk.shop.customer, serial="SN-1", purchased_at=bought
    )
    swaps(desk, complains(desk, unit=unit), serial="SN-2")
    assert RegisteredProduct.objects.get(serial="SN-2").warranty_start == bought


def test_a_replaced_unit_that_fails_is_paid_back_once(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(days_ago=60, lines=[desk.shop.line(serials=["SN-1"])])
    swaps(desk, complains(desk, order.lines.get()), serial="SN-2")
    back = desk.receives(desk.ships(complains(desk, unit=RegisteredProduct.objects.get(serial="SN-2"))))
    repairing.start_diagnosis(back, by=desk.technician)
    repairing.diagnose(back, by=desk.technician, defect=True, finding="Dead too")
    repairing.refund(back, by=desk.supervisor, words="Enough")
    for refund in back.refunds.filter(state="requested"):
        finance.approve(refund, by=desk.finance)
    assert paid_back(order) == 10_000
    with pytest.raises(NotEligible):
        complains(desk, unit=RegisteredProduct.objects.get(serial="SN-2"))


def test_two_claims_on_one_unit_do_not_pay_for_it_twice(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    order = desk.order(days_ago=2, lines=[desk.shop.line(), desk.shop.line()])
    line = order.lines.first()
    assert line
    claim = desk.receives(desk.ships(complains(desk, line)))
    repairing.start_diagnosis(claim, by=desk.technician)
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="Dead")
    desk.files(order, lines=[desk.shop.wants(line)])
    with pytest.raises(Refused, match="Nothing is left"):
        repairing.refund(claim, by=desk.supervisor, words="No such lamp")
