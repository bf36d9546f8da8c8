"""What customers owe, as finance waits for it and holds it against the bank's list."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kefu.claims import exchanging
from kefu.claims.tests.desk import Desk
from kefu.claims.tests.test_advances import kept
from kefu.people.models import Staff
from kefu.people.testing import signed_in

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
