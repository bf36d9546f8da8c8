"""A replacement that went ahead while the goods never came: what is owed for it, paid or waived, after the claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from kefu.claims import exchanging, goods, lapsing, parcels, reviewing, telling
from kefu.claims.models import Adjustment, Claim, ClaimShipment
from kefu.claims.refusals import NotTheirs
from kefu.claims.tests.desk import Desk, back_then, now, publish
from kefu.claims.tests.test_exchanges import TERMS, asked_for
from kefu.events import log
from kefu.orders.models import Payment
from kefu.people import customer_tokens
from kefu.people.models import Customer, Refused, Staff, StaffToken
from kefu.people.testing import signed_in
from tests.calling import EVERYTHING, Caller, calling, problem_of, token_of

pytestmark = pytest.mark.django_db
REPLACEMENT = ClaimShipment.Why.REPLACEMENT


def sent_ahead(desk: Desk, price: int = 10_000) -> Claim:
    """Approved, and the warehouse has handed the replacement to the carrier."""
    publish(desk.shop, replace(TERMS, exchange=replace(TERMS.exchange, advance=True)))
    claim = asked_for(desk, price)
    parcels.send(claim, REPLACEMENT, by=desk.warehouse, carrier="sf", tracking_no="SF9")
    return claim


def kept(desk: Desk, price: int = 10_000) -> Claim:
    """Nothing came back in time."""
    claim = sent_ahead(desk, price)
    back_then(claim, answer_by=timezone.now() - timedelta(minutes=1))
    lapsing.look(timezone.now())
    claim.refresh_from_db()
    return claim


def kinds(claim: Claim) -> list[str]:
    return [entry.kind for entry in log.about(claim.pk)]


def take(staff: Staff, claim: Claim, noun: str, **given: Any) -> Any:
    claim.refresh_from_db()
    form = {"version": claim.version} | given
    return signed_in(staff).post(reverse(f"claim-advance-{noun}", args=[claim.pk]), form)


def page(staff: Staff, claim: Claim) -> str:
    return signed_in(staff).get(reverse("claim", args=[claim.pk])).content.decode()


# -- owed


@pytest.mark.parametrize("price", [10_000, 7_501])
def test_whoever_keeps_both_owes_what_the_replacement_costs(desk: Desk, price: int) -> None:
    """Of a cheaper one no more than its price: for what they keep they have paid."""
    claim = kept(desk, price)
    assert now(claim) == "expired"
    assert Adjustment.objects.get(claim=claim).amount_minor == -price
    assert "claim.advance_not_returned" in kinds(claim)


def test_whoever_withdraws_with_the_replacement_on_its_way_owes_it_too(desk: Desk) -> None:
    claim = sent_ahead(desk)
    reviewing.withdraw(claim, by=desk.shop.customer)
    assert now(claim) == "withdrawn"
    assert Adjustment.objects.get(claim=claim).amount_minor == -10_000


def test_whoever_withdraws_before_it_has_left_owes_nothing_and_it_stays(desk: Desk) -> None:
    publish(desk.shop, replace(TERMS, exchange=replace(TERMS.exchange, advance=True)))
    claim = asked_for(desk, 10_000)
    reviewing.withdraw(claim, by=desk.shop.customer)
    assert not claim.adjustments.exists()
    assert claim.shipments.get(why=REPLACEMENT).shipment.status == "cancelled"


def test_it_is_owed_too_where_the_goods_were_sent_and_never_arrived(desk: Desk) -> None:
    claim = desk.ships(sent_ahead(desk))
    goods.give_up(claim, by=desk.supervisor, words="Nothing came in sixty days.")
    assert now(claim) == "closed"
    assert Adjustment.objects.get(claim=claim).amount_minor == -10_000
    exchanging.waive_advance(claim, by=desk.supervisor, words="The carrier lost it and has said so.")
    assert claim.adjustments.get().state == "waived"


# -- paid


def test_finance_records_what_was_paid_to_the_cent_and_the_claim_stays_ended(desk: Desk) -> None:
    claim = kept(desk, 7_501)
    version, steps_taken = claim.version, claim.steps_taken
    exchanging.advance_paid(claim, by=desk.finance, reference=" B-77 ")
    owed, payment = claim.adjustments.get(), Payment.objects.get(order=claim.order, captured_minor=7_501)
    assert (owed.state, owed.reference, owed.settled_by) == ("paid", "B-77", desk.finance)
    assert (payment.currency, payment.method) == ("CNY", owed.method)
    assert (now(claim), claim.version, claim.steps_taken) == ("expired", version + 1, steps_taken)
    told = [entry for entry in log.about(claim.pk) if entry.kind == "claim.advance_paid"]
    assert [(one.actor_id, one.data["amount"]) for one in told] == [(desk.finance.pk, 7_501)]


def test_it_is_paid_once(desk: Desk) -> None:
    claim = kept(desk)
    with pytest.raises(Refused, match="payment reference"):
        exchanging.advance_paid(claim, by=desk.finance, reference=" ")
    exchanging.advance_paid(claim, by=desk.finance, reference="B-1")
    with pytest.raises(Refused, match="owes nothing"):
        exchanging.advance_paid(claim, by=desk.finance, reference="B-2")
    with pytest.raises(Refused, match="owes nothing"):
        exchanging.waive_advance(claim, by=desk.supervisor, words="Kind")
    assert claim.adjustments.get().reference == "B-1"
    assert Payment.objects.filter(order=claim.order).count() == 2


def test_nobody_but_finance_says_that_it_was_paid_nor_but_a_supervisor_that_it_need_not(
    desk: Desk, charlie: Staff
) -> None:
    claim = kept(desk)
    others = (desk.agent, desk.supervisor, desk.warehouse, desk.technician, charlie, desk.shop.customer)
    for who in others:
        with pytest.raises(NotTheirs):
            exchanging.advance_paid(claim, by=who, reference="B-1")  # type: ignore[arg-type]
    for who in (desk.agent, desk.finance, desk.warehouse, charlie, desk.shop.customer):
        with pytest.raises(NotTheirs):
            exchanging.waive_advance(claim, by=who, words="Kind")  # type: ignore[arg-type]
    assert claim.adjustments.get().state == "open"


def test_a_claim_that_owes_nothing_takes_no_payment(desk: Desk) -> None:
    claim = sent_ahead(desk)
    with pytest.raises(Refused, match="owes nothing"):
        exchanging.advance_paid(claim, by=desk.finance, reference="B-1")


# -- waived


def test_a_supervisor_waives_it_and_says_why(desk: Desk) -> None:
    claim = kept(desk)
    with pytest.raises(Refused, match="give a reason"):
        exchanging.waive_advance(claim, by=desk.supervisor, words=" ")
    exchanging.waive_advance(claim, by=desk.supervisor, words="It came a day late.")
    owed = claim.adjustments.get()
    assert (owed.state, owed.waived_why, owed.settled_by) == (
        "waived",
        "It came a day late.",
        desk.supervisor,
    )
    assert Payment.objects.filter(order=claim.order).count() == 1
    assert "claim.advance_waived" in kinds(claim)
    told = str([telling.entries(claim), telling.next_words(claim)])
    assert "Need not be paid" in told and "do not have to pay" in told
    assert "a day late" not in told


# -- at the desk


def test_each_sees_on_the_ended_claim_what_is_theirs_to_do(desk: Desk, auditor: Staff) -> None:
    claim = kept(desk)
    payment, waiver = (reverse(f"claim-advance-{noun}", args=[claim.pk]) for noun in ("payment", "waiver"))
    for staff, pays, waives in (
        (desk.finance, True, False),
        (desk.supervisor, False, True),
        (desk.agent, False, False),
        (auditor, False, False),
    ):
        shown = page(staff, claim)
        assert (payment in shown, waiver in shown) == (pays, waives), staff
        assert "goods not returned" in shown and "-CN¥100.00" in shown


def test_it_is_recorded_at_the_claims_page_and_stands_in_its_history(desk: Desk, charlie: Staff) -> None:
    claim = kept(desk)
    assert take(desk.finance, claim, "payment", reference="").status_code == 422
    assert take(desk.agent, claim, "payment", reference="B-1").status_code == 403
    assert take(charlie, claim, "payment", reference="B-1").status_code in {403, 404}
    assert take(desk.finance, claim, "payment", reference="B-1", version=1).status_code == 409
    assert claim.adjustments.get().state == "open"
    assert take(desk.finance, claim, "payment", reference="B-1").status_code == 302
    assert take(desk.finance, claim, "payment", reference="B-2").status_code == 409
    shown = page(desk.agent, claim)
    assert "Payment received" in shown and "B-1" in shown and desk.finance.name in shown
    assert reverse("claim-advance-payment", args=[claim.pk]) not in page(desk.finance, claim)


def test_it_is_waived_at_the_claims_page(desk: Desk) -> None:
    claim = kept(desk)
    assert take(desk.finance, claim, "waiver", words="Kind").status_code == 403
    assert take(desk.supervisor, claim, "waiver", words="").status_code == 422
    assert take(desk.supervisor, claim, "waiver", words="It came late.").status_code == 302
    shown = page(desk.agent, claim)
    assert "Need not be paid" in shown and "It came late." in shown and "Waived" in shown


# -- for programs


def test_programs_of_finance_record_it_once_however_often_they_send_it(desk: Desk) -> None:
    claim = kept(desk)
    api, door, said = calling(desk.finance), f"/claims/{claim.pk}/advance-payment", {"reference": "B-1"}
    assert problem_of(api.post(door, {"reference": ""}))["status"] == 422
    assert problem_of(api.post(door, said, If_Match='"1"'))["status"] == 412
    first = api.post(door, said, Idempotency_Key="a-key-of-ours-1")
    again = api.post(door, said, Idempotency_Key="a-key-of-ours-1")
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    (shown,) = first.json()["adjustments"]
    assert (shown["why"], shown["amount_minor"], shown["state"]) == ("advance", -10_000, "paid")
    assert first.json()["status"] == "expired"
    assert problem_of(api.post(door, said))["status"] == 409
    assert Payment.objects.filter(order=claim.order).count() == 2


def test_programs_of_others_are_refused(desk: Desk, admin: Staff, charlie: Staff) -> None:
    claim = kept(desk)
    doors = {"advance-payment": {"reference": "B-1"}, "advance-waiver": {"words": "Kind"}}
    token_of(admin, EVERYTHING)
    speaker = StaffToken.objects.get(staff=admin)
    lin = Caller(customer_tokens.issue(desk.shop.customer, through=speaker)[1])
    eve = Caller(customer_tokens.issue(Customer.objects.create(name="Eve"), through=speaker)[1])
    for door, body in doors.items():
        path = f"/claims/{claim.pk}/{door}"
        assert problem_of(calling(desk.agent).post(path, body))["status"] == 403
        assert problem_of(calling(charlie).post(path, body))["status"] in {403, 404}
        assert {problem_of(one.post(path, body))["status"] for one in (lin, eve)} == {401}
    assert claim.adjustments.get().state == "open"
    waived = calling(desk.supervisor).post(f"/claims/{claim.pk}/advance-waiver", {"words": "Very kind"})
    assert waived.json()["adjustments"][0]["state"] == "waived"
    theirs = lin.get(f"/claims/{claim.pk}")
    assert theirs.json()["adjustments"][0]["amount_minor"] == -10_000
    assert "Very kind" not in theirs.content.decode()
    assert eve.get(f"/claims/{claim.pk}").status_code == 404
