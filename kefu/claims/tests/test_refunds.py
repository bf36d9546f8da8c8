"""Money on its way back: every answer that a provider gives, loses, repeats or takes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kefu.claims import finance, sending, tasks
from kefu.claims.models import Claim, ProviderAccount, ProviderNotice, Refund
from kefu.claims.presets import CN_LAW
from kefu.claims.providers.contract import Answer, BankCard, State
from kefu.claims.providers.scripted_server import Callback, Do, ScriptedServer
from kefu.claims.refusals import NotTheirs
from kefu.claims.tests.desk import Desk, now, publish, refund_of
from kefu.events import era, log
from kefu.events.models import Audit
from kefu.lib.money import Money
from kefu.orders.models import Order, Payment, PaymentMethod
from kefu.people.models import Refused, Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[ScriptedServer]:
    settings.KEFU_OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    with ScriptedServer() as started:
        yield started


@pytest.fixture
def account(desk: Desk, server: ScriptedServer) -> ProviderAccount:
    account = ProviderAccount(brand=desk.shop.brand, provider="scripted")
    account.settings = {"base_url": server.url, "secret": server.secret, "seconds": "0.5"}
    account.save()
    return account


def paid_online(order: Order) -> Order:
    PaymentMethod.objects.filter(payments__order=order).update(provider="scripted")
    order.payments.update(external_id="pay_1")
    return order


@pytest.fixture
def claim(desk: Desk, account: ProviderAccount) -> Claim:
    """A cancelled order, whose refund is queued."""
    publish(desk.shop, CN_LAW)
    order = paid_online(desk.shop.order(status="pending"))
    return desk.files(order, "cancellation", reason="no_longer_needed")


@pytest.fixture
def refund(claim: Claim) -> Refund:
    return refund_of(claim)


def state(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.state


def left(refund: Refund) -> int:
    return Payment.objects.get(pk=refund.payment_id).left_minor


def news_of(server: ScriptedServer) -> Callback:
    (one,) = server.callbacks()
    return one


def notified(account: ProviderAccount, news: Callback, times: int = 1) -> list[int]:
    door = f"/-/providers/{account.pk}"
    headers: Any = {name: value for name, value in news.headers.items() if name != "Content-Type"}
    posts = [
        Client().post(door, news.body, content_type="application/json", headers=headers) for _ in range(times)
    ]
    return [post.status_code for post in posts]


def test_a_refund_is_sent_and_its_claim_completes(refund: Refund, server: ScriptedServer) -> None:
    assert (refund.state, refund.provider, left(refund)) == ("queued", "scripted", 0)
    sending.send(refund.pk)
    assert state(refund) == "succeeded"
    assert now(refund.claim) == "completed"  # type: ignore[arg-type]
    assert server.moved("pay_1") == 10_000
    kinds = [entry.kind for entry in log.about(refund.pk)]
    assert kinds == [f"refund.{one}" for one in ("requested", "approved", "queued", "sent", "succeeded")]


def test_a_job_that_runs_twice_sends_once(refund: Refund, server: ScriptedServer) -> None:
    sending.send(refund.pk)
    sending.send(refund.pk)
    assert server.sent == [refund.request_no]


def test_a_lost_answer_is_asked_about_and_never_sent_again(refund: Refund, server: ScriptedServer) -> None:
    server.script(refund.request_no, Do.LOSE)
    sending.send(refund.pk)
    assert state(refund) == "unknown"
    assert refund.next_try_at and refund.next_try_at > timezone.now()
    assert sending.due_questions(timezone.now()) == []
    assert sending.due_questions(timezone.now() + timedelta(minutes=2)) == [refund.pk]
    sending.ask(refund.pk)
    assert state(refund) == "succeeded"
    assert server.sent == [refund.request_no]
    assert server.moved("pay_1") == 10_000


def test_what_never_arrived_goes_out_again_under_its_own_number(
    refund: Refund, server: ScriptedServer
) -> None:
    server.script(refund.request_no, Do.TIME_OUT)
    sending.send(refund.pk)
    assert state(refund) == "unknown"
    sending.ask(refund.pk)
    assert state(refund) == "queued"
    sending.send(refund.pk)
    assert state(refund) == "succeeded"
    assert set(server.sent) == {refund.request_no}


def test_a_process_that_dies_between_sending_and_hearing_is_made_good(
    refund: Refund, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(sending, "_speak", dies)
        sending.send(refund.pk)
    assert state(refund) == "sent"
    assert sending.due_questions(timezone.now() + timedelta(minutes=2)) == [refund.pk]
    sending.ask(refund.pk)
    assert state(refund) == "queued"


def test_questions_come_less_often_the_longer_it_takes(refund: Refund, server: ScriptedServer) -> None:
    server.script(refund.request_no, Do.PEND)
    sending.send(refund.pk)
    assert state(refund) == "processing"
    pauses = []
    for under_way in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=2)):
        Refund.objects.filter(pk=refund.pk).update(sent_at=timezone.now() - under_way)
        sending.ask(refund.pk)
        refund.refresh_from_db()
        assert refund.next_try_at
        pauses.append(round((refund.next_try_at - timezone.now()) / timedelta(minutes=1)))
    assert pauses == [1, 60, 360]


def test_news_comes_twice_and_late_and_in_the_wrong_order(
    refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    server.script(refund.request_no, Do.PEND)
    sending.send(refund.pk)
    server.announce(refund.request_no)
    server.settle(refund.request_no, State.SUCCEEDED)
    early, late = server.callbacks()
    assert notified(account, late, times=3) == [200, 200, 200]
    assert notified(account, early) == [200]
    assert state(refund) == "succeeded"
    assert ProviderNotice.objects.count() == 2
    assert Refund.objects.get().claim.steps.filter(action="settle").count() == 1  # type: ignore[union-attr]


def test_news_that_nobody_signed_changes_nothing(
    refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    server.script(refund.request_no, Do.PEND)
    sending.send(refund.pk)
    server.settle(refund.request_no, State.SUCCEEDED)
    (news,) = server.callbacks()
    assert notified(account, Callback({}, news.body)) == [401]
    assert notified(account, Callback(news.headers, news.body + b" ")) == [401]
    assert Client().post("/-/providers/0192f7c1-6a4e-7b1c-9d2e-3f5a7c9b1e24").status_code == 404
    assert Client().get(f"/-/providers/{account.pk}").status_code == 405
    assert state(refund) == "processing"
    assert not ProviderNotice.objects.exists()


def test_news_of_another_amount_is_not_believed(
    refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    server.script(refund.request_no, Do.PEND)
    sending.send(refund.pk)
    server.entry(refund.request_no).amount_minor = 1
    server.settle(refund.request_no, State.SUCCEEDED)
    assert notified(account, news_of(server)) == [200]
    assert state(refund) == "processing"
    assert Audit.objects.filter(kind="refund.other_amount").exists()


def test_another_brands_account_says_nothing_about_our_refunds(
    refund: Refund, server: ScriptedServer, account: ProviderAccount, other_brand: Any
) -> None:
    server.script(refund.request_no, Do.PEND)
    sending.send(refund.pk)
    server.settle(refund.request_no, State.SUCCEEDED)
    theirs = ProviderAccount(brand=other_brand, provider="scripted")
    theirs.settings = account.settings
    theirs.save()
    assert notified(theirs, news_of(server)) == [200]
    assert state(refund) == "processing"


def test_a_failure_frees_the_money_and_finance_tries_again_under_the_same_number(
    desk: Desk, refund: Refund, server: ScriptedServer
) -> None:
    server.script(refund.request_no, Do.FAIL)
    sending.send(refund.pk)
    assert (state(refund), left(refund)) == ("failed", 10_000)
    assert now(refund.claim) == "refund_problem"  # type: ignore[arg-type]
    with pytest.raises(NotTheirs):
        finance.retry(refund, by=desk.supervisor)
    again = finance.retry(refund, by=desk.finance)
    assert (again.pk, left(refund)) == (refund.pk, 0)
    assert now(refund.claim) == "refunding"  # type: ignore[arg-type]
    sending.send(refund.pk)
    assert state(refund) == "succeeded"
    assert set(server.sent) == {refund.request_no}


def test_a_number_that_the_provider_closed_is_followed_by_a_new_one(
    desk: Desk, refund: Refund, server: ScriptedServer
) -> None:
    server.script(refund.request_no, Do.CLOSE)
    sending.send(refund.pk)
    assert (state(refund), left(refund)) == ("closed", 10_000)
    new = finance.retry(refund, by=desk.finance)
    assert (new.replaces, new.request_no == refund.request_no) == (refund, False)
    with pytest.raises(Refused):
        finance.retry(refund, by=desk.finance)
    sending.send(new.pk)
    assert now(refund.claim) == "completed"  # type: ignore[arg-type]
    assert server.moved("pay_1") == 10_000


def test_a_closed_card_needs_another_destination_and_the_customers_word(
    desk: Desk, refund: Refund, server: ScriptedServer
) -> None:
    server.script(refund.request_no, Do.BECOME_ABNORMAL)
    sending.send(refund.pk)
    assert (state(refund), left(refund)) == ("abnormal", 0)
    assert now(refund.claim) == "refund_problem"  # type: ignore[arg-type]
    with pytest.raises(Refused, match="agreed"):
        finance.change_destination(refund, "store_credit", by=desk.finance, consent=" ")
    with pytest.raises(NotTheirs):
        finance.change_destination(refund, "store_credit", by=desk.agent, consent="By phone")
    new = finance.change_destination(refund, "store_credit", by=desk.finance, consent="By phone today")
    assert (state(refund), new.state) == ("closed", "succeeded")
    assert new.to_method and new.to_method.balance_minor == 10_000
    assert left(refund) == 0
    assert now(refund.claim) == "completed"  # type: ignore[arg-type]
    tasks.call_back_refund(refund=str(refund.pk))
    assert (state(refund), server.entry(refund.request_no).state) == ("closed", State.PROCESSING)


def test_an_abnormal_refund_goes_to_another_card_of_the_customer(
    desk: Desk, refund: Refund, server: ScriptedServer
) -> None:
    server.script(refund.request_no, Do.BECOME_ABNORMAL)
    sending.send(refund.pk)
    card = BankCard("ICBC", "6222 0000 1111 2222", "Lin")
    finance.send_to_card(refund, card, by=desk.finance, consent="In the conversation")
    assert state(refund) == "processing"
    assert now(refund.claim) == "refunding"  # type: ignore[arg-type]
    server.settle(refund.request_no, State.SUCCEEDED)
    sending.ask(refund.pk)
    assert now(refund.claim) == "completed"  # type: ignore[arg-type]
    assert "6222" not in str([entry.data for entry in log.about(refund.pk)])


def test_money_that_comes_back_from_the_bank_opens_the_matter_again(
    desk: Desk, refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    sending.send(refund.pk)
    server.settle(refund.request_no, State.FAILED, "account_closed")
    notified(account, news_of(server))
    assert state(refund) == "succeeded"  # the provider is asked before that is believed
    assert sending.due_questions(timezone.now()) == [refund.pk]
    sending.ask(refund.pk)
    assert (state(refund), left(refund)) == ("reversed", 10_000)
    assert now(refund.claim) == "refund_problem"  # type: ignore[arg-type]
    new = finance.change_destination(refund, "bank", by=desk.finance, consent="By mail")
    assert (new.provider, left(refund)) == ("manual", 0)
    sending.send(new.pk)
    finance.paid_by_hand(new, "BANK-77", by=desk.finance)
    assert now(refund.claim) == "completed"  # type: ignore[arg-type]


def test_old_news_of_a_failure_does_not_undo_what_succeeded_later(
    desk: Desk, refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    server.script(refund.request_no, Do.PEND)
    sending.send(refund.pk)
    server.settle(refund.request_no, State.FAILED)
    (old,) = server.callbacks()
    sending.ask(refund.pk)
    finance.retry(refund, by=desk.finance)
    sending.send(refund.pk)
    assert state(refund) == "succeeded"
    assert notified(account, old) == [200]
    sending.ask(refund.pk)
    assert state(refund) == "succeeded"
    assert refund.next_try_at is None


def test_money_that_moved_after_all_is_counted_again(
    refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    server.script(refund.request_no, Do.CLOSE)
    sending.send(refund.pk)
    server.settle(refund.request_no, State.SUCCEEDED)
    notified(account, news_of(server))
    sending.ask(refund.pk)
    assert (state(refund), left(refund)) == ("succeeded", 0)
    assert now(refund.claim) == "completed"  # type: ignore[arg-type]


def test_money_that_went_twice_is_told_to_people_and_breaks_no_bound(
    desk: Desk, refund: Refund, server: ScriptedServer, account: ProviderAccount
) -> None:
    server.script(refund.request_no, Do.CLOSE)
    sending.send(refund.pk)
    Payment.objects.filter(pk=refund.payment_id).update(returned_minor=10_000)  # the shop reports a refund
    server.settle(refund.request_no, State.SUCCEEDED)
    notified(account, news_of(server))
    sending.ask(refund.pk)
    assert (state(refund), left(refund)) == ("closed", 0)
    assert Audit.objects.filter(kind="refund.twice").exists()


def test_a_desk_that_was_restored_sends_nothing_before_it_is_told_to(
    refund: Refund, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(era, "may_send", lambda: False)
    sending.send(refund.pk)
    assert (state(refund), server.sent) == ("queued", [])
    monkeypatch.undo()
    assert sending.forgotten(timezone.now() + timedelta(minutes=6)) == [refund.pk]


def test_an_account_that_is_gone_fails_and_moves_nothing(refund: Refund, account: ProviderAccount) -> None:
    ProviderAccount.objects.update(is_active=False)
    sending.send(refund.pk)
    assert (state(refund), refund.failure_code, left(refund)) == ("failed", "misconfigured", 10_000)


def test_what_a_provider_no_longer_takes_back_is_paid_by_hand(desk: Desk, account: ProviderAccount) -> None:
    publish(desk.shop, CN_LAW)
    order = paid_online(desk.shop.order(status="pending"))
    order.payments.update(captured_at=timezone.now() - timedelta(days=366))
    claim = desk.files(order, "cancellation", reason="no_longer_needed")
    assert refund_of(claim).provider == "manual"


def test_no_provider_has_a_say_in_a_balance_of_ours(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.shop.order(status="pending")
    claim = desk.files(order, "cancellation", reason="no_longer_needed", destination="store_credit")
    refund = refund_of(claim)
    sending.hear(refund.pk, Answer(State.FAILED), asked=True)
    assert state(refund) == "succeeded"


# -- by hand, in parts, and outside of claims


def test_finance_pays_by_hand_and_types_the_banks_reference(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    refund = refund_of(claim)
    with pytest.raises(Refused):
        finance.paid_by_hand(refund, "B-1", by=desk.finance)
    sending.send(refund.pk)
    assert (state(refund), refund.next_try_at) == ("processing", None)
    for wrong in ("", "a\nb", "x" * 65):
        with pytest.raises(Refused):
            finance.paid_by_hand(refund, wrong, by=desk.finance)
    with pytest.raises(NotTheirs):
        finance.paid_by_hand(refund, "B-1", by=desk.supervisor)
    finance.paid_by_hand(refund, " B-1 ", by=desk.finance)
    assert (state(refund), refund.bank_reference, now(claim)) == ("succeeded", "B-1", "completed")


def test_what_the_bank_refuses_is_tried_another_way(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    refund = refund_of(claim)
    sending.send(refund.pk)
    finance.not_paid_by_hand(refund, by=desk.finance)
    assert (state(refund), now(claim)) == ("failed", "refund_problem")
    new = finance.change_destination(refund, "store_credit", by=desk.finance, consent="On the phone")
    assert (new.state, now(claim)) == ("succeeded", "completed")


def test_what_was_called_off_waits_for_a_second_person_again(desk: Desk, second_finance: Staff) -> None:
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    refund = refund_of(claim)
    finance.call_off(refund, by=desk.finance)
    assert (state(refund), now(claim), left(refund)) == ("cancelled", "refund_problem", 10_000)
    new = finance.retry(refund, by=desk.finance)
    assert (new.state, now(claim)) == ("requested", "refunding")
    finance.approve(new, by=second_finance)
    assert state(new) == "queued"


def test_an_order_paid_in_parts_goes_back_in_the_order_it_was_paid(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    shop = desk.shop
    order = shop.order(status="pending")
    Payment.objects.filter(order=order).update(captured_minor=3_000)
    gift = PaymentMethod.objects.create(
        customer=shop.customer, kind="gift_card", currency="CNY", balance_minor=50
    )
    Payment.objects.create(order=order, method=gift, captured_minor=7_000, currency="CNY")
    claim = desk.files(order, "cancellation", reason="no_longer_needed")
    by_card, by_gift = claim.refunds.order_by("id")
    gift.refresh_from_db()
    assert (by_card.amount_minor, by_card.state, by_card.provider) == (3_000, "queued", "manual")
    assert (by_gift.amount_minor, by_gift.state, gift.balance_minor) == (7_000, "succeeded", 7_050)
    assert sum(by_card.breakdown.values()) == 3_000
    assert now(claim) == "refunding"


def test_store_credit_is_there_at_once(desk: Desk) -> None:
    publish(desk.shop, CN_LAW)
    order = desk.shop.order(status="pending")
    claim = desk.files(order, "cancellation", reason="no_longer_needed", destination="store_credit")
    refund = refund_of(claim)
    assert now(claim) == "completed"
    assert refund.to_method and refund.to_method.balance_minor == 10_000
    assert list(refund.to_method.entries.values_list("amount_minor", "reference")) == [
        (10_000, f"refund {refund.pk}")
    ]


def test_goodwill_outside_a_claim_needs_two_people(desk: Desk, second_finance: Staff) -> None:
    from kefu.claims import refunding

    order = desk.shop.order()
    with pytest.raises(Refused):
        refunding.give(order, Money(10_001, "CNY"), by=desk.finance)
    with pytest.raises(Refused):
        refunding.give(order, Money(100, "EUR"), by=desk.finance)
    (refund,) = refunding.give(order, Money(100, "CNY"), by=desk.finance)
    assert refund.state == "requested"
    finance.approve(refund, by=second_finance)
    assert state(refund) == "queued"


def test_the_table_for_reconciling_holds_no_formulas(desk: Desk) -> None:
    """D7"""
    publish(desk.shop, CN_LAW)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    Refund.objects.update(bank_reference="=1+1", state="succeeded")
    text = "".join(finance.listed(claim.refunds.select_related("claim", "order")))
    head, row = text.removeprefix("\ufeff").splitlines()
    assert head.startswith("number,state,claim,order,amount,currency")
    assert f",{claim.public_number}," in row
    assert ",100.00,CNY," in row
    assert "'=1+1" in row


def test_an_answer_is_only_taken_once_by_the_claim(desk: Desk, refund: Refund) -> None:
    sending.send(refund.pk)
    sending.hear(refund.pk, Answer(State.SUCCEEDED), asked=True)
    sending.hear(refund.pk, Answer(State.PROCESSING), asked=True)
    assert state(refund) == "succeeded"
    assert refund.claim and refund.claim.steps.filter(action="settle").count() == 1


def test_where_four_eyes_are_wanted_the_refund_waits(desk: Desk, second_finance: Staff) -> None:
    strict = replace(CN_LAW, approval=replace(CN_LAW.approval, four_eyes_over={"CNY": 1}))
    publish(desk.shop, strict)
    claim = desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed")
    refund = refund_of(claim)
    assert refund.state == "requested"
    with pytest.raises(NotTheirs):
        finance.approve(refund, by=desk.agent)
    finance.approve(refund, by=second_finance)
    with pytest.raises(Refused):
        finance.approve(refund, by=desk.finance)
    assert state(refund) == "queued"
