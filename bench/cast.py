"""Who takes part: an inbox, visitors with tokens and conversations, agents with sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kefu.people.models import Staff


@dataclass(frozen=True)
class Sender:
    key: str
    token: str
    conversation: str
    customer: str


def make_inbox() -> object:
    from kefu.conversations.models import Inbox
    from kefu.people.models import Brand, Team

    brand, _made = Brand.objects.get_or_create(slug="bench", defaults={"name": "Bench", "language": "en"})
    team, _made = Team.objects.get_or_create(brand=brand, name="Support")
    return Inbox.objects.get_or_create(
        brand=brand, name="Website", defaults={"team": team, "language": "en"}
    )[0]


def make_senders(count: int) -> list[Sender]:
    """Set-based, as ten thousand of them are wanted."""
    from django.utils import timezone

    from kefu.conversations.models import Conversation, Inbox
    from kefu.inboxes.chat.models import Visitor
    from kefu.lib.ids import secret_token, token_hash
    from kefu.people.models import Customer

    inbox = make_inbox()
    assert isinstance(inbox, Inbox)
    now = timezone.now()
    customers = Customer.objects.bulk_create(
        [Customer(name=f"Visitor {n}") for n in range(count)], batch_size=1000
    )
    tokens = [secret_token() for _ in range(count)]
    Visitor.objects.bulk_create(
        [
            Visitor(
                inbox=inbox,
                customer=customer,
                token_hash=token_hash(token),
                expires_at=now + timedelta(days=1),
                language="en",
            )
            for customer, token in zip(customers, tokens, strict=True)
        ],
        batch_size=1000,
    )
    conversations = Conversation.objects.bulk_create(
        [
            Conversation(
                brand_id=inbox.brand_id,
                inbox=inbox,
                customer=customer,
                team_id=inbox.team_id,
                created_at=now,
                last_message_at=now,
            )
            for customer in customers
        ],
        batch_size=1000,
    )
    return [
        Sender(inbox.key, token, str(conversation.pk), str(customer.pk))
        for token, conversation, customer in zip(tokens, conversations, customers, strict=True)
    ]


def make_agent_session() -> tuple[str, str]:
    """A signed-in agent of the inbox's team: the cookie's name and value."""
    from kefu.conversations.models import Inbox
    from kefu.people.models import Membership, Staff

    inbox = make_inbox()
    assert isinstance(inbox, Inbox)
    staff, made = Staff.objects.get_or_create(
        email="agent@bench.test", defaults={"name": "Agent", "alias": "Agent", "language": "en"}
    )
    if made:
        staff.set_unusable_password()
        staff.save()
        Membership.objects.create(staff=staff, team_id=inbox.team_id)
    return make_session(staff)


def make_session(staff: Staff) -> tuple[str, str]:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.save()
    return settings.SESSION_COOKIE_NAME, str(session.session_key)
