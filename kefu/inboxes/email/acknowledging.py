"""The one automatic answer: we have your mail, this is its number, and until when somebody answers.

Only to proven senders, once for a conversation and once a day for an address, and without a word of what they wrote:
so nobody can make the desk write to others, and two desks pointed at each other stop.
"""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid5

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefu.claims.models import Claim
from kefu.conversations import posting
from kefu.conversations.models import AuthorKind, Conversation, Message
from kefu.events.actors import SYSTEM
from kefu.hours.clock import is_open
from kefu.inboxes.chat.standing import opening_words
from kefu.inboxes.email import bounces, writing
from kefu.inboxes.email.kinds import may_be_answered_by_machine
from kefu.inboxes.email.models import Postmark, index_of
from kefu.inboxes.email.parsed import Mail
from kefu.inboxes.email.settings import MailSettings
from kefu.orders.models import Order
from kefu.orders.models.orders import email_index, number_key
from kefu.web.addresses import absolute

DAY = timedelta(days=1)
MOST_NAMED = 5
MOST_WORDS = 500
_NUMBERS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{2,39}", re.ASCII)


def acknowledge(conversation: Conversation, mail: Mail) -> Message | None:
    """In the transaction that begins the conversation; the mail's sender is proven. None when nothing is said."""
    settings, address = MailSettings.of(conversation.inbox), mail.sender.address if mail.sender else ""
    if not settings.acknowledge or not may_be_answered_by_machine(mail) or bounces.is_dead(address):
        return None
    if not _is_due(address):
        return None
    language = conversation.customer.language or conversation.inbox.language
    with translation.override(language):
        words = settings.acknowledgement.said_in(language) or usual_words(conversation)
        text = "\n\n".join(part for part in (words, _named_in(conversation, mail)) if part)
        return _say(conversation, text)


def _is_due(address: str) -> bool:
    """Marks it as done: whoever comes second, at the same moment too, finds it so."""
    now = timezone.now()
    mark, _made = Postmark.objects.get_or_create(index=index_of(address))
    long_ago = Q(answered_at__isnull=True) | Q(answered_at__lt=now - DAY)
    return bool(Postmark.objects.filter(long_ago, pk=mark.pk).update(answered_at=now))


def usual_words(conversation: Conversation) -> str:
    schedule = conversation.inbox.schedule
    received = _("We have your mail. Its number is %(number)s; a person will answer it.") % {
        "number": conversation.public_number
    }
    if is_open(schedule, timezone.now()):
        return received
    return "\n".join([received, opening_words(conversation.inbox)])


def _named_in(conversation: Conversation, mail: Mail) -> str:
    """How the orders and claims stand that the mail names, as far as they are this customer's."""
    words = {number_key(word) for word in _NUMBERS.findall(f"{mail.subject} {mail.text}")[:MOST_WORDS]}
    customer, brand = conversation.customer, conversation.brand
    address = mail.sender.address if mail.sender else ""
    theirs = Q(customer=customer) | Q(email_index=email_index(address))
    orders = Order.objects.filter(theirs, brand=brand, number_key__in=words)[:MOST_NAMED]
    lines = [
        _("Order %(number)s: %(state)s") % {"number": order.external_no, "state": order.get_status_display()}
        for order in orders
    ]
    latest = Claim.objects.filter(customer=customer, brand=brand).order_by("-pk")[:200]
    claims = [one for one in latest if one.public_number in words]
    lines += [
        _("Claim %(number)s: %(state)s")
        % {"number": claim.public_number, "state": claim.get_status_display()}
        for claim in claims[:MOST_NAMED]
    ]
    if lines:
        return "\n".join(lines)
    if not any(character.isdigit() for word in words for character in word):
        return ""
    return _("How an order stands you can see at any time: %(address)s") % {
        "address": absolute(f"/b/{brand.slug}/orders/")
    }


def _say(conversation: Conversation, text: str) -> Message | None:
    posted = posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=uuid5(conversation.pk, "acknowledgement"),
            author_kind=AuthorKind.SYSTEM,
            author_id=None,
            text=text,
            may=posting.anyone,
        )
    )
    message = Message.objects.select_related("conversation__inbox", "conversation__customer").get(
        pk=posted.message_id
    )
    writing.write(message, writing.Wanted(with_quote=False), by=SYSTEM, is_automatic=True)
    return message
