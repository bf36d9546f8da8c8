"""How a mailbox does, as its pages, the doctor and the metrics say it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from kefu.cli.doctor import mailboxes
from kefu.conversations.models import Inbox
from kefu.database.checks import Health
from kefu.events.models import Audit, Event
from kefu.inboxes.email import mailbox_state, raws, taking, troubles
from kefu.inboxes.email.limits import Reason
from kefu.inboxes.email.models import (
    MailFolder,
    OutgoingMail,
    OutgoingState,
    ReceivedMail,
    ReceivedState,
    Way,
)
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.email.testing import make_mailbox, set_aside
from kefu.inboxes.email.tests.mails import mail
from kefu.inboxes.email.tests.test_mailbox_pages import box, kinds
from kefu.inboxes.email.tests.test_sending import conversation_with, reply
from kefu.people.models import Customer, Staff, Team
from kefu.people.testing import signed_in


@pytest.fixture
def desk(admin: Staff) -> Client:
    return signed_in(admin)


@pytest.fixture
def aside(mailbox: Inbox) -> ReceivedMail:
    return raws.keep(mail("Hello <script>"), inbox=mailbox, way=Way.LMTP, aside="crash")


def lost(mailbox: Inbox, lin: Customer, mei: Staff, error: str = "5.1.1") -> OutgoingMail:
    ours = reply(conversation_with(mailbox, lin), mei)
    OutgoingMail.objects.filter(pk=ours.pk).update(state=OutgoingState.BOUNCED, error=error)
    return ours


# -- the state


def test_a_mailbox_that_is_well_says_so(desk: Client, mailbox: Inbox) -> None:
    assert "All is well" in desk.get(box(mailbox, "state/")).content.decode()
    assert mailbox_state.in_trouble() == []


@pytest.mark.parametrize("code", sorted(troubles.TROUBLES))
def test_each_trouble_is_a_sentence_with_the_time_since_when(desk: Client, mailbox: Inbox, code: str) -> None:
    MailSettings(way_in=WayIn.IMAP, folders=("INBOX",)).save(mailbox)
    since = timezone.now() - timedelta(hours=2)
    MailFolder.objects.create(inbox=mailbox, name="INBOX", trouble=code, trouble_since=since)
    MailFolder.objects.create(inbox=mailbox, name="Given up", trouble="oauth", trouble_since=since)
    page = desk.get(box(mailbox, "state/")).content.decode()
    assert troubles.said(code).replace("'", "&#x27;") in page
    found = mailbox_state.state_of(mailbox)
    assert (found.trouble, found.trouble_since, found.looked_at) == (code, since, None)


def test_what_waits_because_of_the_server_is_trouble_of_the_way_out(
    desk: Client, mailbox: Inbox, lin: Customer, mei: Staff
) -> None:
    ours = reply(conversation_with(mailbox, lin), mei)
    assert mailbox_state.state_of(mailbox).trouble_out == ""
    OutgoingMail.objects.filter(pk=ours.pk).update(error="sign_in")
    found = mailbox_state.state_of(mailbox)
    assert (found.waiting_out, found.trouble_out, found.trouble_out_since) == (1, "sign_in", ours.created_at)
    assert "Mail does not leave" in desk.get(box(mailbox, "state/")).content.decode()


def test_numbers_are_of_this_mailbox_only(
    mailbox: Inbox, aside: ReceivedMail, foreign_team: Team, lin: Customer, mei: Staff
) -> None:
    other = make_mailbox(foreign_team, "other@desk.test")
    lost(mailbox, lin, mei)
    raws.keep(mail("Another"), inbox=mailbox, way=Way.LMTP)
    found, theirs = mailbox_state.state_of(mailbox), mailbox_state.state_of(other)
    assert (found.waiting_in, found.aside, found.lost) == (1, 1, 1)
    assert (theirs.waiting_in, theirs.aside, theirs.lost) == (0, 0, 0)
    assert mailbox_state.waiting() == {"in": 1, "aside": 1, "out": 0}


def test_the_doctor_names_the_mailboxes_in_trouble(mailbox: Inbox, aside: ReceivedMail) -> None:
    MailSettings(way_in=WayIn.IMAP).save(mailbox)
    MailFolder.objects.create(inbox=mailbox, name="INBOX", trouble="sign_in", trouble_since=timezone.now())
    assert mailbox_state.unread_mailboxes() == 1
    told = [finding.sentence for finding in mailboxes()]
    assert any("Mail" in one and "refuses the user name" in one for one in told)
    assert any("1 mail" in one and "set aside" in one for one in told)
    MailFolder.objects.update(trouble="", trouble_since=None)
    ReceivedMail.objects.update(state=ReceivedState.TAKEN)
    [well] = mailboxes()
    assert well.health is Health.GOOD


# -- what was set aside


def test_mails_set_aside_are_listed_with_a_sentence(
    desk: Client, mailbox: Inbox, aside: ReceivedMail
) -> None:
    page = desk.get(box(mailbox, "mails/")).content.decode()
    assert "ended in a crash" in page and box(mailbox, f"mails/{aside.pk}/again") in page
    assert "Hello" not in page
    ReceivedMail.objects.update(state=ReceivedState.PASSED_OVER, reason="loop")
    assert box(mailbox, f"mails/{aside.pk}/original") not in desk.get(box(mailbox, "mails/")).content.decode()
    passed = desk.get(box(mailbox, "mails/?show=passed")).content.decode()
    assert "mail of our own that came back" in passed and f"mails/{aside.pk}/again" not in passed


@pytest.mark.parametrize("reason", [*Reason, "no sender", "failed", "loop", "not about ours", "delayed"])
def test_every_reason_has_a_sentence(reason: str) -> None:
    assert "Reason:" not in troubles.reason_said(reason)
    assert "Reason: odd" in troubles.reason_said("odd")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("450", "put it off"),
        ("5.1.1", "refused it"),
        ("554", "refused it"),
        ("composing", "put together"),
        ("odd", "Reason: odd"),
    ],
)
def test_every_failure_has_a_sentence(error: str, words: str) -> None:
    assert words in troubles.failure_said(error)


def test_long_lists_come_in_pages(desk: Client, mailbox: Inbox) -> None:
    for _ in range(51):
        set_aside(mailbox)
    page = desk.get(box(mailbox, "mails/"))
    assert len(page.context["mails"]) == 50
    older = desk.get(box(mailbox, "mails/") + page.context["older"])
    assert len(older.context["mails"]) == 1
    assert desk.get(box(mailbox, "mails/?before=nonsense")).status_code == 404


def test_trying_again_reads_it_once_more(desk: Client, mailbox: Inbox, aside: ReceivedMail) -> None:
    for _ in range(2):
        assert desk.post(box(mailbox, f"mails/{aside.pk}/again")).status_code == 302
    aside.refresh_from_db()
    assert aside.state == ReceivedState.WAITING
    assert kinds() == ["mail.tried_again"]
    assert Event.objects.filter(kind="mail.received", subject_id=aside.pk).count() == 1


@pytest.mark.usefixtures("committed")
def test_two_who_try_again_at_once_do_it_once(mailbox: Inbox, admin: Staff) -> None:
    received = set_aside(mailbox)
    done: list[bool] = []

    def try_again() -> None:
        done.append(taking.try_again(received, by=admin))
        connections.close_all()

    threads = [threading.Thread(target=try_again) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done) == [False, True]


def test_the_original_is_saved_as_it_came_and_that_is_noted(
    desk: Client, mailbox: Inbox, aside: ReceivedMail
) -> None:
    answer = desk.post(box(mailbox, f"mails/{aside.pk}/original"))
    assert answer.content == mail("Hello <script>")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert Audit.objects.get(kind="mail.original_read").subject_id == aside.pk
    assert desk.get(box(mailbox, f"mails/{aside.pk}/original")).status_code == 405


def test_an_original_that_is_gone_is_not_found(desk: Client, mailbox: Inbox) -> None:
    received = set_aside(mailbox)
    assert desk.post(box(mailbox, f"mails/{received.pk}/original")).status_code == 404
    assert kinds() == []


@pytest.mark.parametrize("verb", ["again", "original"])
def test_a_mail_of_another_mailbox_is_not_found(
    desk: Client, mailbox: Inbox, aside: ReceivedMail, foreign_team: Team, verb: str
) -> None:
    other = make_mailbox(foreign_team, "other@desk.test")
    assert desk.post(box(other, f"mails/{aside.pk}/{verb}")).status_code == 404
    assert kinds() == []


@pytest.mark.parametrize("verb", ["again", "original"])
def test_originals_are_not_for_supervisors(
    mailbox: Inbox, aside: ReceivedMail, supervisor: Staff, verb: str
) -> None:
    assert signed_in(supervisor).post(box(mailbox, f"mails/{aside.pk}/{verb}")).status_code == 403
    assert Client().post(box(mailbox, f"mails/{aside.pk}/{verb}")).status_code == 302


# -- what did not leave


def test_what_did_not_leave_can_be_sent_again(
    desk: Client, mailbox: Inbox, lin: Customer, mei: Staff, foreign_team: Team
) -> None:
    ours = lost(mailbox, lin, mei)
    page = desk.get(box(mailbox, "lost/")).content.decode()
    assert ours.message.conversation.public_number in page and "5.1.1" in page
    other = make_mailbox(foreign_team, "other@desk.test")
    assert desk.post(box(other, f"lost/{ours.pk}/again")).status_code == 404
    for _ in range(2):
        assert desk.post(box(mailbox, f"lost/{ours.pk}/again")).status_code == 302
    ours.refresh_from_db()
    assert ours.state == OutgoingState.WAITING
    assert kinds() == ["mail.sent_again"]


def test_the_state_costs_the_same_however_much_there_is(
    desk: Client, mailbox: Inbox, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        set_aside(mailbox)
    with django_assert_max_num_queries(30):
        desk.get(box(mailbox, "state/"))
