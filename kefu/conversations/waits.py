"""How long customers lately waited for the first answer of a person, by inbox and within its service hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from time import monotonic
from uuid import UUID

from django.db import connection
from django.utils.translation import ngettext

from kefu.conversations.models import Inbox
from kefu.hours import clock
from kefu.hours.models import Schedule

LATELY = timedelta(days=7)
FEWEST = 10
KEPT_SECONDS = 600
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROUND_MINUTES = (1, 2, 3, 4, 5, 10, 15, 20, 30, 45)

# Those that wait still count with what they have waited so far: a desk that answers only some would look quick.
# Walked by the index of each team's list of an inbox, so that nothing grows with what is older than a week.
LATEST = """
    SELECT i.id, c.created_at, c.first_reply_at
    FROM conversations_inbox i
    JOIN people_team t ON t.brand_id = i.brand_id
    CROSS JOIN LATERAL (
        SELECT id, created_at, first_reply_at FROM conversations_conversation
        WHERE team_id = t.id AND inbox_id = i.id AND last_message_at > %(since)s AND created_at > %(since)s
            AND (first_reply_at IS NOT NULL OR status = 'open' AND waiting_since IS NOT NULL)
        ORDER BY last_message_at DESC, id DESC LIMIT 100
    ) c
    JOIN conversations_message m ON m.conversation_id = c.id AND m.seq = 1 AND m.author_kind = 'customer'
    WHERE i.id = ANY(%(inboxes)s)
"""

_known: dict[UUID, tuple[float, timedelta | None]] = {}


def usual_waits(inboxes: Sequence[Inbox], now: datetime) -> Mapping[UUID, timedelta]:
    """The median of the last seven days; an inbox with fewer than ten answered conversations is not in it.

    One query for all of them, remembered by each process for ten minutes.
    """
    unknown = [one for one in inboxes if _known.get(one.pk, (0.0,))[0] <= monotonic()]
    if unknown:
        until, measured = monotonic() + KEPT_SECONDS, _measure(unknown, now)
        _known.update({one.pk: (until, measured.get(one.pk)) for one in unknown})
    found = {one.pk: _known[one.pk][1] for one in inboxes}
    return {inbox: wait for inbox, wait in found.items() if wait is not None}


def sentence(wait: timedelta, schedule: Schedule | None) -> str:
    """Rounded up, and saying that it was measured. Hours are working hours where there are service hours."""
    minutes = next((one for one in ROUND_MINUTES if wait <= one * MINUTE), None)
    if minutes is not None:
        words = ngettext(
            "Last 7 days: first answer after about %(count)d minute",
            "Last 7 days: first answer after about %(count)d minutes",
            minutes,
        )
        return words % {"count": minutes}
    hours = ceil(wait / HOUR)
    if schedule is None:
        words = ngettext(
            "Last 7 days: first answer within %(count)d hour",
            "Last 7 days: first answer within %(count)d hours",
            hours,
        )
    else:
        words = ngettext(
            "Last 7 days: first answer within %(count)d working hour",
            "Last 7 days: first answer within %(count)d working hours",
            hours,
        )
    return words % {"count": hours}


def _measure(inboxes: Sequence[Inbox], now: datetime) -> dict[UUID, timedelta]:
    schedules = {one.pk: one.schedule for one in inboxes}
    waits: dict[UUID, list[float]] = defaultdict(list)
    answered: dict[UUID, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"since": now - LATELY, "inboxes": list(schedules)})
        for inbox, began, replied in cursor.fetchall():
            wait = clock.working_time_between(schedules[inbox], began, replied or now)
            waits[inbox].append(wait.total_seconds())
            answered[inbox] += replied is not None
    known = [inbox for inbox, count in answered.items() if count >= FEWEST]
    return {inbox: timedelta(seconds=median(waits[inbox])) for inbox in known}
