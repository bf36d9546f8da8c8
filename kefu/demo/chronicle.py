"""Verbs write the time at which they run. Here stands when each is told to have run, and what they wrote is dated back.

The log takes no corrections: it says when the demo was loaded.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from kefu.claims import clocks
from kefu.claims.models import (
    Adjustment,
    Claim,
    ClaimStep,
    Evidence,
    Inspection,
    Refund,
    Repair,
    Verdict,
)
from kefu.conversations.models import File
from kefu.orders.models import CreditEntry, Payment, RegisteredProduct, Shipment

MOMENTS: dict[type[Model], tuple[str, ...]] = {
    Claim: ("created_at", "opened_at", "approved_at", "received_at", "closed_at"),
    ClaimStep: ("at",),
    Verdict: ("judged_at",),
    Evidence: ("at",),
    File: ("created_at",),
    Inspection: ("at",),
    Repair: ("quoted_at", "started_at", "done_at", "held_from", "held_until"),
    Refund: ("created_at", "sent_at", "settled_at"),
    Adjustment: ("created_at", "settled_at"),
    Shipment: ("shipped_at", "delivered_at"),
    Payment: ("captured_at", "created_at"),
    CreditEntry: ("at",),
    RegisteredProduct: ("created_at",),
}
_DATE_BACK = """
UPDATE {table} SET {column} = g.told + ({column} - g.ran)
FROM unnest(%s::timestamptz[], %s::timestamptz[], %s::timestamptz[]) AS g(ran, next, told)
WHERE {column} >= g.ran AND {column} < g.next
"""


class Chronicle:
    """Within one transaction in which nothing else writes such rows."""

    def __init__(self) -> None:
        self._ran: list[datetime] = []
        self._told: list[datetime] = []

    def tell(self, at: datetime) -> None:
        """What runs from here on ran at ``at``."""
        self._ran.append(timezone.now())
        self._told.append(at)

    def date_back(self) -> None:
        following = [*self._ran[1:], timezone.now()]
        with connection.cursor() as cursor:
            for kind, columns in MOMENTS.items():
                for column in columns:
                    statement = _DATE_BACK.format(table=kind._meta.db_table, column=column)
                    cursor.execute(statement, [self._ran, following, self._told])
        _wind_clocks()


def _wind_clocks() -> None:
    """Deadlines follow from the moments."""
    claims = list(Claim.objects.all())
    asked, last = _moments_of_steps()
    for claim in claims:
        if claim.ship_by is not None:
            claim.ship_by = clocks.ship_by(claim, asked[claim.pk])
        clocks.wind(claim, last[claim.pk])
    Claim.objects.bulk_update(claims, ["ship_by", "promised_at", "due_at", "answer_by"])


def _moments_of_steps() -> tuple[dict[object, datetime], dict[object, datetime]]:
    """For each claim when the goods were asked for, and its latest step."""
    asked: dict[object, datetime] = {}
    last: dict[object, datetime] = {}
    for claim, after, at in ClaimStep.objects.order_by("claim", "seq").values_list("claim", "after", "at"):
        last[claim] = at
        if after in clocks.TO_BE_SENT:
            asked[claim] = at
    return asked, last
