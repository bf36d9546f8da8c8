"""A customer proves their address by a code; nobody learns from it whose address is known."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kefu.events.models import Delivery
from kefu.people.models import Customer, CustomerSession, Identity, IdentityKind, Staff

pytestmark = pytest.mark.django_db

LIN = "lin@example.test"


def code_for(client: Client, email: str = LIN) -> str:
    client.post("/my/sign-in", {"email": email})
    mail = Delivery.objects.order_by("created_at").last()
    assert mail is not None
    found = re.search(r"\d{6}", str(mail.content))
    assert found
    return found[0]


def signed_in(email: str = LIN) -> Client:
    client = Client(headers={"accept-language": "en"})
    answer = client.post("/my/code", {"code": code_for(client, email)})
    assert answer.status_code == 302
    return client


def test_the_right_code_signs_in_and_a_new_customer_is_known_from_then_on() -> None:
    page = signed_in().get("/my/")
    assert page.status_code == 200
    assert page["Cache-Control"].startswith("max-age=0")
    assert Identity.objects.get(kind=IdentityKind.EMAIL).verified_at is not None


def test_signing_in_twice_is_one_customer() -> None:
    signed_in()
    signed_in()
    assert Customer.objects.count() == 1
    assert CustomerSession.objects.count() == 2


def test_nobody_sees_the_page_without_signing_in() -> None:
    answer = Client(headers={"accept-language": "en"}).get("/my/?from=mail")
    assert answer.status_code == 302
    assert answer["Location"] == "/my/sign-in?next=%2Fmy%2F%3Ffrom%3Dmail"


def test_staff_are_no_customers(mei: Staff, client: Client) -> None:
    client.force_login(mei)
    assert client.get("/my/").status_code == 302


def test_a_wrong_code_says_so_and_signs_nobody_in() -> None:
    client = Client(headers={"accept-language": "en"})
    right = code_for(client)
    answer = client.post("/my/code", {"code": f"{(int(right) + 1) % 10**6:06d}"})
    assert answer.status_code == 422
    assert "wrong or no longer valid" in answer.content.decode()
    assert client.get("/my/").status_code == 302


def test_a_code_works_once_and_only_in_the_browser_that_asked() -> None:
    mine, other = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"})
    right = code_for(mine)
    code_for(other)
    assert other.post("/my/code", {"code": right}).status_code == 422
    assert mine.post("/my/code", {"code": right}).status_code == 302
    assert mine.post("/my/code", {"code": right}).status_code == 302, "the cookie of the asking is gone"
    assert CustomerSession.objects.count() == 1


def test_the_answer_is_the_same_for_an_address_that_is_known() -> None:
    signed_in()
    known, unknown = Client(headers={"accept-language": "en"}), Client(headers={"accept-language": "en"})
    answers = [
        known.post("/my/sign-in", {"email": LIN}),
        unknown.post("/my/sign-in", {"email": "nobody@example.test"}),
    ]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1


def test_too_many_codes_are_refused_with_a_sentence() -> None:
    client = Client(headers={"accept-language": "en"})
    answers = [client.post("/my/sign-in", {"email": LIN}) for _ in range(4)]
    assert answers[-1].status_code == 422
    assert "wait ten minutes" in answers[-1].content.decode()


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie() -> None:
    client = signed_in()
    kept = client.cookies["kefu-me"].value
    client.post("/my/sign-out")
    thief = Client(headers={"accept-language": "en"})
    thief.cookies["kefu-me"] = kept
    assert thief.get("/my/").status_code == 302


def test_a_session_ends_by_itself() -> None:
    client = signed_in()
    CustomerSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/my/").status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "\x00"])
def test_nobody_is_sent_elsewhere_afterwards(elsewhere: str) -> None:
    client = Client(headers={"accept-language": "en"})
    right = code_for(client)
    answer = client.post("/my/code", {"code": right}, query_params={"next": elsewhere})
    assert answer["Location"] == "/my/"
