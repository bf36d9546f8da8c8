"""What only the pages of claims need."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kefu.claims import owed
from kefu.claims.forms import line_name
from kefu.claims.lists import Row
from kefu.claims.models import Claim, RefundState
from kefu.claims.telling import pill
from kefu.claims.wording import Turn, status_word, turn
from kefu.web.templatetags.figures import money

register = template.Library()
REFUND_PILLS = {
    RefundState.SUCCEEDED: "good",
    RefundState.REQUESTED: "warn",
    RefundState.FAILED: "bad",
    RefundState.ABNORMAL: "bad",
    RefundState.REVERSED: "bad",
    RefundState.UNKNOWN: "warn",
    RefundState.CLOSED: "warn",
    RefundState.CANCELLED: "",
}


@register.filter
def stands_at(status: str) -> str | Promise:
    return status_word(status)


@register.filter
def status_pill(status: str) -> str:
    return pill(status)


@register.filter
def refund_pill(state: str) -> str:
    return REFUND_PILLS.get(RefundState(state), "info")


@register.filter
def turn_of(claim: Claim) -> Turn | None:
    return turn(claim)


@register.simple_tag
def worth(claim: Claim) -> SafeString | str:
    """What it is about in money, as limits see it."""
    amount = owed.value(claim).minor if claim.reckoning else 0
    return money(amount, claim.currency) if amount and claim.currency else ""


@register.filter
def what(row: Row) -> str:
    """The first item, how many of it, and that there are more."""
    if not row.lines:
        return "–"
    first, more = row.lines[0], len(row.lines) - 1
    name = f"{line_name(first)} × {first.qty}" if first.qty > 1 else line_name(first)
    return _("%(name)s and %(number)s more") % {"name": name, "number": more} if more else name
