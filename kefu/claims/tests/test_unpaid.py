"""What customers owe, as finance waits for it and holds it against the bank's list."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kefu.claims import exchanging
from kefu.claims.tests.desk import Desk
from kefu.claims.tests.test_advances import kept
from kefu.people.models import Staff
from kefu.people.testing import signed_in
from tests.calling import calling, problem_of

pytestmark = pytest.mark.django_db


def test_finance_sees_what_is_unpaid_until_it_is_paid(desk: Desk, charlie: Staff) -> None:
    claim = kept(desk)
    unpaid, reconciled = reverse("unpaid"), reverse("reconciliation")
    listed = signed_in(desk.finance).get(unpaid).content.decode()
    assert str(claim) in listed and "CN¥100.00" in listed and reverse("claim", args=[claim.pk]) in listed
    assert reverse("unpaid") in signed_in(desk.finance).get(reverse("refunds")).content.decode()
    assert "Open" in signed_in(desk.finance).get(reconciled).content.decode()
    assert str(claim) not in signed_in(charlie).get(unpaid).content.decode()
    assert signed_in(desk.agent).get(reconciled).status_code == 403
    exchanging.advance_paid(claim, by=desk.finance, reference="B-1")
    assert str(claim) not in signed_in(desk.finance).get(unpaid).content.decode()
    shown = signed_in(desk.finance).get(reconciled).content.decode()
    assert str(claim) in shown and "B-1" in shown and "CN¥100.00" in shown
    before = signed_in(desk.finance).get(reconciled, {"since": "2020-01-01", "until": "2020-01-31"})
    assert str(claim) not in before.content.decode()


def test_what_is_unpaid_is_listed_in_pages_with_the_same_number_of_questions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu.claims.unpaid.PAGE", 2)
    claims, browser, counted = [kept(desk)], signed_in(desk.finance), []
    for more in (0, 2):
        claims += [kept(desk) for _ in range(more)]
        browser.get(reverse("unpaid"))
        with CaptureQueriesContext(connection) as queries:
            first = browser.get(reverse("unpaid"))
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 16
    assert [one.claim for one in first.context["rows"]] == [claims[2], claims[1]]
    older = browser.get(reverse("unpaid") + first.context["older"])
    assert [one.claim for one in older.context["rows"]] == [claims[0]]
    assert browser.get(reverse("unpaid"), {"before": "x_y"}).status_code == 200


def test_programs_of_finance_list_sums_by_how_they_stand(desk: Desk, charlie: Staff) -> None:
    first, second, third = (kept(desk, price) for price in (10_000, 7_501, 5_000))
    exchanging.advance_paid(second, by=desk.finance, reference="B-1")
    exchanging.waive_advance(third, by=desk.supervisor, words="It came late.")
    api = calling(desk.finance)

    def listed(**asked: Any) -> list[tuple[str, int]]:
        return [(one["claim"], one["amount_minor"]) for one in api.get("/adjustments", asked).json()["items"]]

    assert listed(state="open") == [(str(first.pk), -10_000)]
    assert listed(state=["paid", "waived"]) == [(str(third.pk), -5_000), (str(second.pk), -7_501)]
    assert listed(why="paid_repair") == []
    assert listed(claim=second.pk) == [(str(second.pk), -7_501)]
    (paid,) = api.get("/adjustments", {"state": "paid"}).json()["items"]
    assert (paid["reference"], paid["currency"], paid["settled_by"]) == ("B-1", "CNY", str(desk.finance.pk))
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            page = api.get("/adjustments", {"limit": limit}).json()
        counts.append(len(queries))
        assert len(page["items"]) == limit
    assert counts[0] == counts[1] <= 3
    page = api.get("/adjustments", {"limit": 2}).json()
    rest = api.get("/adjustments", {"limit": 2, "cursor": page["next"]}).json()
    assert [one["claim"] for one in rest["items"]] == [str(first.pk)]
    for other in (desk.agent, desk.supervisor):
        assert problem_of(calling(other).get("/adjustments"))["status"] == 403
    Staff.objects.filter(pk=charlie.pk).update(role="finance")
    assert calling(Staff.objects.get(pk=charlie.pk)).get("/adjustments").json()["items"] == []
