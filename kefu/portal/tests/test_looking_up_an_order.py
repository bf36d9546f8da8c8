from __future__ import annotations

import re
from unittest import mock

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kefu.conversations.models import Inbox
from kefu.orders import flows
from kefu.orders.models import MethodKind, Order, OrderStatus, Payment, PaymentMethod
from kefu.orders.testing import make_order, make_source, ship
from kefu.people import customer_sessions
from kefu.people.models import Brand, Customer
from kefu.portal.lookup import COOKIE

NEVER_SHOWN = (
    "Lin Tao",
    "Canal Street",
    "lin@example.com",
    "139 1234",
    "1391234",
    "SN-SECRET",
    "pi_secret",
    "4242",
)


@pytest.fixture
def english() -> Client:
    client = Client()
    client.cookies["kefu-language"] = "en"
    return client


@pytest.fixture
def order(lin: Customer, brand: Brand) -> Order:
    order = make_order(lin, brand)
    ship(order)
    method = PaymentMethod.objects.create(
        customer=lin, kind=MethodKind.CARD, display_tail="4242", provider_ref="pi_secret"
    )
    Payment.objects.create(order=order, method=method, captured_minor=10480, currency="EUR")
    return order


def ask(
    client: Client, number: str = "W1001", fact: str = "5678", at: str = "/orders/", **around: str
) -> HttpResponse:
    answer = client.post(at, {"number": number, "fact": fact}, **around)  # type: ignore[arg-type]
    assert isinstance(answer, HttpResponse)
    return answer


def text_of(answer: HttpResponse) -> str:
    """Without what is new in every answer."""
    page = re.sub(r'(nonce|csrf[-\w]*"? (?:value|content))="[^"]*"', "", answer.content.decode())
    return re.sub(r"menu-\w+", "menu", page)


def test_number_and_fact_lead_to_the_order_and_neither_is_in_an_address(
    english: Client, order: Order
) -> None:
    answer = ask(english)
    assert (answer.status_code, answer["Location"]) == (303, "/orders/found")
    page = english.get("/orders/found").content.decode()
    assert "#W1001" in page and "On its way" in page and "Drift earbuds" in page
    assert "€104.80" in page and "Breda" in page
    assert "https://sf.example/track/SF1234567890" in page


def test_what_is_shown_says_too_little_to_be_used(english: Client, order: Order) -> None:
    ask(english)
    page = english.get("/orders/found").content.decode()
    assert "L***" in page and "l***@example.com" in page and "***" in page and "Rotterdam" in page
    assert [secret for secret in NEVER_SHOWN if secret in page] == []


def test_a_wrong_number_and_a_wrong_fact_are_answered_alike(english: Client, order: Order) -> None:
    wrong = [
        ask(english, number, fact)
        for number, fact in (("W1001", "0000"), ("W9999", "0000"), ("W9999", "5678"))
    ]
    assert {answer.status_code for answer in wrong} == {422}
    pages = [
        text_of(answer).replace("W1001", "N").replace("W9999", "N").replace('"5678"', '"0000"')
        for answer in wrong
    ]
    assert pages[0] == pages[1] == pages[2] and "We found no order with these details" in pages[0]
    assert COOKIE not in english.cookies


@pytest.mark.parametrize(
    ("number", "fact"),
    [
        ("", "5678"),
        ("W1001", ""),
        ("W1001", "12"),
        ("W1001", "not@address"),
        ("W" * 81, "5678"),
        ("\0", "\0"),
    ],
)
def test_what_cannot_be_looked_up_is_said_in_place_and_uses_no_try(
    number: str, fact: str, english: Client, order: Order
) -> None:
    with mock.patch.object(flows, "look_up") as looked:
        answer = ask(english, number, fact)
    assert answer.status_code == 422 and not looked.called
    assert "field-error" in answer.content.decode()


def test_after_too_many_misses_it_says_so_and_where_to_go(english: Client, order: Order) -> None:
    for guess in range(5):
        ask(english, fact=f"000{guess}", REMOTE_ADDR=f"198.51.{guess}.1")
    answer = ask(english, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


def test_nothing_of_it_is_kept_anywhere(english: Client, order: Order) -> None:
    for answer in (english.get("/orders/"), ask(english), english.get("/orders/found"), ask(english, "W9")):
        assert answer["Cache-Control"] == "no-store"
    cookie = english.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and int(cookie["max-age"]) == 1800
    assert "W1001" not in cookie.value and "5678" not in cookie.value


def test_without_a_ticket_the_result_is_the_form(english: Client, order: Order) -> None:
    assert english.get("/orders/found")["Location"] == "/orders/"
    english.cookies[COOKIE] = "made:up:ticket"
    assert english.get("/orders/found")["Location"] == "/orders/"


def test_done_puts_the_result_away(english: Client, order: Order) -> None:
    ask(english)
    assert english.post("/orders/found")["Location"] == "/orders/"
    assert english.get("/orders/found").status_code == 302


def test_each_brand_finds_its_own(english: Client, order: Order, other_brand: Brand, lin: Customer) -> None:
    theirs = make_order(lin, other_brand, "B-2")
    assert ask(english, "W1001", at="/b/other/orders/").status_code == 422
    assert ask(english, "B-2", at="/b/other/orders/")["Location"] == "/b/other/orders/found"
    assert theirs.external_no in english.get("/b/other/orders/found").content.decode()
    assert english.get("/orders/found").status_code == 302, "the ticket opens nothing of another brand"
    assert english.get("/b/nobody/orders/").status_code == 404


def test_two_orders_of_one_number_are_both_shown(
    english: Client, order: Order, brand: Brand, lin: Customer
) -> None:
    make_order(lin, brand, source=make_source(brand, "Market"), status=OrderStatus.CANCELLED)
    ask(english, fact="lin@example.com")
    page = english.get("/orders/found").content.decode()
    assert page.count('class="order"') == 2 and "Cancelled" in page and "On its way" in page


def test_the_result_takes_the_same_number_of_queries_for_many_parcels(english: Client, order: Order) -> None:
    ask(english)
    with CaptureQueriesContext(connection) as one:
        english.get("/orders/found")
    for place in range(5):
        ship(order, f"T{place}")
    with CaptureQueriesContext(connection) as six:
        english.get("/orders/found")
    assert len(six) == len(one) <= 40


def test_an_order_that_holds_markup_shows_it_as_text(english: Client, lin: Customer, brand: Brand) -> None:
    order = make_order(lin, brand, "<b>1")
    order.lines.update(name="<img src=x onerror=alert(1)>")
    ship(order, '"><script>1</script>')
    ask(english, "<b>1")
    page = english.get("/orders/found").content.decode()
    assert "<img src=x" not in page and "<script>1" not in page and "<b>1" not in page


def test_a_carrier_cannot_bring_a_script_as_its_address(english: Client, order: Order) -> None:
    from kefu.orders.models import Carrier

    Carrier.objects.update(tracking_url="javascript:alert(1)//{number}")
    ask(english)
    assert "javascript:" not in english.get("/orders/found").content.decode()


def test_a_brand_without_a_shop_offers_no_look_up(english: Client, inbox: Inbox, brand: Brand) -> None:
    assert "/b/lumo/orders/" not in english.get("/").content.decode()
    make_source(brand)
    assert "/b/lumo/orders/" in english.get("/").content.decode()
    assert "Look up an order" in english.get("/b/lumo/orders/").content.decode()


def test_there_is_no_desk_yet(english: Client, db: None) -> None:
    assert english.get("/orders/").status_code == 404


# -- those who have signed in


def signed_in(customer: Customer) -> Client:
    client, answer = Client(headers={"accept-language": "en"}), HttpResponse()
    customer_sessions.begin(customer, answer)
    client.cookies = answer.cookies
    return client


def test_who_has_signed_in_sees_their_own_in_full(order: Order) -> None:
    client = signed_in(order.customer)
    assert f"/my/orders/{order.pk}" in client.get("/my/").content.decode()
    page = client.get(f"/my/orders/{order.pk}").content.decode()
    assert "9 Canal Street" in page and "SN-SECRET" not in page and "4242" not in page


def test_an_order_of_somebody_else_is_not_there(order: Order, english: Client) -> None:
    client = signed_in(Customer.objects.create(name="Charlie"))
    assert client.get(f"/my/orders/{order.pk}").status_code == 404
    assert english.get(f"/my/orders/{order.pk}")["Location"].startswith("/my/sign-in")
    ask(english)
    assert english.get(f"/my/orders/{order.pk}").status_code == 302, "a ticket is no sign-in"


def test_times_are_those_of_the_brands_clock_and_say_so(english: Client, order: Order) -> None:
    order.brand.schedules.create(name="Office", time_zone="Asia/Shanghai", week={})
    ask(english)
    page = english.get("/orders/found").content.decode()
    assert "Times in Asia/Shanghai" in page and "2026-11-11 17:30" in page
