"""What only the pages of claims need. What stands in every row of a list is drawn without a template of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefu.claims import owed, refunding
from kefu.claims.lists import Row
from kefu.claims.models import Adjustment, Claim, Refund, RefundState
from kefu.claims.providers import registry
from kefu.claims.telling import pill
from kefu.claims.termchoices import LawProfile
from kefu.claims.wording import Turn, status_word
from kefu.orders.showing import parcel_pill
from kefu.people.models import Brand
from kefu.web import moments
from kefu.web.joining import listed
from kefu.web.templatetags.figures import money
from kefu.web.templatetags.parts import MEANINGS, icon

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
PROVIDERS: Mapping[str, str | Promise] = {
    refunding.BY_HAND: gettext_lazy("By hand"),
    refunding.INTERNAL: gettext_lazy("Store balance"),
    **registry.NAMES,
}


@register.filter
def last_day(deadline: datetime, brand: Brand) -> str:
    """A deadline is the first moment that is too late; people are told the day before it, by the brand's clock."""
    last = (deadline - timedelta(microseconds=1)).astimezone(ZoneInfo(brand.time_zone))
    return last.date().isoformat()


@register.filter
def stands_at(status: str) -> str | Promise:
    return status_word(status)


@register.simple_tag
def status_mark(claim: Claim) -> SafeString:
    """The pill of its status, and that it is an appeal."""
    stands = _pill(status_word(claim.status), pill(claim.status))
    appeal = _pill(_("Appeal"), "warn", "gavel") if claim.appealed else ""
    return format_html("{}{}", stands, appeal)


@register.simple_tag
def refund_mark(refund: Refund) -> SafeString:
    return _pill(RefundState(refund.state).label, refund_pill(refund.state))


@register.filter
def sum_pill(adjustment: Adjustment) -> str:
    return {Adjustment.State.OPEN: "warn", Adjustment.State.PAID: "good"}.get(adjustment.state, "")


@register.simple_tag
def turn_mark(turn: Turn) -> SafeString:
    """Whose turn it is, until when, and that it is late."""
    is_late = turn.late and turn.is_ours
    until = format_html('<span class="quiet">{}</span>', stamp(turn.until)) if turn.until else ""
    return format_html(
        '<span class="turn{}">{}<span>{}</span>{}</span>',
        " late" if is_late else "",
        icon("clock-alert", label=_("Overdue")) if is_late else "",
        listed(turn.whose),
        until,
    )


@register.filter
def stamp(moment: datetime) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        moments.exact(moment),
        moments.shown(moment, "stamp"),
    )


def _pill(label: str | Promise, kind: str, name: str = "") -> SafeString:
    return _drawn_pill(str(label), kind, name or MEANINGS.get(kind, ""))


@lru_cache(maxsize=500)
def _drawn_pill(label: str, kind: str, name: str) -> SafeString:
    return format_html('<span class="pill {}">{}{}</span>', kind, icon(name) if name else "", label)


@register.filter
def refund_pill(state: str) -> str:
    return REFUND_PILLS.get(RefundState(state), "info")


@register.filter
def provider_name(provider: str) -> str | Promise:
    return PROVIDERS.get(provider, provider)


@register.filter
def law_name(profile: str) -> str | Promise:
    return LawProfile(profile).label if profile else ""


register.filter("parcel_pill", parcel_pill)


@register.simple_tag
def worth(claim: Claim) -> SafeString | str:
    """What it is about in money, as limits see it."""
    amount = owed.value(claim).minor if claim.reckoning else 0
    return money(amount, claim.currency) if amount and claim.currency else ""


@register.filter
def what(row: Row) -> str:
    """The first item, how many of it, and that there are more."""
    if not row.items:
        return "–"
    first, more = row.items[0], len(row.items) - 1
    name = f"{first.name} × {first.qty}" if first.qty > 1 else first.name
    return _("%(name)s and %(number)s more") % {"name": name, "number": more} if more else name
