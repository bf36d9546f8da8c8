"""Finance at the desk: the queue, the second look, what is paid by hand, what went wrong, and the list to reconcile."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kefu.claims import refund_lists as lists
from kefu.claims import reviewing
from kefu.claims.models import Claim, Refund
from kefu.claims.refund_acts import REFUND_ACTS
from kefu.claims.tests.desk import STRICT, Desk, now, publish, refund_of
from kefu.people.models import Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(desk: Desk) -> Claim:
    """A cancelled order of three lamps, above what one person decides."""
    publish(desk.shop, STRICT)
    order = desk.shop.order(desk.shop.line(qty=3), status="pending")
    claim = desk.files(order, "cancellation", reason="no_longer_needed")
    reviewing.approve(claim, by=desk.supervisor)
    return claim


@pytest.fixture
def refund(claim: Claim) -> Refund:
    return refund_of(claim)


def press(staff: Staff, refund: Refund, noun: str, **given: Any) -> Any:
    return signed_in(staff).post(reverse(f"refund-{noun}", args=[refund.pk]), given)


def page(staff: Staff, refund: Refund) -> str:
    return signed_in(staff).get(reverse("refund", args=[refund.pk])).content.decode()


def at(refund: Refund, state: str) -> Refund:
    Refund.objects.filter(pk=refund.pk).update(state=state)
    refund.refresh_from_db()
    return refund


def test_a_second_person_approves_and_the_first_one_may_not(desk: Desk, refund: Refund) -> None:
    assert refund.state == "requested"
    again = press(desk.supervisor, refund, "approval")
    assert again.status_code == 409
    assert "Someone else has to approve" in again.content.decode()
    assert press(desk.finance, refund, "approval").status_code == 302
    refund.refresh_from_db()
    assert (refund.state, refund.approved_by) == ("queued", desk.finance)
    assert press(desk.finance, refund, "approval").status_code == 409


def test_what_is_paid_by_hand_ends_with_the_banks_reference(desk: Desk, claim: Claim, refund: Refund) -> None:
    at(refund, "processing")
    assert press(desk.finance, refund, "bank-reference", reference="").status_code == 422
    assert press(desk.finance, refund, "bank-reference", reference="<script>").status_code == 409
    assert press(desk.finance, refund, "bank-reference", reference="2026/11 A-7").status_code == 302
    refund.refresh_from_db()
    assert (refund.state, refund.bank_reference, now(claim)) == ("succeeded", "2026/11 A-7", "completed")


def test_what_the_bank_would_not_take_goes_another_way_with_consent(
    desk: Desk, claim: Claim, refund: Refund
) -> None:
    at(refund, "processing")
    assert press(desk.finance, refund, "bank-refusal").status_code == 302
    assert now(claim) == "refund_problem"
    assert press(desk.finance, refund, "destination", to="store_credit", consent="").status_code == 422
    assert press(desk.finance, refund, "destination", to="original", consent="By phone").status_code == 422
    answer = press(desk.finance, refund, "destination", to="store_credit", consent="By phone, 14:02")
    new = Refund.objects.get(replaces=refund)
    assert answer["Location"] == reverse("refund", args=[new.pk])
    assert (new.state, now(claim)) == ("succeeded", "completed")
    assert "Replaced by another refund" in page(desk.finance, refund)
    assert press(desk.finance, refund, "another-try").status_code == 409


def test_what_failed_is_tried_again_under_its_number(desk: Desk, refund: Refund) -> None:
    at(refund, "processing")
    press(desk.finance, refund, "bank-refusal")
    assert press(desk.finance, refund, "another-try").status_code == 302
    refund.refresh_from_db()
    assert refund.state == "queued"


def test_what_has_not_gone_is_called_off(desk: Desk, refund: Refund) -> None:
    assert press(desk.finance, refund, "cancellation").status_code == 302
    refund.refresh_from_db()
    assert refund.state == "cancelled"


def test_a_cards_number_is_on_no_page_again(desk: Desk, refund: Refund) -> None:
    at(refund, "succeeded")
    given = {
        "bank_type": "ICBC_DEBIT",
        "account": "6222021234567890",
        "holder": "Lin Tao",
        "consent": "By phone",
    }
    answer = press(desk.finance, refund, "card", **given)
    assert answer.status_code == 409
    assert "6222021234567890" not in answer.content.decode()
    assert "Lin Tao" not in answer.content.decode()


def test_others_look_at_refunds_and_move_nothing(
    desk: Desk, refund: Refund, auditor: Staff, charlie: Staff
) -> None:
    assert Client().get(reverse("refunds")).status_code == 302
    for staff in (desk.agent, auditor):
        assert str(refund) in page(staff, refund)
        for act in REFUND_ACTS:
            answer = press(staff, refund, act.noun, reference="1", to="bank", consent="x")
            assert answer.status_code in {403, 409, 422}, act.noun
    for act in REFUND_ACTS:
        assert press(charlie, refund, act.noun, consent="x").status_code in {403, 404}
    assert signed_in(charlie).get(reverse("refund", args=[refund.pk])).status_code == 404
    refund.refresh_from_db()
    assert refund.state == "requested"


def test_the_queue_shows_what_there_is_to_do(desk: Desk, refund: Refund, charlie: Staff) -> None:
    shown = signed_in(desk.finance).get(reverse("refunds")).content.decode()
    assert str(refund) in shown
    for state, view in (
        ("processing", "by_hand"),
        ("abnormal", "trouble"),
        ("sent", "under_way"),
        ("succeeded", "all"),
    ):
        at(refund, state)
        holds = [one.value for one in lists.View if refund in lists.page(one, desk.finance).rows]
        assert holds == ([view, "all"] if view != "all" else ["all"])
    assert lists.page(lists.View.ALL, charlie).rows == []


def test_pages_of_refunds_follow_one_another(
    desk: Desk, refund: Refund, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE", 1)
    reviewing.approve(
        other := desk.files(desk.shop.order(status="pending"), "cancellation", reason="no_longer_needed"),
        by=desk.supervisor,
    )
    first = lists.page(lists.View.ALL, desk.finance)
    second = lists.page(lists.View.ALL, desk.finance, first.older)
    assert [first.rows, second.rows, second.older] == [[refund_of(other)], [refund], ""]
    assert signed_in(desk.finance).get(reverse("refunds"), {"before": "x_y"}).status_code == 200


def test_the_queue_asks_the_same_number_of_questions_for_any_size(desk: Desk, refund: Refund) -> None:
    browser, counted = signed_in(desk.finance), []
    for more in (0, 4):
        for _ in range(more):
            order = desk.shop.order(desk.shop.line(qty=3), status="pending")
            claim = desk.files(order, "cancellation", reason="no_longer_needed")
            reviewing.approve(claim, by=desk.supervisor)
        browser.get(reverse("refunds"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("refunds"))
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 16


def test_a_period_is_reconciled_and_taken_away(desk: Desk, refund: Refund) -> None:
    browser = signed_in(desk.finance)
    shown = browser.get(reverse("reconciliation")).content.decode()
    assert str(refund) in shown
    assert "CN¥300.00" in shown
    assert str(refund) not in browser.get(reverse("reconciliation"), {"until": "2020-01-31"}).content.decode()
    table: Any = browser.get(reverse("refunds-export"))
    assert table["Content-Disposition"].startswith("attachment")
    rows = b"".join(table.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("number,state,claim,order,amount")
    assert rows[1].startswith(f"{refund},requested,{refund.claim},{refund.order},300.00,CNY")
    for odd in ("2026-02-30", "x", "0001-01-01", "²"):
        assert browser.get(reverse("reconciliation"), {"since": odd}).status_code == 200, odd
    for staff in (desk.agent, desk.supervisor):
        assert signed_in(staff).get(reverse("refunds-export")).status_code == 403
