"""A1 A2 A7 A9 C8 G7: of a claim its customer reads what was said to them, as text, on every page, in every letter and
through every program that speaks for them; and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from kefu.claims import evidencing, goods, reviewing, sending
from kefu.claims import finance as money
from kefu.claims.goods import Counted, Finding
from kefu.claims.models import Claim, Refund, ReturnCentre
from kefu.claims.tests.conftest import desk as desk
from kefu.claims.tests.conftest import finance as finance
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.conftest import technician as technician
from kefu.claims.tests.conftest import warehouse as warehouse
from kefu.claims.tests.desk import BY_HAND, Desk, publish, refund_of, uploaded
from kefu.conversations.models import File
from kefu.events import log
from kefu.events.models import Delivery
from kefu.orders.models import Order, OrderLine
from kefu.people import customer_tokens
from kefu.people.models import Brand, Staff, StaffToken
from kefu.portal import letters
from kefu.portal.tests.test_claims_of_a_customer import browser
from tests.calling import EVERYTHING, Caller, token_of
from tests.payloads import payloads

pytestmark = pytest.mark.django_db
CANARY = "canary-7Q"


def paid_back(desk: Desk) -> Claim:
    """A return, inspected by people with notes of their own and paid by hand after a first try that failed."""
    publish(desk.shop, BY_HAND)
    claim = desk.files(reached(desk.order()))
    reviewing.approve(claim, by=desk.supervisor)
    desk.ships(claim)
    line = claim.lines.get()
    goods.receive(claim, {line.pk: Counted(1)}, by=desk.warehouse)
    goods.inspect(claim, by=desk.warehouse)
    found = Finding(1, note=f"{CANARY} a difficult customer", diagnosis=CANARY, disposition="scrap")
    goods.find(claim, line.pk, found, by=desk.warehouse)
    goods.conclude(claim, by=desk.warehouse)
    sending.send(refund_of(claim).pk)
    money.not_paid_by_hand(refund_of(claim), by=desk.finance)
    money.retry(refund_of(claim), by=desk.finance)
    Refund.objects.update(
        failure_code=f"{CANARY}-code", provider_refund_id=f"{CANARY}-id", bank_reference=f"{CANARY}-ref"
    )
    return Claim.objects.get(pk=claim.pk)


def reached(order: Order) -> Order:
    order.reach_by(email="lin@example.test", phone="")
    order.save()
    return order


def pages(mine: Client, claim: Claim) -> dict[str, str]:
    addresses = [
        "/my/",
        f"/my/orders/{claim.order_id}",
        f"/my/claims/{claim.pk}",
        f"/my/claims/{claim.pk}/slip",
    ]
    addresses += [f"/my/orders/{claim.order_id}/claims/{kind}" for kind in ("return", "exchange", "warranty")]
    told = {address: mine.get(address) for address in addresses}
    return {address: answer.content.decode() for address, answer in told.items()}


def letters_about(claim: Claim, part: str = "") -> dict[str, str]:
    """All that they say, or one part of it."""
    letters.write(log.about(claim.pk))
    assert Delivery.objects.exists()
    said = {f"letter {mail.pk}": str(mail.content) for mail in Delivery.objects.all()}
    return {where: json.loads(text)[part] for where, text in said.items()} if part else said


def by_program(claim: Claim, admin: Staff) -> dict[str, str]:
    token_of(admin, EVERYTHING)
    through = StaffToken.objects.get(staff=admin)
    theirs = Caller(customer_tokens.issue(claim.customer, through=through)[1])
    asked = (f"/claims/{claim.pk}", "/claims", f"/orders/{claim.order_id}")
    return {path: theirs.get(path).content.decode() for path in asked}


def test_notes_codes_and_names_of_staff_stay_inside(desk: Desk, admin: Staff) -> None:
    people = (desk.agent, desk.supervisor, desk.warehouse, desk.finance)
    Staff.objects.filter(pk__in=[one.pk for one in people]).update(name=f"{CANARY}-name")
    claim = paid_back(desk)
    ids = {str(one.pk) for one in people} | {one.email for one in people} | {refund_of(claim).request_no}
    seen = {
        **pages(browser(claim.customer), claim),
        **letters_about(claim),
        **by_program(claim, admin),
    }
    assert len(seen) > 10
    for where, text in seen.items():
        assert text, where
        for secret in {CANARY, "requested_by", "entered_by", "agent_limit", "four_eyes"} | ids:
            assert secret not in text, (where, secret)


@pytest.mark.parametrize("words", [one for one in payloads(10) if "<" in one])
def test_whatever_people_write_about_a_claim_is_shown_as_text(desk: Desk, words: str) -> None:
    publish(desk.shop, BY_HAND)
    shop = desk.shop
    claim = desk.files(reached(desk.order()))
    evidencing.hand_in(claim, uploaded(shop.customer), "photo", by=shop.customer)
    File.objects.update(name=f"{words[:80]}.jpg")
    reviewing.approve(claim, by=desk.supervisor)
    goods.mark_shipped(claim, by=shop.customer, carrier=words[:40], tracking_no=words[:80])
    Brand.objects.update(name=words[:60])
    OrderLine.objects.update(name=words[:200], options={words[:20]: words[:80]})
    claim.lines.update(reason_text=words, deduction_minor=1, deduction_reason=words[:200])
    Claim.objects.update(said_why=words)
    claim.steps.update(reason=words)
    ReturnCentre.objects.create(
        brand=shop.brand, recipient=words[:80], address=words, phone="1", packing=words
    )
    claim = Claim.objects.get()
    seen = {**pages(browser(shop.customer), claim), **letters_about(claim, "html")}
    assert any(escape(words[:30]) in text for text in seen.values())
    for where, text in seen.items():
        assert words not in text, where


def test_whoever_has_neither_signed_in_nor_named_a_fact_sees_nothing_of_it(desk: Desk) -> None:
    claim = paid_back(desk)
    stranger = browser()
    for address in (f"/my/claims/{claim.pk}", f"/my/claims/{claim.pk}/slip", f"/my/orders/{claim.order_id}"):
        answer: Any = stranger.get(address)
        assert answer.status_code in (302, 404)
        assert CANARY not in answer.content.decode()
