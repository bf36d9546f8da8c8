"""Handing over to a person: at once, for good, with a note from which the customer need repeat nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid5

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefu.answers import collecting, hearing, wording
from kefu.answers.models import About, Stage, Talk, Turn, WhyPerson
from kefu.articles.addresses import address_of
from kefu.articles.models import Translation
from kefu.conversations import posting
from kefu.conversations.bubbles import ASSISTANT
from kefu.conversations.models import AuthorKind, Conversation, Message, MessageKind, Priority
from kefu.conversations.timeline import Fact
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.hours.clock import is_open
from kefu.web.addresses import absolute

HANDED_OVER = "conversation.assistant_handed_over"
URGENT = {WhyPerson.DANGER: Priority.URGENT, WhyPerson.SECURITY: Priority.HIGH}
MOST_ASKED = 8
LONGEST = 300
MOST_SOURCES = 5
HARDLY = 0.1


def hand_over(talk: Talk, conversation: Conversation, why: WhyPerson, *, say: bool) -> None:
    """Under the conversation's lock, in the customer's language. The conversation waits for its team as before."""
    talk.stage, talk.why, talk.ended_at = Stage.HANDED_OVER, why, timezone.now()
    talk.awaits, talk.choices = "", []
    talk.save()
    if say:
        _post(conversation, "handed over", wording.marked(_said(conversation, why)), MessageKind.REPLY)
    with translation.override(conversation.inbox.language):
        _post(conversation, "note", "\n".join(_note(talk, conversation, why)), MessageKind.NOTE)
    if why in URGENT and conversation.priority < URGENT[why]:
        conversation.prioritise(URGENT[why], by=SYSTEM)
    log.record(HANDED_OVER, conversation, by=SYSTEM, **conversation.scope(), why=why)


def sentence(fact: Fact) -> str:
    why = dict(WhyPerson.choices).get(fact.data.get("why", ""), "")
    return _("The assistant handed over. {why}").format(why=why)


def _said(conversation: Conversation, why: WhyPerson) -> str:
    """What is urgent for them comes first."""
    first = {WhyPerson.DANGER: wording.danger, WhyPerson.SECURITY: wording.security}.get(why)
    open_now = is_open(conversation.inbox.schedule, timezone.now())
    handed = wording.handed_over(is_open=open_now, about_money=why == WhyPerson.MONEY)
    return f"{first()}\n{handed}" if first else handed


def _note(talk: Talk, conversation: Conversation, why: WhyPerson) -> Iterator[str]:
    yield _("The automatic assistant handed over. %(why)s") % {"why": why.label}
    about = About.objects.filter(conversation=conversation).first()
    if about is not None:
        yield _("About: %(intent)s") % {"intent": about.get_intent_display()}
    yield _("The customer wrote:")
    yield from (f"- {text}" for text in _asked(conversation))
    if talk.order is not None:
        yield _("Order looked up with its second fact: %(number)s, %(status)s") % {
            "number": talk.order.external_no,
            "status": talk.order.get_status_display(),
        }
    elif talk.order_number:
        yield _("Order number given, not confirmed: %(number)s") % {"number": talk.order_number}
    if talk.asked:
        yield _("Asked for you:")
        yield from (f"- {line}" for line in collecting.told(talk, conversation))
    shown = list(_sources(talk))
    if shown:
        yield _("Articles found for them, the surest first:")
        yield from (f"- {line}" for line in shown)


def _asked(conversation: Conversation) -> list[str]:
    """In their words, without the answers that they only pressed."""
    said = Message.objects.filter(
        conversation=conversation, author_kind=AuthorKind.CUSTOMER, kind=MessageKind.REPLY
    ).order_by("-seq")[:MOST_ASKED]
    texts = [" ".join(message.text.split())[:LONGEST] for message in reversed(said) if message.text.strip()]
    pressed = (
        wording.HELPED,
        wording.NO_HELP,
        wording.PERSON,
        wording.LOOK_UP,
        wording.DETAILS,
        wording.SKIP,
    )
    return [text for text in texts if not any(hearing.presses(text, one) for one in pressed)] or texts


def _sources(talk: Talk) -> Iterator[str]:
    """Each once, the surest first; what was hardly alike is left out."""
    kept: dict[str, dict[str, Any]] = {}
    for turn in Turn.objects.filter(talk=talk):
        for one in turn.found:
            known = kept.get(one["translation"])
            if one["confidence"] >= HARDLY and (known is None or one["confidence"] > known["confidence"]):
                kept[one["translation"]] = one
    live = Translation.objects.published().select_related("brand").in_bulk(list(kept))
    found = [text for text in live.values() if str(text.pk) in kept]
    for text in sorted(found, key=lambda text: -kept[str(text.pk)]["confidence"])[:MOST_SOURCES]:
        one = kept[str(text.pk)]
        yield f"{one['title']} ({round(100 * one['confidence'])} %) {absolute(address_of(text))}"


def _post(conversation: Conversation, what: str, text: str, kind: MessageKind) -> None:
    posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=uuid5(conversation.pk, f"assistant {what}"),
            author_kind=AuthorKind.SYSTEM,
            author_id=ASSISTANT,
            text=text,
            may=posting.anyone,
            kind=kind,
        )
    )
