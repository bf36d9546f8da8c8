"""Every official way to reach a brand, how it stands at this moment, and which to take now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.conversations import waits
from kefu.conversations.models import Inbox, InboxKind
from kefu.hours import clock
from kefu.hours.models import Schedule
from kefu.hours.telling import hours_of
from kefu.hours.unusual import Unusual, unusual_days
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.stored import Words
from kefu.people.models import Brand

SOON = timedelta(days=14)
SHOWN = (InboxKind.CHAT, InboxKind.FORM, InboxKind.EMAIL)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in. Times are those of the clock there; ``wait`` is how soon an answer comes, as measured lately or
    else as promised, if it is.
    """

    inbox: Inbox
    address: str
    title: str = ""
    intro: str | Words = ""
    wait: str | Words = ""
    is_measured: bool = False
    open: bool = True
    opens: datetime | None = None
    closes: datetime | None = None
    hours: list[tuple[str, str]] = field(default_factory=list)
    unusual: list[Unusual] = field(default_factory=list)
    members_only: bool = False

    @property
    def kind(self) -> str:
        return self.inbox.kind


def ways_of(brand: Brand, now: datetime) -> list[Way]:
    """Chats first, then forms, then mailboxes, each kind in the order in which it was set up. Six queries at most."""
    found = Inbox.objects.filter(brand=brand, kind__in=SHOWN, is_active=True).order_by("created_at")
    found = found.prefetch_related("schedule__brand__special_days", "mail_addresses")
    made = {InboxKind.CHAT: _chat, InboxKind.FORM: _form, InboxKind.EMAIL: _mailbox}
    usual = waits.usual_waits(list(found), now)
    ways = [_as_measured(made[InboxKind(inbox.kind)](inbox, now), usual) for inbox in found]
    return sorted((way for way in ways if way.address), key=lambda way: SHOWN.index(InboxKind(way.kind)))


def best_now(ways: Sequence[Way]) -> tuple[Way, str] | None:
    """The quickest that is open to everyone at this moment, with the reason in a sentence."""
    offered = [way for way in ways if not way.members_only]
    for way in offered:
        if way.kind == InboxKind.CHAT and way.open:
            return way, _("The chat is open: it is the quickest way now.")
    for way in offered:
        if way.kind == InboxKind.FORM:
            return way, _("Write to us with the form: it asks for what we need to answer at once.")
    for way in offered:
        if way.kind == InboxKind.EMAIL:
            return way, _("Write to us by e-mail: we answer when we are back.")
    return (offered[0], _("Leave a message: we answer it when we are back.")) if offered else None


def _as_measured(way: Way, usual: Mapping[UUID, timedelta]) -> Way:
    """What is known outweighs what is promised."""
    wait = usual.get(way.inbox.pk)
    if wait is None:
        return way
    return replace(way, wait=waits.sentence(wait, way.inbox.schedule), is_measured=True)


def _chat(inbox: Inbox, now: datetime) -> Way:
    chat, schedule = ChatSettings.of(inbox), inbox.schedule
    return Way(
        inbox=inbox,
        address=reverse("chat-page", args=[inbox.key]),
        open=clock.is_open(schedule, now),
        opens=clock.on_the_wall(clock.next_opening(schedule, now), schedule),
        closes=clock.on_the_wall(clock.next_closing(schedule, now), schedule),
        wait=chat.expected_reply,
        hours=hours_of(schedule) if schedule else [],
        unusual=_soon_unusual(schedule, now) if schedule else [],
        members_only=chat.enforce_identity,
    )


def _form(inbox: Inbox, now: datetime) -> Way:
    """Open day and night; its promise is the shortest of its topics'."""
    form = FormSettings.of(inbox)
    promised = [topic.answer_hours for topic in form.topics if topic.answer_hours]
    return Way(
        inbox=inbox,
        address=reverse("contact", args=[inbox.key]),
        title=str(form.title),
        intro=form.intro,
        wait=_within(min(promised)) if promised else "",
    )


def _mailbox(inbox: Inbox, now: datetime) -> Way:
    """One without an address of its own is no way in."""
    main = next(iter(inbox.mail_addresses.all()), None)
    schedule = inbox.schedule
    return Way(
        inbox=inbox,
        address=f"mailto:{main}" if main else "",
        title=str(main),
        open=clock.is_open(schedule, now),
        hours=hours_of(schedule) if schedule else [],
        unusual=_soon_unusual(schedule, now) if schedule else [],
    )


def _within(hours: int) -> str:
    return ngettext(
        "We answer within %(hours)d working hour.", "We answer within %(hours)d working hours.", hours
    ) % {"hours": hours}


def _soon_unusual(schedule: Schedule, now: datetime) -> list[Unusual]:
    today = schedule.calendar.date_of(now)
    return unusual_days(schedule, today, today + SOON)
