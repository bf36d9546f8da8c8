"""A customer asks for their money back on the web: preview first, then the steps that are theirs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from PIL import Image

from kefu.claims import filing, reviewing
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, Policy, ReturnCentre
from kefu.claims.models.claims import Destination
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.desk import BY_HAND, publish
from kefu.claims.tests.shop import Shop
from kefu.conversations import flows
from kefu.conversations.models import File, Inbox
from kefu.orders.models import Order, PaymentMethod
from kefu.people import customer_sessions
from kefu.people.models import Customer, Refused, Staff
from kefu.portal import claims

pytestmark = pytest.mark.django_db


def browser(customer: Customer | None = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if customer is not None:
        response = HttpResponse()
        customer_sessions.begin(customer, response)
        client.cookies["kefu-me"] = response.cookies["kefu-me"].value
    return client


@pytest.fixture
def order(shop: Shop) -> Order:
    publish(shop, BY_HAND)
    order = shop.order()
    shop.delivered(order, timezone.now() - timedelta(days=2))
    return order


@pytest.fixture
def mine(lin: Customer) -> Client:
    return browser(lin)


def applied(client: Client, order: Order, **said: str) -> Claim:
    given = {"take_0": "on", "qty_0": "1", "reason_0": "changed_mind", "condition_unused": "on"}
    given |= {"condition_accessories": "on", "condition_tags": "on", "destination": "original"}
    answer = client.post(f"/my/orders/{order.pk}/claims/return", given | said)
    assert answer.status_code == 302, answer.content.decode()
    return Claim.objects.get(pk=answer["Location"].rsplit("/", 1)[1])


def page(client: Client, claim: Claim) -> str:
    answer = client.get(f"/my/claims/{claim.pk}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_comes_of_it_is_shown_before_anything_is_handed_in(mine: Client, order: Order) -> None:
    claim = applied(mine, order)
    shown = page(mine, claim)
    assert claim.status == Status.DRAFT
    assert "Back to you" in shown
    assert "¥100.00" in shown
    assert "You can apply until" in shown
    assert "You pay for sending it back." in shown


def test_from_the_application_to_the_parcel(
    mine: Client, order: Order, supervisor: Staff, shop: Shop
) -> None:
    ReturnCentre(brand=shop.brand, recipient="Returns", address="1 Dock Road", phone="021").keep(
        by=supervisor
    )
    claim = applied(mine, order)
    assert mine.post(f"/my/claims/{claim.pk}/submission").status_code == 302
    claim.refresh_from_db()
    assert claim.status == Status.UNDER_REVIEW
    reviewing.approve(claim, by=supervisor)
    assert "1 Dock Road" in page(mine, claim)
    slip = mine.get(f"/my/claims/{claim.pk}/slip").content.decode()
    assert claim.public_number in slip
    assert "<path d=" in slip
    mine.post(f"/my/claims/{claim.pk}/shipment", {"carrier": "SF", "tracking_no": "SF123"})
    claim.refresh_from_db()
    assert claim.status == Status.IN_TRANSIT
    assert "SF123" in page(mine, claim)


def test_a_draft_is_changed_and_shows_what_it_says(mine: Client, order: Order) -> None:
    claim = applied(mine, order, words_0="Too bright")
    assert "Too bright" in mine.get(f"/my/claims/{claim.pk}/change").content.decode()
    said = {"take_0": "on", "qty_0": "1", "reason_0": "changed_mind", "words_0": "Too dim"}
    mine.post(f"/my/claims/{claim.pk}/change", said | {"destination": "original"})
    assert [line.reason_text for line in claim.lines.all()] == ["Too dim"]


def test_handing_in_twice_has_one_effect_and_a_sentence(mine: Client, order: Order) -> None:
    claim = applied(mine, order)
    mine.post(f"/my/claims/{claim.pk}/submission")
    again = mine.post(f"/my/claims/{claim.pk}/submission")
    assert again.status_code == 422
    assert "not possible now" in again.content.decode()
    assert claim.steps.filter(action="submit").count() == 1


def test_a_withdrawn_claim_is_over(mine: Client, order: Order) -> None:
    claim = applied(mine, order)
    mine.post(f"/my/claims/{claim.pk}/submission")
    mine.post(f"/my/claims/{claim.pk}/withdrawal")
    claim.refresh_from_db()
    assert claim.status == Status.WITHDRAWN


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Choose at least one item."),
        ({"take_0": "on"}, "Choose the reason that fits best."),
        ({"take_0": "on", "reason_0": "no-such-reason"}, "Select a valid choice"),
        ({"take_0": "on", "reason_0": "changed_mind", "qty_0": "7"}, "less than or equal to 1"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_begun(
    mine: Client, order: Order, said: dict[str, str], sentence: str
) -> None:
    answer = mine.post(f"/my/orders/{order.pk}/claims/return", said | {"destination": "original"})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Claim.objects.exists()


def test_photos_are_handed_in_and_shown_to_their_customer_alone(
    mine: Client, order: Order, omar: Staff
) -> None:
    claim = applied(mine, order)
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(picture, "PNG")
    upload = SimpleUploadedFile("lamp.png", picture.getvalue(), "image/png")
    mine.post(f"/my/claims/{claim.pk}/evidence", {"kind": "photo", "files": upload})
    piece = claim.evidence.get()
    assert mine.get(f"/my/claims/{claim.pk}/files/{piece.pk}").status_code == 200
    stranger = browser(Customer.objects.create(name="Charlie"))
    assert stranger.get(f"/my/claims/{claim.pk}/files/{piece.pk}").status_code == 404


def test_what_is_said_about_a_claim_is_said_in_its_conversation(
    mine: Client, order: Order, inbox: Inbox, mei: Staff
) -> None:
    claim = applied(mine, order)
    mine.post(f"/my/claims/{claim.pk}/submission")
    sent = str(uuid4())
    for _ in range(2):
        mine.post(f"/my/claims/{claim.pk}/messages", {"client_id": sent, "words": "It is the white one"})
    mine.post(f"/my/claims/{claim.pk}/messages", {"client_id": str(uuid4()), "words": "And the cable?"})
    claim.refresh_from_db()
    assert claim.conversation is not None
    words = [message.text for message in claim.conversation.messages.order_by("seq")]
    assert words == ["It is the white one", "And the cable?"]
    flows.leave_note(claim.conversation, "He is a regular", by=mei)
    shown = page(mine, claim)
    assert "And the cable?" in shown and "He is a regular" not in shown


def test_a_message_that_cannot_be_sent_says_why(mine: Client, order: Order, inbox: Inbox) -> None:
    claim = applied(mine, order)
    mine.post(f"/my/claims/{claim.pk}/submission")
    empty = mine.post(f"/my/claims/{claim.pk}/messages", {"client_id": str(uuid4()), "words": " "})
    assert empty.status_code == 422 and "Write something" in empty.content.decode()
    old = mine.post(f"/my/claims/{claim.pk}/messages", {"client_id": "x", "words": "Hello"})
    assert old.status_code == 422 and "out of date" in old.content.decode()
    claim.refresh_from_db()
    assert claim.conversation is None


def faulty(shop: Shop, mine: Client, *places: int) -> tuple[Order, Any]:
    """Two lamps in one row and a third in another; those of ``places`` are said to be broken."""
    publish(shop, BY_HAND)
    order = shop.order(shop.line(qty=2), shop.line())
    shop.delivered(order, timezone.now() - timedelta(days=2))
    reason = next(one.code for one in BY_HAND.reasons if Kind.WARRANTY in one.kinds)
    said: dict[str, str] = {}
    for place in places:
        said |= {f"take_{place}": "on", f"reason_{place}": reason, f"words_{place}": "It stays dark."}
    return order, mine.post(f"/my/orders/{order.pk}/claims/warranty", said)


def test_of_two_in_one_row_one_is_claimed_under_warranty(shop: Shop, mine: Client) -> None:
    order, answer = faulty(shop, mine, 0)
    assert answer.status_code == 302
    assert Claim.objects.get().lines.get().qty == 1
    page = mine.get(f"/my/orders/{order.pk}/claims/warranty").content.decode()
    assert 'max="2"' not in page


def test_two_units_are_two_warranty_claims(shop: Shop, mine: Client) -> None:
    _order, answer = faulty(shop, mine, 0, 1)
    assert answer.status_code == 422
    assert "about one unit" in answer.content.decode()
    assert not Claim.objects.exists()


def test_what_cannot_be_begun_or_changed_is_said_above_the_form(
    order: Order, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order may be another's, and the draft handed in, by the time that the form comes."""
    claim = applied(mine, order)

    def too_late(*_asked: object, **_said: object) -> None:
        raise Refused("That was a moment ago.")

    monkeypatch.setattr(filing, "draft", too_late)
    monkeypatch.setattr(filing, "redraft", too_late)
    given = {"take_0": "on", "reason_0": "changed_mind", "destination": "original"}
    for door in (f"/my/orders/{order.pk}/claims/return", f"/my/claims/{claim.pk}/change"):
        answer = mine.post(door, given)
        assert answer.status_code == 422
        assert "That was a moment ago." in answer.content.decode()


def test_a_flood_of_files_is_stopped(order: Order, mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """H7"""
    monkeypatch.setattr(claims, "FILES_IN_TEN_MINUTES", 3)
    claim = applied(mine, order)
    five = [SimpleUploadedFile(f"{place}.txt", b"a bill", "text/plain") for place in range(5)]
    answer = mine.post(f"/my/claims/{claim.pk}/evidence", {"kind": "doc", "files": five})
    assert answer.status_code == 422
    assert "in ten minutes" in answer.content.decode()
    assert (claim.evidence.count(), File.objects.count()) == (3, 3)


def test_nobody_begins_drafts_without_end(
    order: Order, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H7"""
    monkeypatch.setattr(filing, "MOST_DRAFTS", 2)
    first, _second = applied(mine, order), applied(mine, order)
    given = {"take_0": "on", "reason_0": "changed_mind", "destination": "original"}
    door = f"/my/orders/{order.pk}/claims/return"
    assert mine.post(door, given).status_code == 422
    mine.post(f"/my/claims/{first.pk}/withdrawal")
    assert mine.post(door, given).status_code == 302


def test_a_program_is_no_photo(mine: Client, order: Order) -> None:
    claim = applied(mine, order)
    upload = SimpleUploadedFile("lamp.png", b"MZ\x90\x00" + bytes(200), "image/png")
    answer = mine.post(f"/my/claims/{claim.pk}/evidence", {"kind": "photo", "files": upload})
    assert answer.status_code == 422
    assert not claim.evidence.exists()


DOORS = (
    "submission", "withdrawal", "answer", "appeal", "shipment", "decision", "quote", "evidence", "messages", "change", ""
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_meets_nothing_at_any_door(mine: Client, order: Order, door: str) -> None:
    claim = applied(mine, order)
    before = claim.version
    for stranger in (browser(), browser(Customer.objects.create(name="Charlie"))):
        path = f"/my/claims/{claim.pk}/{door}".rstrip("/")
        answer = stranger.post(path) if door else stranger.get(path)
        assert answer.status_code == 404
    claim.refresh_from_db()
    assert claim.version == before


def test_nobody_applies_for_an_order_of_somebody_else(order: Order) -> None:
    stranger = browser(Customer.objects.create(name="Charlie"))
    assert stranger.get(f"/my/orders/{order.pk}/claims/return").status_code == 404
    assert stranger.get(f"/my/orders/{uuid4()}/claims/return").status_code == 404


def test_a_kind_that_is_none_is_not_found(mine: Client, order: Order) -> None:
    assert mine.get(f"/my/orders/{order.pk}/claims/gift").status_code == 404


def test_ways_to_pay_are_shown_to_those_alone_who_have_signed_in(mine: Client, order: Order) -> None:
    order.reach_by(email="lin@example.test", phone="")
    order.save()
    named = browser()
    named.post("/orders/", {"number": order.external_no, "fact": "lin@example.test"})
    path = f"/my/orders/{order.pk}/claims/exchange"
    assert "4242" in mine.get(path).content.decode()
    assert "4242" not in named.get(path).content.decode()


def test_money_goes_to_a_gift_card_where_the_policy_offers_it(
    mine: Client, order: Order, lin: Customer
) -> None:
    terms = replace(BY_HAND, money=replace(BY_HAND.money, destinations=tuple(Destination)))
    Policy.objects.update(terms=terms.as_dict())
    card = PaymentMethod.objects.create(customer=lin, kind="gift_card", currency="CNY", balance_minor=0)
    claim = applied(mine, order, destination=str(card.pk))
    assert (claim.destination, claim.refund_to) == (Destination.GIFT_CARD, card)
    assert f'value="{card.pk}" selected' in mine.get(f"/my/claims/{claim.pk}/change").content.decode()


def test_whoever_named_the_second_fact_applies_too(order: Order) -> None:
    order.reach_by(email="lin@example.test", phone="")
    order.save()
    client = browser()
    client.post("/orders/", {"number": order.external_no, "fact": "lin@example.test"})
    claim = applied(client, order)
    assert "Submit it" in page(client, claim)
