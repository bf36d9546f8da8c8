"""The home of a brand's customer service: every way in, what is open now, how to know that it is us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kefu.conversations.models import Inbox, InboxKind
from kefu.hours import clock
from kefu.hours.models import Schedule
from kefu.hours.telling import hours_of
from kefu.hours.unusual import Unusual, unusual_days
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.stored import Words
from kefu.orders.models import OrderSource
from kefu.people.access import public_route
from kefu.people.models import Brand
from kefu.portal.branding import branding, first_brand
from kefu.web.colour import accent_css

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach the brand, and how it stands at this moment. Times are those of the clock there."""

    inbox: Inbox
    open: bool
    opens: datetime | None
    closes: datetime | None
    reply: Words
    hours: list[tuple[str, str]]
    unusual: list[Unusual]
    members_only: bool


@require_safe
@public_route
def home(request: HttpRequest) -> HttpResponse:
    """Of the brand that was there first."""
    brand = first_brand()
    return _home(request, brand) if brand else render(request, "portal/empty.html")


@require_safe
@public_route
def brand_home(request: HttpRequest, brand: str) -> HttpResponse:
    return _home(request, get_object_or_404(Brand, slug=brand))


@require_safe
@public_route
def colours(request: HttpRequest, brand: str) -> HttpResponse:
    """The brand's accent as a stylesheet; its address changes with the colour, so it may be kept."""
    css = accent_css(get_object_or_404(Brand, slug=brand).accent)
    return HttpResponse(
        css, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=86400"}
    )


def _home(request: HttpRequest, brand: Brand) -> HttpResponse:
    context = {
        "ways": ways_of(brand, timezone.now()),
        "forms": forms_of(brand),
        "has_orders": OrderSource.objects.filter(brand=brand).exists(),
        "has_policies": brand.policies.published().exists(),
    }
    return render(request, "portal/home.html", branding(brand) | context)


def forms_of(brand: Brand) -> list[tuple[Inbox, FormSettings]]:
    found = Inbox.objects.filter(brand=brand, kind=InboxKind.FORM, is_active=True)
    return [(inbox, FormSettings.of(inbox)) for inbox in found.order_by("created_at")]


def ways_of(brand: Brand, now: datetime) -> list[Way]:
    found = Inbox.objects.filter(brand=brand, kind=InboxKind.CHAT, is_active=True)
    found = found.prefetch_related("schedule__brand__special_days")
    return [_way(inbox, now) for inbox in found.order_by("created_at")]


def _way(inbox: Inbox, now: datetime) -> Way:
    schedule, chat = inbox.schedule, ChatSettings.of(inbox)
    return Way(
        inbox=inbox,
        open=clock.is_open(schedule, now),
        opens=clock.on_the_wall(clock.next_opening(schedule, now), schedule),
        closes=clock.on_the_wall(clock.next_closing(schedule, now), schedule),
        reply=chat.expected_reply,
        hours=hours_of(schedule) if schedule else [],
        unusual=_soon_unusual(schedule, now) if schedule else [],
        members_only=chat.enforce_identity,
    )


def _soon_unusual(schedule: Schedule, now: datetime) -> list[Unusual]:
    today = schedule.calendar.date_of(now)
    return unusual_days(schedule, today, today + SOON)
