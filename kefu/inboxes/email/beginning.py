"""A first mail from the desk: it begins a conversation with whoever it goes to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kefu.conversations import flows
from kefu.conversations.models import Conversation, Inbox, InboxKind, Message
from kefu.conversations.models.conversation import Refused
from kefu.conversations.reach import customers_of, inboxes_of
from kefu.inboxes.email import senders, writing
from kefu.inboxes.email.writing import Wanted
from kefu.people import customers
from kefu.people.models import Customer, IdentityKind, Staff


def mailboxes_of(agent: Staff) -> QuerySet[Inbox]:
    """Those that one may write from."""
    return inboxes_of(agent).filter(kind=InboxKind.EMAIL, mail_addresses__is_main=True).order_by("name", "pk")


@transaction.atomic
def write_first(
    mailbox: Inbox,
    text: str,
    *,
    by: Staff,
    start_id: UUID,
    wanted: Wanted,
    known: Customer | None = None,
    file_ids: Sequence[UUID] = (),
) -> Conversation:
    """With ``known`` where the first address is theirs, else with whom the address belongs to. ``start_id`` makes a
    repeat harmless. Raises ``Refused`` and ``posting.CannotPost``.
    """
    if not wanted.to:
        raise Refused(_("Nobody is named to send this to. Add an address."))
    if not wanted.subject:
        raise Refused(_("Give the mail a subject."))
    name, address = wanted.to[0]
    customer = _customer(address, name, known, by)
    opening = flows.Opening(start_id=start_id, text=text, subject=wanted.subject, file_ids=tuple(file_ids))
    conversation, posted = flows.reach_out(customer, mailbox, opening, by=by)
    if not posted.repeat:
        writing.write(Message.objects.get(pk=posted.message_id), wanted, by=by)
    return conversation


def _customer(address: str, name: str, known: Customer | None, by: Staff) -> Customer:
    """An address proves nobody to a colleague who may not see whose it is: then it has a customer of its own."""
    if known is not None and senders.writes_as(known, address):
        return known
    holder = customers.find(IdentityKind.EMAIL, address)
    if holder is not None and customers_of(by).filter(pk=holder.pk).exists():
        return holder
    return senders.customer_of(address, name, proven=False)
