"""What a customer asks for from the order's page without sending anything, and what they find again on their own page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kefu.claims import parcels
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Adjustment, Claim
from kefu.claims.tests.conftest import shop as shop
from kefu.claims.tests.desk import BY_HAND, publish
from kefu.claims.tests.shop import Shop
from kefu.orders.models import Order, Shipment
from kefu.people.models import Customer, Staff
from kefu.portal.tests.test_claims_of_a_customer import browser

pytestmark = pytest.mark.django_db
ALONE = {"take_0": "on", "qty_0": "1", "reason_0": "not_arrived", "destination": "original"}


@pytest.fixture
def order(shop: Shop) -> Order:
    publish(shop, BY_HAND)
    order = shop.order()
    shop.delivered(order, timezone.now() - timedelta(days=2))
    return order


@pytest.fixture
def mine(lin: Customer) -> Client:
    return browser(lin)


@pytest.fixture
def charlies() -> Client:
    return browser(Customer.objects.create(name="Charlie"))


def address(order: Order, kind: Kind = Kind.REFUND_ONLY) -> str:
    return f"/my/orders/{order.pk}/claims/{kind}"


def applied(client: Client, order: Order) -> Claim:
    answer = client.post(address(order), ALONE)
    assert answer.status_code == 302, answer.content.decode()
    return Claim.objects.get(pk=answer["Location"].rsplit("/", 1)[1])


# -- money alone


def test_the_orders_page_leads_to_it_and_the_claim_asks_for_no_parcel(mine: Client, order: Order) -> None:
    assert address(order) in mine.get(f"/my/orders/{order.pk}").content.decode()
    claim = applied(mine, order)
    shown = mine.get(f"/my/claims/{claim.pk}").content.decode()
    assert (claim.kind, claim.status) == (Kind.REFUND_ONLY, Status.DRAFT)
    assert "100.00" in shown
    assert "days of arrival" not in shown
    assert "for sending it back" not in shown


def test_a_policy_that_names_no_reason_for_it_offers_it_nowhere(
    mine: Client, order: Order, shop: Shop
) -> None:
    kept = tuple(one for one in BY_HAND.reasons if Kind.REFUND_ONLY not in one.kinds)
    publish(shop, replace(BY_HAND, reasons=kept))
    shown = mine.get(f"/my/orders/{order.pk}").content.decode()
    assert address(order) not in shown
    assert address(order, Kind.RETURN) in shown


def test_handed_in_twice_the_second_finds_nothing_left(mine: Client, order: Order) -> None:
    first, second = applied(mine, order), applied(mine, order)
    codes = [mine.post(f"/my/claims/{claim.pk}/submission").status_code for claim in (first, second)]
    assert codes == [302, 422]
    assert list(Claim.objects.exclude(status=Status.DRAFT)) == [first]


def test_it_is_somebody_elses_to_ask(charlies: Client, order: Order) -> None:
    for client in (charlies, browser()):
        assert client.get(address(order)).status_code == 404
        assert client.post(address(order), ALONE).status_code == 404
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"reason_0": ""}, "id_reason_0"),
        ({"reason_0": "changed_mind"}, "Select a valid choice"),
        ({"qty_0": "9"}, "less than or equal to 1"),
        ({"destination": "nowhere"}, "Select a valid choice"),
    ],
)
def test_odd_input_is_answered_with_the_form(
    mine: Client, order: Order, said: dict[str, str], sentence: str
) -> None:
    answer = mine.post(address(order), ALONE | said)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not Claim.objects.exists()


# -- without any policy


@pytest.mark.parametrize("kind", [Kind.RETURN, Kind.REFUND_ONLY])
def test_without_a_policy_there_is_no_reason_to_choose_and_a_person_decides(
    mine: Client, order: Order, shop: Shop, kind: Kind
) -> None:
    shop.brand.policies.all().delete()
    answer = mine.post(address(order, kind), {"take_0": "on", "qty_0": "1", "destination": "original"})
    assert answer.status_code == 302, answer.content.decode()
    claim = Claim.objects.get()
    assert mine.post(f"/my/claims/{claim.pk}/submission").status_code == 302
    claim.refresh_from_db()
    assert (claim.status, claim.lines.get().reason) == (Status.UNDER_REVIEW, "")


def test_with_a_policy_a_reason_is_asked_for(mine: Client, order: Order) -> None:
    said = {"take_0": "on", "qty_0": "1", "destination": "original"}
    assert mine.post(address(order, Kind.RETURN), said).status_code == 422
    assert not Claim.objects.exists()


# -- found again, paid for, arrived


def test_ones_claims_are_found_again_on_ones_own_page(mine: Client, charlies: Client, order: Order) -> None:
    claim = applied(mine, order)
    assert f"/my/claims/{claim.pk}" in mine.get("/my/").content.decode()
    assert claim.public_number not in charlies.get("/my/").content.decode()


def test_what_the_customer_owes_stands_on_the_claim(mine: Client, order: Order) -> None:
    claim = applied(mine, order)
    owes = Adjustment.objects.create(claim=claim, amount_minor=-8_000, why=Adjustment.Cause.PAID_REPAIR)
    shown = mine.get(f"/my/claims/{claim.pk}").content.decode()
    assert "Paid repair" in shown and "80.00" in shown and "To be paid" in shown
    owes.settled_at = timezone.now()
    owes.save()
    assert "To be paid" not in mine.get(f"/my/claims/{claim.pk}").content.decode()


def test_what_a_kept_replacement_costs_is_shown_until_it_is_paid_and_that_it_was(
    mine: Client, charlies: Client, order: Order, mei: Staff
) -> None:
    claim, address = applied(mine, order), "/my/claims/{}"
    Claim.objects.update(kind=Kind.EXCHANGE, status=Status.EXPIRED)
    owes = Adjustment.objects.create(claim=claim, amount_minor=-7_501, why=Adjustment.Cause.ADVANCE)
    shown = mine.get(address.format(claim.pk)).content.decode()
    assert "goods not returned" in shown and "75.01" in shown and "To be paid" in shown
    assert "the replacement is to be paid" in shown
    assert charlies.get(address.format(claim.pk)).status_code == 404
    owes.settle(by=mei)
    shown = mine.get(address.format(claim.pk)).content.decode()
    assert "Received:" in shown and "Payment received" in shown and "it is yours" in shown
    assert "To be paid" not in shown and mei.name not in shown
    owes.settle(by=mei, waived_why="Rather odd")
    shown = mine.get(address.format(claim.pk)).content.decode()
    assert "Waived" in shown and "do not have to pay" in shown and "Rather odd" not in shown


def test_withdrawing_says_that_a_replacement_on_its_way_is_then_to_be_paid(
    mine: Client, order: Order
) -> None:
    claim = applied(mine, order)
    Claim.objects.update(kind=Kind.EXCHANGE, status=Status.APPROVED)
    claim.refresh_from_db()
    parcel = parcels.outbound(claim, "replacement")
    assert "then to be paid" not in mine.get(f"/my/claims/{claim.pk}").content.decode()
    Shipment.objects.filter(pk=parcel.shipment_id).update(shipped_at=timezone.now(), status="in_transit")
    assert "then to be paid" in mine.get(f"/my/claims/{claim.pk}").content.decode()


@pytest.mark.parametrize(
    ("kind", "status"), [(Kind.WARRANTY, Status.SHIPPING_BACK), (Kind.EXCHANGE, Status.DELIVERED)]
)
def test_what_we_sent_is_said_to_have_arrived_once_and_by_its_owner(
    mine: Client, charlies: Client, order: Order, kind: Kind, status: Status
) -> None:
    claim = applied(mine, order)
    arrival = f"/my/claims/{claim.pk}/arrival"
    assert mine.post(arrival).status_code == 422
    Claim.objects.update(kind=kind, status=status)
    assert arrival in mine.get(f"/my/claims/{claim.pk}").content.decode()
    assert charlies.post(arrival).status_code == 404
    assert mine.get(arrival).status_code == 405
    assert [mine.post(arrival).status_code for _ in range(2)] == [302, 422]
    claim.refresh_from_db()
    assert claim.status == Status.COMPLETED
