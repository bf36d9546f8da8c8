from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kefu.claims.providers import signatures
from kefu.claims.providers.contract import ABSENT, Answer, Misconfigured, RefundOrder, State, Unverified
from kefu.claims.providers.scripted import SIGNATURE, Scripted, Settings
from kefu.claims.providers.scripted_server import Do, ScriptedServer
from kefu.lib import http


@pytest.fixture
def server(settings: Any) -> Iterator[ScriptedServer]:
    settings.KEFU_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    with ScriptedServer() as started:
        yield started


@pytest.fixture
def provider(server: ScriptedServer) -> Scripted:
    return Scripted(server.settings())


def test_without_a_script_a_refund_succeeds(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    answer = provider.refund(order)
    assert answer == Answer(State.SUCCEEDED, server.entry("R-10482-1").id)
    assert provider.query(order) == answer
    assert server.moved("pay_77") == 1999


@pytest.mark.parametrize(
    ("step", "state", "moved"),
    [
        (Do.PEND, State.PROCESSING, 1999),
        (Do.BECOME_ABNORMAL, State.ABNORMAL, 1999),
        (Do.CLOSE, State.CLOSED, 0),
    ],
)
def test_a_step_decides_what_a_sending_comes_to(
    server: ScriptedServer, provider: Scripted, order: RefundOrder, step: Do, state: State, moved: int
) -> None:
    server.script("R-10482-1", step)
    assert provider.refund(order).state == state
    assert provider.refund(order).state == state
    assert provider.query(order).state == state
    assert server.moved("pay_77") == moved


def test_a_refusal_moves_nothing_and_the_number_may_come_again(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    server.script("R-10482-1", Do.FAIL)
    assert provider.refund(order) == Answer(State.FAILED, code="refused_by_script")
    assert provider.query(order) == Answer(State.FAILED, code=ABSENT)
    assert provider.refund(order).state == State.SUCCEEDED
    assert server.sent == ["R-10482-1", "R-10482-1"]


def test_an_answer_that_gets_lost_has_paid_once_and_is_found_by_asking(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    server.script("R-10482-1", Do.LOSE)
    assert provider.refund(order) == Answer(State.UNKNOWN, code="no_answer")
    assert provider.query(order).state == State.SUCCEEDED
    assert provider.refund(order).state == State.SUCCEEDED
    assert server.moved("pay_77") == 1999


@pytest.mark.parametrize(
    ("step", "code"), [(Do.TIME_OUT, "no_answer"), (Do.PAGE, "unreadable"), (Do.STUMBLE, "http_500")]
)
def test_what_never_arrived_is_absent_when_asked_about(
    server: ScriptedServer, order: RefundOrder, step: Do, code: str
) -> None:
    provider = Scripted(server.settings(seconds=0.3))
    server.script("R-10482-1", step)
    server.script("R-10482-1", step, asking=True)
    assert provider.refund(order) == Answer(State.UNKNOWN, code=code)
    assert provider.query(order) == Answer(State.UNKNOWN, code=code)
    assert provider.query(order) == Answer(State.FAILED, code=ABSENT)
    assert server.moved("pay_77") == 0


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CNY"])
def test_any_currency_is_paid_in_its_minor_units(
    server: ScriptedServer, provider: Scripted, order: RefundOrder, currency: str
) -> None:
    assert provider.refund(replace(order, currency=currency)).state == State.SUCCEEDED
    entry = server.entry("R-10482-1")
    assert (entry.amount_minor, entry.currency) == (1999, currency)


def test_never_more_goes_back_than_was_paid_however_many_ask_at_once(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    orders = [replace(order, request_no=f"R-{number}", amount_minor=1000) for number in range(8)] * 2
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(provider.refund, orders))
    assert sum(answer.state == State.SUCCEEDED for answer in answers) == 10
    assert {answer.code for answer in answers if answer.state == State.FAILED} == {"more_than_paid"}
    assert server.moved("pay_77") == 5000


def test_a_number_means_one_refund_for_ever(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    provider.refund(order)
    for other in (replace(order, amount_minor=1), replace(order, payment_ref="pay_78")):
        assert provider.refund(other) == Answer(State.FAILED, code="number_used_otherwise")


def test_a_refund_that_failed_later_is_sent_again_under_its_number(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    server.script("R-10482-1", Do.PEND)
    provider.refund(order)
    server.settle("R-10482-1", State.FAILED, "declined")
    assert provider.query(order).code == "declined"
    assert provider.refund(order).state == State.SUCCEEDED


def test_an_abnormal_refund_is_redirected_once(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    server.script("R-10482-1", Do.BECOME_ABNORMAL)
    answer = provider.refund(order)
    assert provider.redirect(order, answer.provider_id, None).state == State.PROCESSING
    assert provider.redirect(order, answer.provider_id, None) == Answer(State.ABNORMAL, code="not_abnormal")


def test_callbacks_carry_the_news_in_order_and_each_is_its_own_event(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    server.script("R-10482-1", Do.PEND)
    provider.refund(order)
    server.announce("R-10482-1")
    server.settle("R-10482-1", State.SUCCEEDED)
    server.announce("R-10482-1", State.PROCESSING)
    waiting = server.callbacks()
    heard = [notice for each in waiting for notice in provider.parse_webhook(each.headers, each.body)]
    assert [notice.state for notice in heard] == [State.PROCESSING, State.SUCCEEDED, State.PROCESSING]
    assert {(notice.request_no, notice.amount_minor) for notice in heard} == {("R-10482-1", 1999)}
    assert {notice.provider_id for notice in heard} == {server.entry("R-10482-1").id}
    assert len({notice.event_id for notice in heard}) == 3
    assert server.callbacks() == []


def test_callbacks_come_twice_and_backwards_when_told_to(
    server: ScriptedServer, provider: Scripted, order: RefundOrder, door: Door
) -> None:
    server.notify_url = door.url
    server.script("R-10482-1", Do.PEND)
    provider.refund(order)
    server.announce("R-10482-1")
    server.settle("R-10482-1", State.SUCCEEDED)
    assert server.deliver(times=2, backwards=True) == [200] * 4
    heard = [notice for headers, body in door.heard for notice in provider.parse_webhook(headers, body)]
    assert [notice.state for notice in heard] == [State.SUCCEEDED] * 2 + [State.PROCESSING] * 2
    assert len({notice.event_id for notice in heard}) == 2


def test_a_callback_that_nobody_we_trust_signed_is_not_believed(
    server: ScriptedServer, provider: Scripted, order: RefundOrder
) -> None:
    provider.refund(order)
    server.announce("R-10482-1")
    (good,) = server.callbacks()
    for headers, body in (
        ({}, good.body),
        (good.headers, good.body + b" "),
        ({SIGNATURE: signatures.stamped("another", good.body)}, good.body),
        ({SIGNATURE: signatures.stamped(server.secret, good.body, at=1_700_000_000)}, good.body),
        ({SIGNATURE: signatures.stamped(server.secret, b"no")}, b"no"),
    ):
        with pytest.raises(Unverified):
            provider.parse_webhook(headers, body)


def test_a_stranger_learns_and_moves_nothing(server: ScriptedServer, order: RefundOrder) -> None:
    stranger = Scripted(Settings(server.url, "another"))
    assert stranger.refund(order) == Answer(State.UNKNOWN, code="http_401")
    assert stranger.query(order) == Answer(State.UNKNOWN, code="http_401")
    assert stranger.redirect(order, "", None) == Answer(State.UNKNOWN, code="http_401")
    assert http.request("GET", f"{server.url}/refunds/R-10482-1").body == b""
    with pytest.raises(KeyError):
        server.entry("R-10482-1")


def test_the_secret_is_shown_nowhere(server: ScriptedServer, provider: Scripted) -> None:
    assert server.secret not in f"{server.settings()!r} {provider!r} {vars(provider)} {server!r}"


@pytest.mark.parametrize(
    "values", [{"secret": "a\r\nb"}, {"secret": ""}, {"seconds": "soon"}, {"base_url": "http://10.0.0.1"}]
)
def test_settings_that_cannot_work_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        Settings(**{"base_url": "http://127.0.0.1:9", "secret": "abc", **values})


class Door:
    """Hears callbacks as a desk would."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.heard.append((dict(self.headers.items()), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def door() -> Iterator[Door]:
    opened = Door()
    threading.Thread(target=opened.server.serve_forever, args=(0.02,), daemon=True).start()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()
