"""A colleague enters a warranty claim by a serial number: for a unit that is registered, with or without an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import begin
from kefu.claims import filing
from kefu.claims.asked import AskedLine
from kefu.claims.models import Claim
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.conversations.models import Conversation, Inbox
from kefu.orders.models import RegisteredProduct
from kefu.people.models import Customer, Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db
WITHOUT_PHOTOS = replace(
    BY_HAND,
    reasons=tuple(replace(one, evidence=()) if one.code == "fault" else one for one in BY_HAND.reasons),
)
FAULT = {"reason": "fault", "words": "It hums"}


@pytest.fixture(autouse=True)
def _policy(desk: Desk) -> None:
    publish(desk.shop, WITHOUT_PHOTOS)


@pytest.fixture
def talk(desk: Desk, inbox: Inbox) -> Conversation:
    return begin(desk.shop.customer, inbox)


@pytest.fixture
def unit(desk: Desk, talk: Conversation) -> RegisteredProduct:
    """Bought three months ago, nobody knows where, by somebody whom the desk talks with."""
    return registered(desk)


def registered(desk: Desk, serial: str = "SN-1", **fields: Any) -> RegisteredProduct:
    bought = timezone.now().date() - timedelta(days=90)
    given = {"customer": desk.shop.customer, "purchased_at": bought, "proof": "invoice", **fields}
    return RegisteredProduct.objects.create(product=desk.shop.product, serial=serial, **given)


def address(**about: Any) -> str:
    return f"{reverse('new-claim')}?{urlencode(about)}"


def ask(staff: Staff, unit: RegisteredProduct, *, to: Any = None, **given: Any) -> Any:
    return signed_in(staff).post(address(unit=unit.pk, **(to or {})), given)


def enter(staff: Staff, unit: RegisteredProduct, *, to: Any = None, **given: Any) -> Any:
    seen = ask(staff, unit, to=to, **given).context["digest"]
    return ask(staff, unit, to=to, seen=seen, **given)


def look_up(staff: Staff, serial: str, **to: Any) -> Any:
    return signed_in(staff).post(f"{reverse('new-claim-serial')}?{urlencode(to)}", {"serial": serial})


def register(staff: Staff, *, to: Any, **given: Any) -> Any:
    said = {"serial": "SN-7", "model": "lamp-1", "purchased_at": "2026-01-05", **given}
    return signed_in(staff).post(f"{reverse('new-claim-unit')}?{urlencode(to)}", said)


# -- looked at, then entered


def test_looking_says_whether_it_is_covered_and_creates_nothing(desk: Desk, unit: RegisteredProduct) -> None:
    shown = ask(desk.agent, unit, **FAULT)
    assert "It is covered until" in shown.content.decode()
    assert shown.context["seen"].outcome == "eligible"
    assert not Claim.objects.exists()


def test_what_was_looked_at_is_entered_without_an_order(
    desk: Desk, unit: RegisteredProduct, talk: Conversation
) -> None:
    answer = enter(desk.agent, unit, to={"conversation": talk.pk}, **FAULT)
    claim = Claim.objects.get()
    line = claim.lines.get()
    assert answer["Location"] == reverse("claim", args=[claim.pk])
    assert (claim.order, claim.conversation, claim.customer) == (None, talk, unit.customer)
    assert (claim.entered_by, claim.channel, claim.currency) == (desk.agent, "desk", "CNY")
    assert (claim.status, line.registered, line.reason_text) == ("awaiting_shipment", unit, "It hums")


def test_a_unit_that_was_bought_here_is_judged_and_entered_within_its_order(desk: Desk) -> None:
    order = desk.order(days_ago=60)
    bought = registered(desk, order_line=order.lines.get(), purchased_at=None, proof="order")
    assert "It is covered until" in ask(desk.agent, bought, **FAULT).content.decode()
    enter(desk.agent, bought, **FAULT)
    assert Claim.objects.get().order == order


def test_needed_evidence_comes_with_it_or_nothing_is_entered(
    desk: Desk, unit: RegisteredProduct, photo: bytes
) -> None:
    publish(desk.shop, BY_HAND)
    refused = enter(desk.agent, unit, **FAULT)
    assert (refused.status_code, Claim.objects.count()) == (409, 0)
    shot = SimpleUploadedFile("lamp.jpg", photo, "image/jpeg")
    seen = ask(desk.agent, unit, **FAULT).context["digest"]
    ask(desk.agent, unit, **FAULT, **{"seen": seen, "evidence-photo": shot})
    assert Claim.objects.get().evidence.get().kind == "photo"


def test_out_of_warranty_is_told_before_and_entered_nevertheless(desk: Desk, talk: Conversation) -> None:
    old = registered(desk, purchased_at=timezone.now().date() - timedelta(days=4_000))
    assert "The warranty ended on" in ask(desk.agent, old, **FAULT).content.decode()
    enter(desk.agent, old, **FAULT)
    assert Claim.objects.get().status == "out_of_warranty"


# -- one claim for a unit


def test_entered_twice_the_second_finds_the_first(desk: Desk, unit: RegisteredProduct) -> None:
    seen = ask(desk.agent, unit, **FAULT).context["digest"]
    answers = [ask(desk.agent, unit, **FAULT, seen=seen) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 409]
    claim = Claim.objects.get()
    assert f"A claim for this unit is open already: {claim}." in answers[1].content.decode()


def test_an_ended_claim_or_a_draft_stands_in_nobodys_way(desk: Desk, unit: RegisteredProduct) -> None:
    enter(desk.agent, unit, **FAULT)
    Claim.objects.update(status="completed")
    line = AskedLine(registered=unit, reason="fault", wanted="repair")
    filing.draft(desk.shop.asks(None, "warranty", lines=[line]), by=unit.customer)
    assert enter(desk.agent, unit, **FAULT).status_code == 302


# -- found by its number


def test_a_number_as_it_is_typed_leads_to_its_unit(
    desk: Desk, unit: RegisteredProduct, talk: Conversation
) -> None:
    found = look_up(desk.agent, " sn-1 ", conversation=talk.pk)
    assert found["Location"] == address(unit=unit.pk, conversation=talk.pk)


def test_a_number_that_two_products_have_asks_whose_it_is(desk: Desk, unit: RegisteredProduct) -> None:
    other = desk.shop.sells("CUP-2")
    RegisteredProduct.objects.create(product=other, serial="SN-1", customer=unit.customer)
    shown = look_up(desk.agent, "SN-1").content.decode()
    assert f"unit={unit.pk}" in shown and "CUP-2" in shown


def test_a_number_that_only_an_order_knows_leads_to_its_item(desk: Desk) -> None:
    order = desk.order(lines=[desk.shop.line(serials=["SN-9"])])
    found = look_up(desk.agent, "SN-9")
    assert found["Location"] == address(order=order.pk, kind="warranty", line=order.lines.get().pk)


def test_a_number_that_nobody_knows_is_registered_for_whom_one_talks_with(
    desk: Desk, talk: Conversation
) -> None:
    assert "Nobody has registered this number yet" in look_up(desk.agent, "SN-7").content.decode()
    assert look_up(desk.agent, "SN-7").context["registration"] is None
    shown = look_up(desk.agent, "SN-7", conversation=talk.pk)
    assert shown.context["registration"].initial == {"serial": "SN-7"}
    answers = [register(desk.agent, to={"conversation": talk.pk})["Location"] for _ in range(2)]
    unit = RegisteredProduct.objects.get()
    assert answers == [address(unit=unit.pk, conversation=talk.pk)] * 2
    assert (unit.customer, unit.serial, unit.proof) == (talk.customer, "SN-7", "stated")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"model": "nothing"}, "no model of that number or name"),
        ({"serial": " "}, "This field is required"),
        ({"purchased_at": "2999-01-01"}, "is in the future"),
        ({"purchased_at": "²"}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_registered_is_said(
    desk: Desk, talk: Conversation, given: dict[str, str], sentence: str
) -> None:
    answer = register(desk.agent, to={"conversation": talk.pk}, **given)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not RegisteredProduct.objects.exists()


def test_what_is_somebody_elses_is_not_registered_again(
    desk: Desk, inbox: Inbox, unit: RegisteredProduct
) -> None:
    another = begin(Customer.objects.create(name="Another"), inbox)
    answer = register(desk.agent, to={"conversation": another.pk}, serial="SN-1")
    assert "registered to someone else" in answer.content.decode()
    beside = signed_in(desk.agent).get(address(unit=unit.pk, conversation=another.pk))
    assert "registered to another customer" in beside.content.decode()


# -- the ways there, and who may go


def test_ways_there_stand_beside_the_conversation_and_above_the_list(
    desk: Desk, unit: RegisteredProduct, talk: Conversation
) -> None:
    browser = signed_in(desk.agent)
    beside = browser.get(reverse("conversation", args=[talk.pk])).content.decode()
    for about in ({"unit": unit.pk, "conversation": talk.pk}, {"conversation": talk.pk}):
        assert address(**about).replace("&", "&amp;") in beside
    assert f"unit={unit.pk}" in browser.get(address(conversation=talk.pk)).content.decode()
    listed = reverse("claims")
    assert reverse("new-claim") in browser.get(listed).content.decode()
    assert reverse("new-claim") not in signed_in(desk.finance).get(listed).content.decode()


def test_strangers_find_nothing_and_others_may_not(
    desk: Desk, unit: RegisteredProduct, talk: Conversation, charlie: Staff
) -> None:
    doors = [("new-claim-serial", {"serial": "SN-1"}), ("new-claim-unit", {"serial": "X", "model": "LAMP-1"})]
    for door, given in doors:
        there = f"{reverse(door)}?conversation={talk.pk}"
        assert Client().post(there, given).status_code == 302
        assert signed_in(desk.warehouse).post(there, given).status_code == 403
        assert signed_in(desk.agent).get(there).status_code == 405
    assert signed_in(desk.finance).get(address(unit=unit.pk)).status_code == 403
    assert signed_in(charlie).get(address(unit=unit.pk)).status_code == 404
    assert ask(charlie, unit, **FAULT).status_code == 404
    assert "Nobody has registered this number yet" in look_up(charlie, "SN-1").content.decode()
    assert register(charlie, to={"conversation": talk.pk}).status_code == 404
    assert not Claim.objects.exists() and RegisteredProduct.objects.count() == 1


def test_odd_input_is_answered_with_the_form(desk: Desk, unit: RegisteredProduct) -> None:
    browser = signed_in(desk.agent)
    assert ask(desk.agent, unit, reason="").context["impossible"]
    for odd in ({"reason": "none"}, {"words": "x" * 2_001}):
        assert ask(desk.agent, unit, **odd).context["seen"] is None, odd
    assert look_up(desk.agent, "").status_code == 422
    assert look_up(desk.agent, "x" * 81).status_code == 422
    assert look_up(desk.agent, "SN-1", conversation="²").status_code == 302
    assert register(desk.agent, to={"conversation": "x"}).status_code == 404
    assert browser.get(address(unit="x")).status_code == 404
    assert browser.get(reverse("new-claim")).status_code == 200


def test_no_policy_leaves_it_to_a_person(desk: Desk, unit: RegisteredProduct) -> None:
    desk.shop.brand.policies.all().delete()
    assert "No policy is published for this yet" in ask(desk.agent, unit, reason="").content.decode()
    enter(desk.agent, unit, reason="")
    assert Claim.objects.get().status == "under_review"
