"""Which inboxes, customers and files a colleague may name; conversations have ``visible_to``."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kefu.conversations.models import Conversation, File, Inbox, Tag
from kefu.people.models import Customer, Staff
from kefu.people.reach import brands_of
from kefu.people.roles import Can


def inboxes_of(staff: Staff) -> QuerySet[Inbox]:
    """Those whose new conversations one would see."""
    inboxes = Inbox.objects.filter(brand__in=brands_of(staff), is_active=True)
    return inboxes if staff.can(Can.SEE_ALL) else inboxes.filter(team__in=staff.team_ids)


def tags_of(staff: Staff) -> QuerySet[Tag]:
    return Tag.objects.filter(brand__in=brands_of(staff))


def customers_of(staff: Staff) -> QuerySet[Customer]:
    """Those with a conversation that one may see.

    Customers are shared by the brands: one who has not talked with any yet belongs to none, and is there for
    everyone who may enter customers.
    """
    customers = Customer.objects.filter(merged_into=None)
    if staff.can(Can.SEE_ALL) and staff.sees_every_brand:
        return customers
    theirs = Conversation.objects.filter(customer=OuterRef("pk"))
    seen = Q(Exists(Conversation.objects.visible_to(staff).filter(customer=OuterRef("pk"))))
    return customers.filter(seen | ~Exists(theirs) if staff.can(Can.EDIT_CUSTOMERS) else seen)


def files_of(staff: Staff) -> QuerySet[File]:
    """Those sent in a conversation that one may see, and one's own that are not sent yet."""
    seen = Conversation.objects.visible_to(staff)
    return File.objects.filter(
        Q(message__isnull=False, conversation__in=seen)
        | Q(message=None, uploader_kind="staff", uploader_id=staff.pk)
    )


def are_sendable(file_ids: Iterable[UUID], *, by: UUID, client_id: UUID) -> bool:
    """The sender's own uploads, not sent yet, or sent with the very message that is being sent again."""
    wanted = set(file_ids)
    unsent = Q(message=None) | Q(message__client_id=client_id)
    return not wanted or File.objects.filter(unsent, pk__in=wanted, uploader_id=by).count() == len(wanted)
