"""Two desks that are pointed at each other, with acknowledgements on, answering machines and bounces: they stop."""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from kefu.conversations.models import Conversation, Inbox, InboxKind
from kefu.inboxes.email import breaker, composing, raws, sending, taking
from kefu.inboxes.email.models import (
    MailAddress,
    OutgoingMail,
    OutgoingState,
    Postmark,
    ReceivedMail,
    ReceivedState,
    Way,
)
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.email.tests.test_sending import conversation_with, reply
from kefu.inboxes.email.tests.test_taking_in import mail
from kefu.people.models import Brand, Customer, Staff, Team

OTHER = "help@other.test"
MOST_ROUNDS = 12
Change = Callable[[EmailMessage], None]


@pytest.fixture
def other_mailbox(other_brand: Brand, foreign_team: Team) -> Inbox:
    """``help@other.test``: another brand's desk, which believes the same mail server."""
    inbox = Inbox.objects.create(
        brand=other_brand, team=foreign_team, name="Mail", kind=InboxKind.EMAIL, language="en"
    )
    MailAddress.objects.create(inbox=inbox, address=OTHER, is_main=True)
    MailSettings(way_in=WayIn.DELIVERED, trusted_server="mx.desk.test", plus_addresses=True).save(inbox)
    return inbox


class Wire:
    """Carries what leaves one mailbox into the other's, as a mail server would that believes both."""

    def __init__(self, *inboxes: Inbox, change: Change = lambda _mail: None) -> None:
        self.inboxes = {composing.main_address(inbox): inbox for inbox in inboxes}
        self.carried: Counter[str] = Counter()
        self._change = change

    def run(self) -> None:
        """Until nothing waits any more."""
        for _round in range(MOST_ROUNDS):
            if not self._carry():
                return
        raise AssertionError(f"they never stop: {self.carried}")

    def _carry(self) -> int:
        waiting = OutgoingMail.objects.filter(state=OutgoingState.WAITING).order_by("pk")
        found = list(waiting.select_related("inbox__brand", "message__conversation__customer"))
        for sent in found:
            OutgoingMail.objects.filter(pk=sent.pk).update(state=OutgoingState.SENT)
            made = email.message_from_bytes(composing.compose(sent).as_bytes(), policy=email.policy.default)
            self.carried[composing.main_address(sent.inbox)] += 1
            self._change(made)
            self.deliver(made, return_path=sending._return_path(sent))
        return len(found)

    def deliver(self, made: EmailMessage, *, return_path: str) -> None:
        home = self.inboxes.get(made["To"].addresses[0].addr_spec.lower())
        if home is None:
            return
        domain = made["From"].addresses[0].domain
        head = f"Authentication-Results: mx.desk.test; dmarc=pass header.from={domain}\r\n"
        raw = head.encode() + made.as_bytes()
        kept = raws.keep(raw, inbox=home, way=Way.LMTP, sender=return_path, recipients=[str(made["To"])])
        taking.take(kept.pk)


def nothing(_made: EmailMessage) -> None:
    """A mail server as it should be."""


def strips_marks(made: EmailMessage) -> None:
    """A gateway that takes away every header a machine could be known by, and all threads."""
    for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "In-Reply-To", "References"):
        del made[name]


def renames(made: EmailMessage) -> None:
    """A list server of the worse sort: marks gone, and a Message-ID of its own."""
    strips_marks(made)
    del made["Message-ID"]
    made["Message-ID"] = f"<{made['Date'].datetime.timestamp()}.{id(made)}@gateway.test>"


@pytest.mark.parametrize("change", [nothing, strips_marks, renames])
def test_two_desks_stop_after_two_mails_each(
    mailbox: Inbox, other_mailbox: Inbox, lin: Customer, mei: Staff, change: Change
) -> None:
    wire = Wire(mailbox, other_mailbox, change=change)
    reply(conversation_with(mailbox, lin, OTHER), mei, "Can you tell us about this parcel?")
    wire.run()
    assert wire.carried[OTHER] >= 1
    assert max(wire.carried.values()) <= 2
    assert not ReceivedMail.objects.exclude(state=ReceivedState.TAKEN).exists()


def test_the_next_day_brings_one_more_and_stops_again(
    mailbox: Inbox, other_mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    wire = Wire(mailbox, other_mailbox, change=renames)
    conversation = conversation_with(mailbox, lin, OTHER)
    reply(conversation, mei, "About this parcel?")
    wire.run()
    Postmark.objects.update(answered_at=timezone.now() - timedelta(days=2))
    wire.carried.clear()
    reply(conversation, mei, "And now?")
    wire.run()
    assert max(wire.carried.values()) <= 2


@contextmanager
def vacation(wire: Wire, address: str, *, submitted: str = "no") -> Iterator[list[EmailMessage]]:
    """Answers everything that it is sent, forever."""
    sent: list[EmailMessage] = []
    deliver = wire.deliver

    def answering(made: EmailMessage, *, return_path: str) -> None:
        deliver(made, return_path=return_path)
        if made["To"].addresses[0].addr_spec == address:
            home = made["Reply-To"].addresses[0].addr_spec
            away = mail("I am away", From=address, To=home, Auto_Submitted=submitted)
            away.replace_header("Subject", f"Away: {made['Subject']}")
            sent.append(away)
            head = b"Authentication-Results: mx.desk.test; dmarc=pass header.from=customer.test\r\n"
            inbox = wire.inboxes["support@desk.test"]
            kept = raws.keep(head + away.as_bytes(), inbox=inbox, way=Way.LMTP, recipients=[home])
            taking.take(kept.pk)

    wire.deliver = answering  # type: ignore[method-assign]
    yield sent


@pytest.mark.parametrize("submitted", ["auto-replied", "no"])
def test_an_answering_machine_is_answered_by_nobody(
    mailbox: Inbox, lin: Customer, mei: Staff, submitted: str
) -> None:
    """One that hides what it is as well: it answers our mail, and to answers nothing is said by itself."""
    wire = Wire(mailbox)
    with vacation(wire, "alice@customer.test", submitted=submitted) as sent:
        reply(conversation_with(mailbox, lin), mei, "On its way")
        wire.run()
    assert len(sent) == 1
    assert wire.carried == {"support@desk.test": 1}
    assert Conversation.objects.count() == 1


def test_a_machine_that_begins_anew_each_time_gets_one_acknowledgement(mailbox: Inbox) -> None:
    """Its mails answer nothing and say nothing of machines."""
    wire = Wire(mailbox)
    with vacation(wire, "alice@customer.test") as sent:
        wire.deliver(mail("Hello", To="support@desk.test"), return_path="alice@customer.test")
        wire.run()
    assert wire.carried == {"support@desk.test": 1}
    assert len(sent) == 1


def test_bounces_of_acknowledgements_are_answered_by_nobody(mailbox: Inbox, other_mailbox: Inbox) -> None:
    wire = Wire(mailbox, other_mailbox)
    bounce = mail(
        "Undelivered",
        From="MAILER-DAEMON@other.test",
        To="support@desk.test",
        Subject="Undelivered Mail Returned to Sender",
    )
    for _twice in range(2):
        wire.deliver(bounce, return_path="")
    wire.run()
    assert not wire.carried
    assert not Conversation.objects.exists()


def test_our_own_mail_that_comes_back_to_us_goes_no_further(
    mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    sent = reply(conversation_with(mailbox, lin), mei)
    raw = composing.compose(sent).as_bytes()
    kept = raws.keep(raw, inbox=mailbox, way=Way.LMTP)
    taking.take(kept.pk)
    kept.refresh_from_db()
    assert (kept.state, kept.reason) == (ReceivedState.PASSED_OVER, "loop")


def test_who_floods_a_mailbox_is_taken_in_but_answered_by_no_machine(
    mailbox: Inbox, other_mailbox: Inbox
) -> None:
    """Though nobody remembered that they were answered today."""
    wire = Wire(mailbox, other_mailbox)
    for number in range(breaker.MAILS_AN_HOUR + 5):
        Postmark.objects.all().delete()
        wire.deliver(mail(f"Number {number}", To="support@desk.test"), return_path="alice@customer.test")
    assert Conversation.objects.count() == breaker.MAILS_AN_HOUR + 5
    assert OutgoingMail.objects.count() == breaker.MAILS_AN_HOUR
    wire.deliver(mail("Elsewhere", To=OTHER), return_path="alice@customer.test")
    wire.deliver(
        mail("Me too", From="bob@customer.test", To="support@desk.test"), return_path="bob@customer.test"
    )
    assert OutgoingMail.objects.count() == breaker.MAILS_AN_HOUR + 2
