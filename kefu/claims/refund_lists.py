"""The lists of refunds for finance: to approve, to pay by hand, in trouble, under way, all; and those of a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims.lists import key_of, key_text
from kefu.claims.models import Refund, RefundState
from kefu.claims.refunding import BY_HAND
from kefu.claims.settling import TROUBLE
from kefu.people.models import Staff
from kefu.people.roles import Can

PAGE = 30
COUNTED = 100
Text = str | Promise


class View(StrEnum):
    APPROVE = "approve"
    BY_HAND = "by_hand"
    TROUBLE = "trouble"
    UNDER_WAY = "under_way"
    ALL = "all"


_STANDING = Q(replaced_by__isnull=True)
_MOVING = (
    RefundState.APPROVED,
    RefundState.QUEUED,
    RefundState.SENT,
    RefundState.UNKNOWN,
    RefundState.PROCESSING,
)
HOLDS: Mapping[View, Q] = {
    View.APPROVE: Q(state=RefundState.REQUESTED),
    View.BY_HAND: Q(state=RefundState.PROCESSING, provider=BY_HAND),
    View.TROUBLE: Q(state__in=TROUBLE) & _STANDING,
    View.UNDER_WAY: Q(state__in=_MOVING) & ~Q(state=RefundState.PROCESSING, provider=BY_HAND),
    View.ALL: Q(),
}
LABELS: Mapping[View, Text] = {
    View.APPROVE: _("To approve"),
    View.BY_HAND: _("To pay manually"),
    View.TROUBLE: _("With problems"),
    View.UNDER_WAY: _("In progress"),
    View.ALL: _("All"),
}
ICONS = {
    View.APPROVE: "user-check",
    View.BY_HAND: "hand",
    View.TROUBLE: "triangle-alert",
    View.UNDER_WAY: "send",
    View.ALL: "layers",
}
EMPTY: Mapping[View, Text] = {
    View.APPROVE: _("Refunds above one person's limit wait here for a second approval."),
    View.BY_HAND: _("Refunds that a provider cannot make by itself wait here until you have paid them."),
    View.TROUBLE: _("Refunds that failed, came back or need another account appear here."),
    View.UNDER_WAY: _("Refunds sent to a provider stay here until it answers."),
    View.ALL: _("A refund is created when a claim owes money."),
}


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Refund]
    older: str


def page(view: View, staff: Staff, before: str = "") -> Listing:
    """The latest first, with whom and what they are for; one query."""
    found = visible(staff).filter(HOLDS[view])
    if key := key_of(before):
        at, id_ = datetime.fromisoformat(key[0]), key[1]
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=id_))
    rows = list(found.order_by("-created_at", "-id")[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Listing(rows[:PAGE], key_text(last.pk, last.created_at) if last else "")


def counts(staff: Staff) -> dict[View, int]:
    """Of every view but all of them, to ``COUNTED`` at most."""
    seen = visible(staff).select_related(None).order_by()
    return {view: seen.filter(HOLDS[view])[:COUNTED].count() for view in View if view != View.ALL}


def between(staff: Staff, since: datetime, until: datetime) -> QuerySet[Refund]:
    """Of that period by when they were written, the earliest first, for reconciling."""
    written = visible(staff).filter(created_at__gte=since, created_at__lt=until)
    return written.order_by("created_at", "id")


def visible(staff: Staff) -> QuerySet[Refund]:
    """With whom and what they are for."""
    related = (
        "claim",
        "order__customer",
        "order__brand",
        "payment__method",
        "to_method",
        "replaced_by",
        "replaces",
    )
    found = Refund.objects.visible_to(staff).select_related(*related, "requested_by", "approved_by")
    return found if staff.can(Can.SEE_ORDERS) else found.none()
