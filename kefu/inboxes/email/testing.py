"""A mailbox for tests of other rooms."""

from __future__ import annotations

import json

from django.utils import timezone

from kefu.conversations import flows
from kefu.conversations.models import Inbox, InboxKind, Message
from kefu.inboxes.email import writing
from kefu.inboxes.email.models import Letter, MailAddress, ReceivedMail, ReceivedState, Way
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.stored import Words
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Staff, Team


def make_mailbox(team: Team, address: str, *, name: str = "Mail", words: str = "") -> Inbox:
    """Delivered to, answered through the desk. ``words`` stand wherever an admin may write."""
    inbox = Inbox.objects.create(brand=team.brand, team=team, kind=InboxKind.EMAIL, name=name, language="en")
    MailAddress.objects.create(inbox=inbox, address=address, is_main=True)
    said = Words(words, words)
    MailSettings(
        way_in=WayIn.DELIVERED,
        sender_name=Words(words[:60], words[:60]),
        signature=said,
        acknowledgement=said,
    ).save(inbox)
    return inbox


def set_aside(inbox: Inbox, reason: str = "crash", stored: str = "") -> ReceivedMail:
    """Its raw source is wherever ``stored`` names it; nowhere unless told."""
    return ReceivedMail.objects.create(
        inbox=inbox,
        once=uuid7().bytes,
        way=Way.LMTP,
        stored=stored or f"mail/{uuid7()}",
        size=2048,
        received_at=timezone.now(),
        state=ReceivedState.ASIDE,
        reason=reason,
    )


def make_letter(inbox: Inbox, *, words: str = "", html: str = "<p>Where is my <b>lamp</b>?</p>") -> Message:
    """What a mail became, with its head, its page, a signature and a quote."""
    customer = Customer.objects.create(name=words[:80] or "Alice", language="en")
    opening = flows.Opening(start_id=uuid7(), text=words or "Where is my lamp?", subject=words or "A lamp")
    _conversation, posted = flows.start(customer, inbox, opening)
    person = [words or "Alice", "alice@customer.test"]
    head = {"subject": words or "A lamp", "from": person, "to": [person], "cc": [person]}
    told = {
        "reply_to": [],
        "references": [],
        "refused_files": [f"{words}.exe"],
        "date": "2026-11-22T10:00:00+08:00",
    }
    Letter.objects.create(
        message_id=posted.message_id,
        received=set_aside(inbox),
        header_id="lamp@customer.test",
        head=json.dumps(head | told),
        html=html,
        quoted=words or "On Monday we wrote",
        signature=words or "Alice, Sales",
        verdict={"standing": "none", "spf": "pass", "dkim": "", "dmarc": "none", "poses_as": "name"},
    )
    Message.objects.filter(pk=posted.message_id).update(has_original=True)
    return Message.objects.get(pk=posted.message_id)


def make_reply(to: Message, by: Staff, words: str = "It is on its way.") -> Message:
    """An answer that waits to leave as a mail."""
    posted = writing.reply(to.conversation, words, by=by, client_id=uuid7(), wanted=writing.Wanted())
    return Message.objects.get(pk=posted.message_id)
