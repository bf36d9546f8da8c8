"""What customers owe and have not paid, for finance to wait for; and how such sums ended in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from kefu.claims.lists import key_of, key_text
from kefu.claims.models import Adjustment
from kefu.claims.models.refunds import AdjustmentQuerySet
from kefu.claims.refund_lists import COUNTED, PAGE
from kefu.people.models import Staff
from kefu.people.roles import Can


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Adjustment]
    older: str


def page(staff: Staff, before: str = "") -> Listing:
    """The latest first; one query."""
    found = _with_whom(visible(staff).unpaid())
    if key := key_of(before):
        at, id_ = datetime.fromisoformat(key[0]), key[1]
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=id_))
    rows = list(found.order_by("-created_at", "-id")[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Listing(rows[:PAGE], key_text(last.pk, last.created_at) if last else "")


def count(staff: Staff) -> int:
    """To ``COUNTED`` at most."""
    return visible(staff).unpaid()[:COUNTED].count()


def between(staff: Staff, since: datetime, until: datetime) -> QuerySet[Adjustment]:
    """Those settled in that period, and those from before its end that are open still; the earliest first."""
    open_still = Q(settled_at=None, created_at__lt=until)
    found = visible(staff).filter(open_still | Q(settled_at__gte=since, settled_at__lt=until))
    return _with_whom(found).order_by("created_at", "id")


def visible(staff: Staff) -> AdjustmentQuerySet:
    """Of claims that they see."""
    found: AdjustmentQuerySet = Adjustment.objects.visible_to(staff).by_customers()
    return found if staff.can(Can.SEE_ORDERS) else found.none()


def _with_whom(found: QuerySet[Adjustment]) -> QuerySet[Adjustment]:
    return found.select_related("claim__customer", "claim__order")
