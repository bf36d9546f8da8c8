"""Whole ways through the desk's pages: every form leads to its verb with what was written in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from kefu.claims import goods, repairing
from kefu.claims.models import Adjustment, Claim, ClaimShipment
from kefu.claims.presets import CN_LAW
from kefu.claims.tests.desk import BY_HAND, Desk, now, publish
from kefu.claims.tests.test_exchanges import TERMS, asked_for
from kefu.claims.tests.test_repairs import complains, on_the_bench, unit_of
from kefu.people.models import Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db
PARCEL = {"carrier": "sf", "tracking_no": "SF-77"}


def takes(staff: Staff, claim: Claim, noun: str, **given: Any) -> str:
    """What the claim is at after the form of the page has been sent."""
    claim.refresh_from_db()
    browser = signed_in(staff)
    address = reverse(f"claim-{noun}", args=[claim.pk])
    assert address in browser.get(reverse("claim", args=[claim.pk])).content.decode(), noun
    answer = browser.post(address, {"version": claim.version, **given})
    assert answer.status_code == 302, answer.content.decode()[-4000:]
    return now(claim)


def test_a_covered_unit_is_diagnosed_repaired_tested_and_sent_back(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.receives(desk.ships(complains(desk, unit_of(desk))))
    assert takes(desk.technician, claim, "diagnosis-begin", serial="SN-1") == "diagnosing"
    found = {"defect": "yes", "finding": "The driver is dead", "code": "E1"}
    assert takes(desk.technician, claim, "diagnosis", **found) == "defect_confirmed"
    assert takes(desk.technician, claim, "repair", parts="driver\n\n screw ") == "repairing"
    assert takes(desk.technician, claim, "test", result="Burned for an hour") == "testing"
    assert takes(desk.technician, claim, "sending-back", **PARCEL) == "shipping_back"
    assert takes(desk.warehouse, claim, "arrival") == "completed"
    done = claim.repair
    assert (done.parts, done.test_result, done.diagnosis) == (["driver", "screw"], "Burned for an hour", "E1")


def test_a_quote_is_made_accepted_paid_and_worked_off(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.order(days_ago=30)
    claim = on_the_bench(desk, unit_of(desk, order_line=order.lines.get()))
    assert takes(desk.technician, claim, "quote", amount="45.50", finding="It was dropped") == "quote_sent"
    repairing.accept_quote(claim, by=desk.shop.customer)
    assert takes(desk.finance, claim, "repair-payment", reference="B-1") == "quote_accepted"
    assert claim.adjustments.get().reference == "B-1"
    assert takes(desk.technician, claim, "repair") == "repairing"


def test_another_unit_goes_out_under_its_own_serial_number(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = on_the_bench(desk, unit_of(desk))
    repairing.diagnose(claim, by=desk.technician, defect=True, finding="Dead")
    assert takes(desk.supervisor, claim, "new-unit", words="Not worth a repair") == "replacing"
    assert takes(desk.warehouse, claim, "sending-back", new_serial="SN-2", **PARCEL) == "shipping_back"


def test_a_cover_that_is_not_plain_is_decided_by_a_person(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    unit = unit_of(desk, purchased_at=None)
    claim = complains(desk, unit)
    assert now(claim) == "awaiting_customer"
    assert takes(desk.agent, claim, "answer", words="Bought in May, see the invoice") == "under_review"
    assert (
        takes(desk.agent, claim, "cover", answer="out_of_warranty", words="Over since June")
        == "out_of_warranty"
    )
    assert takes(desk.agent, claim, "request-for-goods") == "awaiting_shipment"
    assert takes(desk.agent, claim, "parcel", **PARCEL) == "in_transit"
    assert takes(desk.supervisor, claim, "loss", words="It never came") == "closed"


def test_a_dearer_exchange_is_paid_sent_delivered_and_completed(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = desk.takes_in(asked_for(desk, 12_000))
    assert takes(desk.finance, claim, "difference", reference="B-2") == "replacing"
    assert Adjustment.objects.get(claim=claim).reference == "B-2"
    assert takes(desk.warehouse, claim, "dispatch", **PARCEL) == "replacing"
    assert claim.shipments.get(why=ClaimShipment.Why.REPLACEMENT).shipment.tracking_no == "SF-77"
    assert takes(desk.warehouse, claim, "delivery") == "delivered"
    assert takes(desk.agent, claim, "completion") == "completed"


def test_an_item_that_cannot_be_had_any_more_becomes_money(desk: Desk) -> None:
    publish(desk.shop, TERMS)
    claim = desk.takes_in(asked_for(desk, 12_000))
    assert takes(desk.supervisor, claim, "money-instead", words="Sold out") == "refunding"


def test_what_was_not_accepted_is_disputed_confirmed_and_goes_back(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    takes(desk.agent, claim, "approval")
    desk.finds(desk.receives(desk.ships(claim)), accepted=0, checklist={"undamaged": False})
    goods.dispute(claim, by=desk.shop.customer, words="It came like this")
    assert (
        takes(desk.supervisor, claim, "confirmation", words="The photo shows it")
        == "awaiting_customer_decision"
    )
    assert takes(desk.agent, claim, "way-back") == "returned_to_customer"
    assert takes(desk.warehouse, claim, "return-parcel", **PARCEL) == "returned_to_customer"
    assert takes(desk.warehouse, claim, "closing") == "closed"


def test_a_customer_who_is_right_is_upheld_and_paid(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    takes(desk.agent, claim, "approval")
    desk.finds(desk.receives(desk.ships(claim)), accepted=0, checklist={"undamaged": False})
    goods.dispute(claim, by=desk.shop.customer, words="It came like this")
    assert takes(desk.supervisor, claim, "upholding", words="You are right") == "refunding"


def test_a_deduction_is_released_by_finance(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    claim = desk.files(desk.order())
    takes(desk.agent, claim, "approval")
    desk.finds(
        desk.receives(desk.ships(claim)),
        checklist={"undamaged": False},
        deduction_minor=1_000,
        deduction_reason="Scratched",
    )
    assert now(claim) == "partially_accepted"
    assert takes(desk.finance, claim, "release") == "refunding"
    assert claim.refunds.get().amount_minor == 9_000


def test_a_customer_who_changes_their_mind_is_withdrawn_for(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)
    assert takes(desk.agent, desk.files(desk.order()), "withdrawal") == "withdrawn"


def test_a_quote_for_a_unit_without_an_order_can_be_read(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = on_the_bench(desk, unit_of(desk))
    assert takes(desk.technician, claim, "quote", amount="45.50", finding="It was dropped") == "quote_sent"
    assert "45.50" in signed_in(desk.agent).get(reverse("claim", args=[claim.pk])).content.decode()
