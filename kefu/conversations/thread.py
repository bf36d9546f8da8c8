"""A stretch of a conversation as it is read: day by day, messages and what else happened in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from kefu.conversations import bubbles, timeline
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import AuthorKind, Conversation
from kefu.conversations.timeline import Fact

MOST_AT_FIRST = 120
READ_BEFORE = 8
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
TOGETHER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Item:
    """One of: a message, a fact, the first of a day, the mark above what is new."""

    bubble: Bubble | None = None
    follows: bool = False
    fact: Fact | None = None
    day: date | None = None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    items: Sequence[Item]
    older: int | None  # ask for what is before this number; None at the beginning
    newer: int | None = None  # ask for what is after this one; None at the end


def latest(conversation: Conversation, read: int = 0) -> Stretch:
    """The end of it; longer when more is unread, so that the first unread message is there."""
    unread = max(0, conversation.last_reply_seq - read)
    limit = min(MOST_AT_FIRST, max(bubbles.PAGE, unread + READ_BEFORE))
    found = bubbles.before(conversation.pk, None, limit + 1)
    return _stretch(conversation, found[-limit:], more=len(found) > limit, until=END, read=read)


def older(conversation: Conversation, before: int) -> Stretch:
    """The page above message ``before``; that is asked for too, since later facts are on its page."""
    found = bubbles.before(conversation.pk, before + 1, bubbles.PAGE + 2)
    page = [bubble for bubble in found if bubble.seq < before]
    until = found[-1].at if found and found[-1].seq == before else END
    return _stretch(conversation, page[-bubbles.PAGE :], more=len(page) > bubbles.PAGE, until=until)


def around(conversation: Conversation, at: int) -> Stretch:
    """Where message ``at`` stands, for a search that found it."""
    found = bubbles.after(conversation.pk, max(0, at - READ_BEFORE), bubbles.PAGE + 1)
    page = found[: bubbles.PAGE]
    if len(found) == len(page):
        return _stretch(conversation, page, more=bool(page) and page[0].seq > 1, until=END)
    stretch = _stretch(conversation, page, more=page[0].seq > 1, until=page[-1].at)
    return replace(stretch, newer=page[-1].seq)


def newer(conversation: Conversation, after: int) -> Stretch:
    """What was said since message ``after``: for a screen that was away, or that came from a search."""
    found = bubbles.after(conversation.pk, after, MOST_AT_FIRST + 1)
    page = found[:MOST_AT_FIRST]
    if not page:
        return Stretch([], None)
    further = len(found) > len(page)
    stretch = _stretch(conversation, page, more=True, until=page[-1].at if further else END)
    return replace(stretch, older=None, newer=page[-1].seq if further else None)


def _stretch(
    conversation: Conversation,
    said: Sequence[Bubble],
    *,
    more: bool,
    until: datetime,
    read: int | None = None,
) -> Stretch:
    since = said[0].at if said and more else BEGINNING
    happened = timeline.between(conversation.pk, since, until)
    items = list(_with_days(_in_order(said, happened), read if said else None))
    return Stretch(items, said[0].seq if said and more else None)


def _in_order(said: Iterable[Bubble], happened: Iterable[Fact]) -> list[Bubble | Fact]:
    """By time; among the same moment messages first, in their own order."""
    everything: list[Bubble | Fact] = [*said, *happened]
    return sorted(everything, key=lambda one: one.at)


def _with_days(everything: Iterable[Bubble | Fact], read: int | None) -> Iterable[Item]:
    day: date | None = None
    last: Bubble | None = None
    marked = not read  # someone who never looked needs no mark above everything
    for one in everything:
        today = timezone.localtime(one.at).date()
        if today != day:
            day, last = today, None
            yield Item(day=day)
        if isinstance(one, Fact):
            last = None
            yield Item(fact=one)
            continue
        if not marked and _is_new(one, read or 0):
            marked, last = True, None
            yield Item(new=True)
        yield Item(bubble=one, follows=last is not None and goes_on(last, one))
        last = one


def _is_new(bubble: Bubble, read: int) -> bool:
    return bubble.author_kind == AuthorKind.CUSTOMER and (bubble.reply_seq or 0) > read


def goes_on(last: Bubble, bubble: Bubble) -> bool:
    """The same person saying more in the same breath: the name need not stand there again."""
    same = (last.author_id, last.kind) == (bubble.author_id, bubble.kind)
    return same and bubble.at - last.at < TOGETHER
