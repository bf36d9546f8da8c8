"""Warranty, from the cover to the unit that comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kefu.claims import covering, evidencing, filing, goods, parcels, repairing, reviewing
from kefu.claims.machines import Status
from kefu.claims.models import Adjustment, Claim
from kefu.claims.presets import CN_LAW
from kefu.claims.preview import AskedLine
from kefu.claims.refusals import NotTheirs
from kefu.claims.termchoices import WarrantyStart
from kefu.claims.tests.desk import Desk, now, publish, refund_of, uploaded
from kefu.claims.wording import turn
from kefu.events import log
from kefu.orders.models import RegisteredProduct
from kefu.people.models import Customer, Refused

pytestmark = pytest.mark.django_db


def unit_of(desk: Desk, months_ago: int = 3, **fields: Any) -> RegisteredProduct:
    bought = timezone.now().date() - timedelta(days=30 * months_ago)
    given = {"purchased_at": bought, "serial": "SN-1", **fields}
    return RegisteredProduct.objects.create(product=desk.shop.product, customer=desk.shop.customer, **given)


def complains(desk: Desk, unit: RegisteredProduct) -> Claim:
    """A fault, shown by a photo."""
    customer = desk.shop.customer
    line = AskedLine(registered=unit, reason="fault", wanted="repair")
    claim = filing.draft(desk.shop.asks(None, "warranty", lines=[line]), by=customer)
    evidencing.hand_in(claim, uploaded(customer), "photo", by=customer)
    return filing.submit(claim, by=customer)


def on_the_bench(desk: Desk, unit: RegisteredProduct) -> Claim:
    claim = desk.receives(desk.ships(complains(desk, unit)))
    repairing.start_diagnosis(claim, by=desk.technician)
    return claim


def whose_turn(claim: Claim) -> list[str]:
    found = turn(Claim.objects.get(pk=claim.pk))
    assert found is not None
    return [str(one) for one in found.whose]


def goes_back(desk: Desk, claim: Claim, **fields: str) -> None:
    repairing.ship_back(claim, by=desk.technician, carrier="sf", tracking_no="SF2", **fields)


def test_a_covered_unit_is_asked_for_repaired_tested_and_sent_back(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    unit = unit_of(desk)
    claim = complains(desk, unit)
    assert now(claim) == "awaiting_shipment"
    assert claim.ship_by
    assert [step.after for step in claim.steps.all()] == ["submitted", "covered", "awaiting_shipment"]
    desk.receives(desk.ships(claim))
    repairing.start_diagnosis(claim, by=desk.technician, serial="SN-1")
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="The driver is dead", code="E1")
    repairing.repair(claim, by=desk.technician, parts=["driver"])
    repairing.test(claim, by=desk.technician, result="Fails again")
    repairing.repair(claim, by=desk.technician, parts=["driver"])
    repairing.test(claim, by=desk.technician, result="Good")
    goes_back(desk, claim)
    repairing.complete(claim, by=desk.shop.customer)
    unit.refresh_from_db()
    assert (now(claim), unit.repairs, claim.repair.repair_no) == ("completed", 1, 1)
    assert all("driver" not in str(entry.data) for entry in log.about(claim.pk))


def test_only_a_technician_diagnoses_and_repairs(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = on_the_bench(desk, unit_of(desk))
    for other in (desk.agent, desk.supervisor, desk.warehouse, desk.finance):
        with pytest.raises(NotTheirs):
            repairing.diagnose(claim, by=other, defect=True, finding="x")
    assert now(claim) == "diagnosing"


def test_the_days_that_we_hold_it_do_not_count(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    unit = unit_of(desk)
    claim = on_the_bench(desk, unit)
    claim.repair.held_from = timezone.now() - timedelta(days=12)
    claim.repair.save()
    before = covering.cover_of(claim)
    repairing.diagnose(claim, by=desk.technician, defect=False, finding="Works")
    goes_back(desk, claim)
    unit.refresh_from_db()
    after = covering.cover_of(claim)
    assert unit.paused_days == 12
    assert before and after and before.covered_until == after.covered_until


def test_two_repairs_without_cure_give_the_right_to_another(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    unit = unit_of(desk)
    claim = on_the_bench(desk, unit)
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="Dead")
    with pytest.raises(Refused, match="supervisor"):
        repairing.replace(claim, by=desk.agent, words="They ask for it")
    RegisteredProduct.objects.update(repairs=2)
    repairing.replace(claim, by=desk.agent, words="Repaired twice already")
    with pytest.raises(Refused, match="serial"):
        goes_back(desk, claim)
    goes_back(desk, claim, new_serial="SN-2")
    new = RegisteredProduct.objects.get(serial="SN-2")
    assert (new.customer, new.repairs, new.warranty_start) == (
        desk.shop.customer,
        0,
        timezone.now().date(),
    )
    repairing.complete(claim, by=desk.warehouse)
    assert now(claim) == "completed"


def test_a_supervisor_pays_the_whole_price_back(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order(days_ago=60, lines=[desk.shop.line(qty=2)])
    unit = unit_of(desk, months_ago=2, order_line=order.lines.get())
    claim = on_the_bench(desk, unit)
    assert claim.order == order
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="Dead")
    with pytest.raises(NotTheirs):
        repairing.refund(claim, by=desk.agent, words="No")
    repairing.refund(claim, by=desk.supervisor, words="No such lamp any more")
    assert (now(claim), refund_of(claim).amount_minor) == ("refunding", 10_000)


def test_without_a_payment_that_we_know_of_there_is_nothing_to_pay_back(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = on_the_bench(desk, unit_of(desk))
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="Dead")
    with pytest.raises(Refused, match="payment"):
        repairing.refund(claim, by=desk.supervisor, words="No such lamp any more")
    assert now(claim) == "defect_confirmed"


def test_out_of_warranty_is_a_quote_that_is_paid_before_the_repair(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    unit = unit_of(desk, months_ago=20)
    claim = complains(desk, unit)
    assert now(claim) == "out_of_warranty"
    covering.ask_for_goods(claim, by=desk.agent)
    desk.receives(desk.ships(claim))
    repairing.start_diagnosis(claim, by=desk.technician)
    repairing.quote(claim, by=desk.technician, amount_minor=4_000, finding="The driver is dead")
    with pytest.raises(NotTheirs):
        repairing.accept_quote(claim, by=desk.agent)
    repairing.accept_quote(claim, by=desk.shop.customer)
    assert whose_turn(claim) == ["Finance"]
    with pytest.raises(Refused, match="not been paid"):
        repairing.repair(claim, by=desk.technician)
    with pytest.raises(NotTheirs):
        repairing.quote_paid(claim, by=desk.agent, reference="B-1")
    repairing.quote_paid(claim, by=desk.finance, reference="B-1")
    assert whose_turn(claim) == ["Technician"]
    repairing.repair(claim, by=desk.technician)
    unit.refresh_from_db()
    assert (now(claim), unit.repairs, Adjustment.objects.get().amount_minor) == ("repairing", 0, -4_000)


def test_a_quote_that_is_declined_sends_it_back(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = on_the_bench(desk, unit_of(desk))
    repairing.quote(claim, by=desk.technician, amount_minor=4_000, finding="It fell")
    repairing.decline_quote(claim, by=desk.shop.customer)
    goes_back(desk, claim)
    assert now(claim) == "shipping_back"


def test_soon_after_the_purchase_a_refusal_needs_a_diagnosis(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    unit = unit_of(desk, months_ago=1)
    claim = complains(desk, unit)
    Claim.objects.filter(pk=claim.pk).update(status=Status.UNDER_REVIEW)
    with pytest.raises(Refused, match="diagnosis"):
        reviewing.reject(claim, by=desk.agent, words="No")
    RegisteredProduct.objects.update(purchased_at=timezone.now().date() - timedelta(days=300))
    reviewing.reject(claim, by=desk.agent, words="It is not ours")
    assert now(claim) == "rejected"


def test_an_agent_cannot_cover_what_the_dates_do_not_and_a_supervisor_can(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = complains(desk, unit_of(desk, months_ago=20))
    Claim.objects.filter(pk=claim.pk).update(status=Status.UNDER_REVIEW)
    with pytest.raises(Refused, match="supervisor"):
        covering.check_cover(claim, by=desk.agent, answer=Status.COVERED)
    with pytest.raises(Refused, match="give a reason"):
        covering.check_cover(claim, by=desk.agent, answer=Status.NOT_COVERED)
    with pytest.raises(Refused):
        covering.check_cover(claim, by=desk.agent, answer=Status.COMPLETED)
    covering.check_cover(claim, by=desk.supervisor, answer=Status.COVERED)
    assert now(claim) == "awaiting_shipment"


def test_a_term_that_begins_with_delivery_is_judged_as_the_preview_told(desk: Desk) -> None:
    """Bought 380 days ago, and 350 days with the customer."""
    reasons = tuple(replace(one, evidence=()) for one in CN_LAW.reasons)
    begins = replace(CN_LAW.warranty, start=WarrantyStart.DELIVERED, months=12)
    publish(desk.shop, replace(CN_LAW, warranty=begins, reasons=reasons))
    order = desk.shop.order(desk.shop.line(), placed_at=timezone.now() - timedelta(days=380))
    desk.shop.delivered(order, timezone.now() - timedelta(days=350))
    reason = next(one.code for one in reasons if "warranty" in one.kinds)
    claim = desk.files(order, "warranty", reason=reason, wanted="repair")
    assert claim.verdicts.get(rule=covering.RULE).outcome == "pass"
    assert now(claim) == "awaiting_shipment"


def test_without_a_date_the_customer_is_asked(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = complains(desk, unit_of(desk, purchased_at=None))
    assert now(claim) == "awaiting_customer"
    reviewing.provide(claim, by=desk.shop.customer, words="In May, see the invoice")
    assert now(claim) == "under_review"


def test_an_order_line_becomes_a_known_unit_on_the_bench(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order(days_ago=30)
    customer = desk.shop.customer
    claim = filing.draft(desk.shop.asks(order, "warranty", reason="fault", wanted="repair"), by=customer)
    evidencing.hand_in(claim, uploaded(customer), "photo", by=customer)
    filing.submit(claim, by=customer)
    assert now(claim) == "awaiting_shipment"
    desk.receives(desk.ships(claim))
    eve = Customer.objects.create(name="Eve")
    RegisteredProduct.objects.create(product=desk.shop.product, customer=eve, serial="HERS")
    with pytest.raises(Refused, match="someone else"):
        repairing.start_diagnosis(claim, by=desk.technician, serial="HERS")
    repairing.start_diagnosis(claim, by=desk.technician, serial="SN-7")
    assert claim.lines.get().registered == RegisteredProduct.objects.get(serial="SN-7", customer=customer)


def test_another_unit_than_the_one_claimed_is_noticed(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.receives(desk.ships(complains(desk, unit_of(desk))))
    with pytest.raises(Refused, match="not the unit"):
        repairing.start_diagnosis(claim, by=desk.technician, serial="SN-OTHER")


def test_a_refused_unit_is_never_kept(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = on_the_bench(desk, unit_of(desk))
    for verb in (reviewing.withdraw, goods.inspect):
        with pytest.raises(Refused):
            verb(claim, by=desk.warehouse)
    with pytest.raises(Refused):
        reviewing.withdraw(claim, by=desk.shop.customer)
    assert parcels.replacement_of(claim) is None
