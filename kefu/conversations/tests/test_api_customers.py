from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import begin
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Audit
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind, Staff
from tests.calling import calling, problem_of


@pytest.fixture
def known(lin: Customer, parcel_question: Conversation) -> Customer:
    """Lin, who has said her address and proved her number."""
    customers.claim(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    customers.verify(lin, IdentityKind.PHONE, "+8613912345678", by=lin)
    return lin


def test_a_customer_is_found_by_name_address_and_number(mei: Staff, known: Customer) -> None:
    api = calling(mei)
    for asked in ({"name": "li"}, {"email": "LIN@example.com"}, {"phone": "+8613912345678"}):
        assert [one["id"] for one in api.get("/customers", asked).json()["items"]] == [str(known.pk)]
    assert api.get("/customers", {"email": "lin@example.co"}).json()["items"] == []


@pytest.mark.parametrize(
    "wild", ["%", "_", "L_n", "%in", "\\", "' OR 1=1 --", '"; DROP TABLE people_staff; --']
)
def test_wildcards_and_quotes_are_letters_like_any_other(wild: str, mei: Staff, known: Customer) -> None:
    assert calling(mei).get("/customers", {"name": wild}).json()["items"] == []


def test_addresses_are_masked_until_someone_with_the_right_asks_and_that_is_kept(
    mei: Staff, senior: Staff, known: Customer
) -> None:
    masked = [one["value"] for one in calling(mei).get(f"/customers/{known.pk}").json()["identities"]]
    assert (masked[0][0], masked[0].partition("@")[2], masked[1][-4:]) == ("l", "example.com", "5678")
    assert "lin@" not in masked[0]
    assert "1391234" not in masked[1]
    assert problem_of(calling(mei).get(f"/customers/{known.pk}/identities"))["status"] == 403
    in_full = calling(senior).get(f"/customers/{known.pk}/identities").json()["items"]
    assert [one["value"] for one in in_full] == ["lin@example.com", "+8613912345678"]
    kept = Audit.objects.filter(kind="identity.revealed")
    assert {(one.actor_id, one.address) for one in kept} == {(senior.pk, "127.0.0.1")}
    assert kept.count() == 2


def test_a_customer_is_entered_with_what_they_are_known_by_but_nothing_counts_as_proved(mei: Staff) -> None:
    body = {"name": "Ada", "language": "en", "identities": [{"kind": "email", "value": " ada@example.com "}]}
    response = calling(mei).post("/customers", body)
    assert response.status_code == 201
    ada = Customer.objects.get(pk=response.json()["id"])
    assert (ada.name, ada.language, ada.identities.get().value) == ("Ada", "en", "ada@example.com")
    assert ada.identities.get().verified_at is None
    assert calling(mei).get(f"/customers/{ada.pk}").status_code == 200


def test_an_account_of_the_brands_site_cannot_be_said(mei: Staff, known: Customer) -> None:
    found = problem_of(
        calling(mei).post(f"/customers/{known.pk}/identities", {"kind": "user", "value": "42"})
    )
    assert found["errors"][0]["field"] == "kind"


def test_only_what_is_named_changes(mei: Staff, known: Customer) -> None:
    assert (
        calling(mei).patch(f"/customers/{known.pk}", {"note": "Prefers calls."}).json()["note"]
        == "Prefers calls."
    )
    known.refresh_from_db()
    assert (known.name, known.note) == ("Lin", "Prefers calls.")


def test_what_was_merely_said_can_be_removed_and_what_was_proved_cannot(mei: Staff, known: Customer) -> None:
    said, proved = known.identities.order_by("id")
    api = calling(mei)
    assert api.delete(f"/customers/{known.pk}/identities/{said.pk}").status_code == 204
    assert problem_of(api.delete(f"/customers/{known.pk}/identities/{proved.pk}"))["status"] == 409
    assert list(known.identities.all()) == [proved]


def test_once_a_customer_talks_with_a_brand_others_no_longer_see_them(
    mei: Staff, charlie: Staff, inbox: Inbox
) -> None:
    customer_id = calling(mei).post("/customers", {"name": "Ada"}).json()["id"]
    assert calling(charlie).get(f"/customers/{customer_id}").status_code == 200
    begin(Customer.objects.get(pk=customer_id), inbox)
    assert problem_of(calling(charlie).get(f"/customers/{customer_id}"))["status"] == 404
    assert calling(charlie).get("/customers").json()["items"] == []


def test_the_list_takes_the_same_queries_however_long(mei: Staff, inbox: Inbox) -> None:
    api = calling(mei)
    for number in range(5):
        ada = customers.enter(by=mei, name=f"Ada {number}")
        customers.claim(ada, IdentityKind.EMAIL, f"ada{number}@example.com", by=mei)
        begin(ada, inbox)
    api.get("/customers")
    with CaptureQueriesContext(connection) as asked:
        assert len(api.get("/customers").json()["items"]) == 5
    assert len(asked) == 5  # token with second factor, pace, teams, customers, identities
