"""The lists of claims at the desk: by what there is to do, by deadline, by number; and the scanner's page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kefu.claims import clocks, finding, goods, lapsing, lists, reviewing
from kefu.claims.clocks import next_mark
from kefu.claims.models import Claim
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.people.models import Staff
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db
View = lists.View


@pytest.fixture(autouse=True)
def _policy(desk: Desk) -> None:
    publish(desk.shop, BY_HAND)


def numbers(view: View, staff: Staff, **narrowed: str) -> list[int]:
    found = lists.page(view, lists.brands_seen(staff), lists.Filter(**narrowed))
    return [row.claim.number for row in found.rows]


def filed(desk: Desk, kind: str = "return") -> Claim:
    if kind == "cancellation":
        return desk.files(desk.shop.order(status="pending"), kind, reason="no_longer_needed")
    return desk.files(desk.order(), kind)


def test_each_role_begins_with_its_own_work(desk: Desk, auditor: Staff) -> None:
    firsts = {
        staff: lists.views_for(staff)[0]
        for staff in (desk.agent, desk.warehouse, desk.technician, desk.finance)
    }
    assert list(firsts.values()) == [View.REVIEW, View.COMING, View.WORKSHOP, View.MONEY]
    assert lists.views_for(auditor) == [View.OVERDUE, View.ALL]


def test_a_claim_is_in_the_list_of_whoever_has_to_act(desk: Desk) -> None:
    claim = filed(desk)
    assert numbers(View.REVIEW, desk.agent) == [claim.number]
    reviewing.approve(claim, by=desk.agent)
    assert (numbers(View.REVIEW, desk.agent), numbers(View.COMING, desk.warehouse)) == ([], [claim.number])
    desk.receives(desk.ships(claim))
    assert numbers(View.INSPECT, desk.warehouse) == [claim.number]
    assert numbers(View.WORKSHOP, desk.technician) == []
    goods.inspect(claim, by=desk.warehouse)
    assert numbers(View.INSPECT, desk.warehouse) == [claim.number]


def test_to_do_comes_longest_waiting_first_and_all_latest_first(desk: Desk) -> None:
    one, two = filed(desk), filed(desk)
    assert numbers(View.REVIEW, desk.agent) == [one.number, two.number]
    assert numbers(View.ALL, desk.agent) == [two.number, one.number]


def test_lists_are_narrowed_by_kind_and_status(desk: Desk) -> None:
    back, off = filed(desk), filed(desk, "cancellation")
    reviewing.approve(back, by=desk.agent)
    assert numbers(View.ALL, desk.agent, kind="cancellation") == [off.number]
    assert numbers(View.ALL, desk.agent, status="approved") == [back.number]
    assert numbers(View.ALL, desk.agent, status="approved", kind="cancellation") == []


def test_pages_follow_one_another_without_a_gap(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    made = [filed(desk).number for _ in range(5)]
    for view, expected in ((View.REVIEW, made), (View.ALL, made[::-1])):
        seen, before = [], ""
        for _page in range(3):
            found = lists.page(view, lists.brands_seen(desk.agent), lists.Filter(), before)
            seen += [row.claim.number for row in found.rows]
            before = found.older
        assert (seen, before) == (expected, "")


@pytest.mark.parametrize("key", ["x", "2026-11-22_x", "²_", "9999-12-31T23:59:59-23:59_" + "0" * 32, "_"])
def test_a_key_that_was_never_handed_out_begins_at_the_beginning(desk: Desk, key: str) -> None:
    claim = filed(desk)
    page = signed_in(desk.agent).get(reverse("claims"), {"view": "all", "before": key}).content.decode()
    assert claim.public_number in page


def test_other_brands_and_drafts_are_in_no_list(desk: Desk, charlie: Staff) -> None:
    claim = filed(desk)
    assert all(numbers(view, charlie) == [] for view in View)
    Claim.objects.filter(pk=claim.pk).update(status="draft", opened_at=None)
    assert all(numbers(view, desk.agent) == [] for view in View)


def test_overdue_is_what_the_clock_of_the_claim_says(desk: Desk) -> None:
    waiting, here = filed(desk), filed(desk)
    reviewing.approve(here, by=desk.agent)
    desk.receives(desk.ships(here))
    looked_at = filed(desk)
    reviewing.approve(looked_at, by=desk.agent)
    desk.takes_in(looked_at)
    asked = filed(desk)
    reviewing.request_info(asked, by=desk.agent, words="Which?")
    now, late = timezone.now(), set()
    for claim in (waiting, here, looked_at, asked):
        for days in (2.9, 3.1, 6.9, 7.1, 9.9, 10.1, 40):
            then = now - timedelta(days=days)
            claim.refresh_from_db()
            _since(claim, then)
            mark = next_mark(claim, after=None)
            expected = claim.pk != asked.pk and mark is not None and mark <= now
            assert (claim.number in numbers(View.OVERDUE, desk.agent)) is expected, (claim.status, days)
            late.add((claim.number, expected))
    assert len(late) == 7


def test_what_is_overdue_stays_so_when_its_alarms_are_over(desk: Desk) -> None:
    first, second = filed(desk), filed(desk)
    for claim, days in ((first, 20), (second, 30)):
        _since(claim, timezone.now() - timedelta(days=days))
        lapsing.look(timezone.now())
    first.refresh_from_db()
    assert first.due_at is None
    assert numbers(View.OVERDUE, desk.agent) == [second.number, first.number]
    reviewing.request_info(second, by=desk.agent, words="Which?")
    assert numbers(View.OVERDUE, desk.agent) == [first.number]
    assert numbers(View.OVERDUE, desk.agent, kind="return", status="under_review") == [first.number]
    assert numbers(View.OVERDUE, desk.agent, kind="exchange") == []


def _since(claim: Claim, then: datetime) -> None:
    """As if it had been opened then, and the goods had come then if they have come."""
    claim.refresh_from_db()
    claim.opened_at, claim.received_at = then, then if claim.received_at else None
    clocks.wind(claim, then)
    claim.save()


ASKED = [
    *({"view": view.value} for view in View),
    {"view": "all", "kind": "return"},
    {"view": "all", "kind": "return", "status": "under_review"},
    {"view": "overdue", "kind": "return", "status": "under_review"},
    {"view": "all", "before": "2100-01-01T00:00:00+00:00_" + "f" * 32},
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: " ".join(asked.values())[:30])
def test_a_page_asks_at_most_eight_questions_however_much_is_in_it(desk: Desk, asked: dict[str, str]) -> None:
    """Who is asking, in three; their brands; the claims and, if any, their lines; what is counted; one's presence."""
    browser = signed_in(desk.supervisor)
    counted: list[int] = []
    for claims in (1, 6):
        for _ in range(claims):
            _since(filed(desk), timezone.now() - timedelta(days=20))
        browser.get(reverse("claims"), asked)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse("claims"), asked).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 8


def test_what_is_found_asks_as_often_for_two_claims_as_for_many(desk: Desk) -> None:
    order, browser = desk.order(lines=[desk.shop.line(qty=9)]), signed_in(desk.supervisor)
    counted: list[tuple[int, int]] = []
    for more in (2, 5):
        for _ in range(more):
            desk.files(order, qty=1)
        browser.get(reverse("claims"))
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(reverse("claims"), {"q": order.external_no}).content.decode()
        counted.append((page.count('<a class="claim-row"'), len(queries)))
    assert counted == [(2, 10), (7, 10)]


def test_repairs_that_wait_to_be_paid_are_asked_about_together(desk: Desk) -> None:
    browser, counted = signed_in(desk.supervisor), []
    for more in (2, 3):
        for _ in range(more):
            filed(desk)
        Claim.objects.update(kind="warranty", status="quote_accepted")
        browser.get(reverse("claims"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("claims"), {"view": "all"})
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_views_are_counted_but_all(desk: Desk) -> None:
    for kind in ("return", "return", "cancellation"):
        filed(desk, kind)
    counted = lists.counts(lists.brands_seen(desk.agent), list(View))
    assert {view: number for view, number in counted.items() if number} == {View.REVIEW: 3}
    assert View.ALL not in counted
    assert not any(lists.counts([], list(View)).values())


def test_no_more_is_counted_than_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED", 2)
    for _ in range(3):
        filed(desk)
    counted = lists.counts(lists.brands_seen(desk.agent), [View.REVIEW])[View.REVIEW]
    assert (counted, lists.count_shown(counted)) == (2, "99+")


def test_odd_questions_are_answered_with_a_list(desk: Desk) -> None:
    browser = signed_in(desk.agent)
    for asked in (
        {"view": "x"},
        {"kind": "x"},
        {"status": "²"},
        {"q": "\0"},
        {"q": "x" * 500},
        {"q": "A-" + "9" * 30},
    ):
        assert browser.get(reverse("claims"), asked).status_code == 200, asked
    assert Client().get(reverse("claims")).status_code == 302


# -- by number


@pytest.mark.parametrize("typed", ["A-{0}", "a{0}", " {0} ", "Ａ－{0}", "A {0}"])
def test_a_claim_is_found_by_its_number_as_people_type_it(desk: Desk, typed: str) -> None:
    claim = filed(desk)
    assert finding.found(typed.format(claim.number), desk.agent) == [claim]


def test_a_claim_is_found_by_its_order_and_its_parcel(desk: Desk, charlie: Staff) -> None:
    claim = filed(desk)
    assert claim.order is not None
    reviewing.approve(claim, by=desk.agent)
    goods.mark_shipped(claim, by=desk.agent, carrier="sf", tracking_no="SF777")
    for number in (claim.order.external_no.lower(), "SF777", "sf777"):
        assert finding.found(number, desk.warehouse) == [claim], number
        assert finding.found(number, charlie) == []


def test_one_that_is_found_opens_at_once(desk: Desk) -> None:
    claim = filed(desk)
    browser = signed_in(desk.agent)
    assert browser.get(reverse("claims"), {"q": claim.public_number})["Location"] == reverse(
        "claim", args=[claim.pk]
    )
    assert "Nothing found" in browser.get(reverse("claims"), {"q": "A-999999"}).content.decode()


# -- the scanner's page


def scan(desk: Desk, number: str) -> str:
    return signed_in(desk.warehouse).get(reverse("receiving"), {"q": number}).content.decode()


def test_what_is_scanned_can_be_counted_at_once_and_leads_back(desk: Desk) -> None:
    claim = filed(desk)
    reviewing.approve(claim, by=desk.agent)
    desk.ships(claim)
    shown = scan(desk, claim.public_number)
    assert reverse("claim-receipt", args=[claim.pk]) in shown
    back = f"{reverse('receiving')}?q={claim.public_number}"
    assert back in shown
    claim.refresh_from_db()
    given = {"version": claim.version, "next": back, f"qty-{claim.lines.get().pk}": "1"}
    answer = signed_in(desk.warehouse).post(reverse("claim-receipt", args=[claim.pk]), given)
    assert answer["Location"] == back
    assert reverse("claim-inspection", args=[claim.pk]) in scan(desk, claim.public_number)


def test_a_number_of_nothing_is_said_and_several_are_offered(desk: Desk) -> None:
    assert "No claim has the number A-4711" in scan(desk, "A-4711")
    order = desk.order(lines=[desk.shop.line(qty=2)])
    one, two = (desk.files(order, qty=1) for _ in range(2))
    shown = scan(desk, order.external_no)
    assert one.public_number in shown
    assert two.public_number in shown


def test_only_paths_of_ours_are_led_back_to(desk: Desk) -> None:
    claim = filed(desk)
    claim.refresh_from_db()
    given = {"version": claim.version, "next": "https://elsewhere.example/"}
    answer = signed_in(desk.agent).post(reverse("claim-approval", args=[claim.pk]), given)
    assert answer["Location"] == reverse("claim", args=[claim.pk])
