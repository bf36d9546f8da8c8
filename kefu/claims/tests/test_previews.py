"""A preview as a whole: what comes out, and that it costs little and leaves no trace."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kefu.claims.models import Claim, Verdict
from kefu.claims.models.claims import Destination
from kefu.claims.presets import BRAND_30_DAYS, CN_LAW, EU_14_DAYS
from kefu.claims.preview import preview
from kefu.claims.terms import Terms
from kefu.claims.tests.shop import Shop, ask, clock, verdict

WITH_EVERYTHING = replace(
    EU_14_DAYS, money=replace(EU_14_DAYS.money, destinations=(Destination.ORIGINAL, Destination.GIFT_CARD))
)


def test_a_lamp_sent_back_in_time_is_eligible_with_its_whole_price(shop: Shop) -> None:
    order = shop.lamp_delivered("2026-11-02 15:00")
    seen = ask(shop.asks(order), CN_LAW, "2026-11-05 09:00")
    assert seen.outcome == "eligible", seen.verdicts
    assert seen.automatic
    assert (seen.money.total, seen.money.currency) == (10_000, "CNY")
    assert seen.freight_payer == "customer"
    assert seen.destinations == ["original", "store_credit"]
    assert str(seen.dates.window_last_day) == "2026-11-09"
    assert seen.dates.ship_by == clock("2026-11-13 00:00")
    assert seen.dates.refund_within_days == 7
    assert "goods" in seen.prepare


@pytest.mark.parametrize(("terms", "questions"), [(BRAND_30_DAYS, 5), (WITH_EVERYTHING, 8)])
def test_looking_creates_nothing_and_asks_the_same_number_of_questions_for_any_size(
    shop: Shop, terms: Terms, questions: int
) -> None:
    shipping = 900 if terms is WITH_EVERYTHING else 0
    small = shop.order(shipping=shipping)
    large = shop.order(*[shop.line() for _ in range(12)], shipping=shipping)
    for order in (small, large):
        for line in order.lines.all():
            shop.delivered(order, clock("2026-11-02 15:00"), (line, 1))
    counts = []
    for order in (small, large):
        asked = shop.asks(order)
        with CaptureQueriesContext(connection) as queries:
            ask(asked, terms, "2026-11-05 09:00")
        counts.append(len(queries))
        assert not [query for query in queries if not query["sql"].startswith("SELECT")]
    assert counts[0] == counts[1] == questions
    assert not Claim.objects.exists()
    assert not Verdict.objects.exists()


def test_without_any_policy_a_person_looks_at_it(shop: Shop) -> None:
    order = shop.lamp_delivered("2026-11-02 15:00")
    seen = preview(shop.asks(order), at=clock("2028-11-03 09:00"))
    assert verdict(seen, "policy_published") == "review data"
    assert (seen.outcome, seen.automatic, seen.money.total) == ("needs_review", False, 10_000)
