"""A chat whose customer has gone goes on by mail, in the same conversation, and back."""

from __future__ import annotations

import email
import email.policy
import threading
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from conftest import begin, says
from kefu.conversations import flows
from kefu.conversations.models import Conversation, Inbox, InboxKind, Message
from kefu.events import log
from kefu.events.models import Delivery, Event
from kefu.inboxes import answers_by_mail
from kefu.inboxes.answers_by_mail import go_on_with_those_who_left, mail_answers
from kefu.inboxes.email import composing, continuing, raws, taking, tokens
from kefu.inboxes.email.models import Letter, OutgoingMail, OutgoingState, ReceivedMail, Way
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.email.tests.test_taking_in import mail
from kefu.inboxes.models import AnswerByMail, PromiseState
from kefu.people import customers
from kefu.people.models import Customer, Staff

ALICE = "alice@customer.test"


@pytest.fixture
def mailbox(mailbox: Inbox) -> Inbox:
    """Goes on with chats after ten minutes."""
    MailSettings(
        way_in=WayIn.DELIVERED, trusted_server="mx.desk.test", plus_addresses=True, continue_minutes=10
    ).save(mailbox)
    return mailbox


@pytest.fixture
def chat(mailbox: Inbox, inbox: Inbox, lin: Customer) -> Conversation:
    customers.claim(lin, "email", ALICE, by=lin)
    conversation = begin(lin, inbox, "Where is my parcel?")
    minutes_pass(conversation, 60)
    return conversation


def minutes_pass(conversation: Conversation, minutes: int) -> None:
    """For all that was said so far."""
    for message in Message.objects.filter(conversation=conversation):
        message.created_at -= timedelta(minutes=minutes)
        message.save(update_fields=["created_at"])


def left(chat: Conversation, *answers: str, by: Staff) -> list[OutgoingMail]:
    """Answered while nobody looked, long enough ago."""
    for text in answers:
        says(by, text, in_=chat)
    minutes_pass(chat, 11)
    go_on_with_those_who_left()
    return mails_of(chat)


def mails_of(chat: Conversation) -> list[OutgoingMail]:
    found = OutgoingMail.objects.filter(message__conversation=chat).select_related("message__conversation")
    return list(found.order_by("pk"))


def heard(chat: Conversation) -> None:
    """Whatever was said there, twice, as a reader may hear it."""
    for _twice in range(2):
        mail_answers(log.about(chat.pk, ["message.posted"]))


def made(sent: OutgoingMail) -> EmailMessage:
    sent.refresh_from_db()
    return email.message_from_bytes(composing.compose(sent).as_bytes(), policy=email.policy.default)


def text_of(sent: OutgoingMail) -> str:
    body = made(sent).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def answers(
    sent: OutgoingMail, text: str = "Thank you", *, sender: str = f"Alice <{ALICE}>", submitted: str = "no"
) -> ReceivedMail:
    replied_to = str(made(sent)["Message-ID"])
    return arrives(sent.inbox, mail(text, In_Reply_To=replied_to, From=sender, Auto_Submitted=submitted))


def arrives(inbox: Inbox, raw: EmailMessage) -> ReceivedMail:
    kept = raws.keep(raw.as_bytes(), inbox=inbox, way=Way.LMTP)
    taking.take(kept.pk)
    kept.refresh_from_db()
    return kept


def test_what_they_missed_leaves_in_one_mail_and_the_rest_one_by_one(chat: Conversation, mei: Staff) -> None:
    [first] = left(chat, "It is on its way.", "It comes tomorrow.", by=mei)
    words = text_of(first)
    assert words.index("It is on its way.") < words.index("It comes tomorrow.")
    for later in ("One more thing", "And another"):
        says(mei, later, in_=chat)
    heard(chat)
    go_on_with_those_who_left()
    assert [one.message.text for one in mails_of(chat)] == [
        "It comes tomorrow.",
        "One more thing",
        "And another",
    ]
    assert "tomorrow" not in text_of(mails_of(chat)[1])
    assert not Delivery.objects.exists()


def test_it_begins_once_however_often_it_is_looked_for(chat: Conversation, mei: Staff) -> None:
    left(chat, "Here you are", by=mei)
    for _again in range(3):
        assert go_on_with_those_who_left() == 0
    assert len(mails_of(chat)) == 1
    assert Event.objects.filter(kind=answers_by_mail.BY_MAIL, subject_id=chat.pk).count() == 1


def test_nobody_is_written_to_before_the_time_has_passed(chat: Conversation, mei: Staff) -> None:
    says(mei, "Here you are", in_=chat)
    minutes_pass(chat, 9)
    assert go_on_with_those_who_left() == 0


def test_who_has_just_spoken_in_the_chat_has_not_left(chat: Conversation, lin: Customer, mei: Staff) -> None:
    says(mei, "Here you are", in_=chat)
    minutes_pass(chat, 30)
    says(lin, "Hm?", in_=chat)
    assert go_on_with_those_who_left() == 0


def test_what_was_read_in_the_chat_is_not_mailed(chat: Conversation, mei: Staff) -> None:
    read = says(mei, "You have seen this", in_=chat)
    chat.read_by_customer(read=read.reply_seq or 0, delivered=0)
    [sent] = left(chat, "But not this", by=mei)
    assert "You have seen this" not in text_of(sent)


def test_notes_never_leave(chat: Conversation, mei: Staff) -> None:
    flows.leave_note(chat, "canary-note", by=mei)
    minutes_pass(chat, 30)
    assert go_on_with_those_who_left() == 0
    [sent] = left(chat, "Here you are", by=mei)
    assert "canary-note" not in made(sent).as_string()
    flows.leave_note(chat, "canary-note", by=mei)
    heard(chat)
    assert len(mails_of(chat)) == 1


def test_an_address_that_nobody_proved_gets_nothing_of_what_was_said_before(
    chat: Conversation, mei: Staff
) -> None:
    [sent] = left(chat, "It is on its way.", by=mei)
    whole = made(sent).as_string() + str(made(sent)["Subject"])
    assert "parcel" not in whole
    assert made(sent)["To"] == ALICE


def test_a_proved_address_gets_what_it_answers(chat: Conversation, lin: Customer, mei: Staff) -> None:
    customers.verify(lin, "email", "lin@customer.test", by=lin)
    [sent] = left(chat, "It is on its way.", by=mei)
    assert made(sent)["To"] == "Lin <lin@customer.test>"
    assert "> Where is my parcel?" in text_of(sent)


def test_their_mail_lands_in_the_chat_and_is_seen_there(
    chat: Conversation, mailbox: Inbox, mei: Staff
) -> None:
    [sent] = left(chat, "Which colour?", by=mei)
    answers(sent, "The red one")
    said = chat.messages.get(text="The red one")
    assert (said.author_kind, said.author_id, said.inbox_id) == ("customer", chat.customer_id, mailbox.pk)
    chat.refresh_from_db()
    assert chat.inbox.kind == InboxKind.CHAT
    assert Conversation.objects.count() == 1
    says(mei, "Red it is", in_=chat)
    heard(chat)
    last = made(mails_of(chat)[-1])
    assert last["In-Reply-To"] == f"<{Letter.objects.get().header_id}>"
    assert "Red it is" in text_of(mails_of(chat)[-1])


def test_the_reply_address_alone_leads_there_too(chat: Conversation, mailbox: Inbox, mei: Staff) -> None:
    [sent] = left(chat, "Which colour?", by=mei)
    reply_to = str(made(sent)["Reply-To"])
    assert tokens.token_in(reply_to) == bytes(sent.token)
    arrives(mailbox, mail("The red one", To=reply_to))
    assert chat.messages.filter(text="The red one", author_kind="customer").exists()


def test_a_stranger_who_answers_is_shown_as_one(chat: Conversation, mei: Staff) -> None:
    [sent] = left(chat, "Which colour?", by=mei)
    answers(sent, "Send it to me instead", sender="Eve <eve@evil.test>")
    assert not chat.messages.filter(author_kind="customer", text__contains="instead").exists()
    assert "eve@evil.test answered" in chat.messages.get(kind="note").text.replace("Eve <", "").replace(
        ">", ""
    )
    assert AnswerByMail.objects.get().address.value == ALICE


def test_an_automatic_answer_is_a_note_and_starts_nothing(chat: Conversation, mei: Staff) -> None:
    [sent] = left(chat, "Which colour?", by=mei)
    answers(sent, "I am away", submitted="auto-replied")
    assert chat.messages.get(kind="note").text.startswith("Automatic answer")
    heard(chat)
    assert len(mails_of(chat)) == 1


@pytest.mark.parametrize("how", ["reads", "writes"])
def test_who_comes_back_gets_no_more_mail_until_they_leave_again(
    chat: Conversation, lin: Customer, mei: Staff, how: str
) -> None:
    left(chat, "Which colour?", by=mei)
    chat.refresh_from_db()
    if how == "reads":
        chat.read_by_customer(read=chat.last_reply_seq, delivered=0)
    else:
        says(lin, "The red one", in_=chat)
    says(mei, "Red it is", in_=chat)
    heard(chat)
    assert AnswerByMail.objects.get().state == PromiseState.RESTING
    assert len(mails_of(chat)) == 1
    minutes_pass(chat, 11)
    assert go_on_with_those_who_left() == 1
    assert [one.message.text for one in mails_of(chat)] == ["Which colour?", "Red it is"]


def test_what_waits_is_withdrawn_when_it_is_read_in_the_chat(
    chat: Conversation, mailbox: Inbox, mei: Staff
) -> None:
    [sent] = left(chat, "Which colour?", by=mei)
    chat.refresh_from_db()
    chat.read_by_customer(read=chat.last_reply_seq, delivered=0)
    continuing.withdraw_what_was_read(mailbox)
    sent.refresh_from_db()
    assert sent.state == OutgoingState.CANCELLED


def test_an_answer_promised_out_of_hours_leaves_through_the_mailbox(
    chat: Conversation, mailbox: Inbox, mei: Staff
) -> None:
    answers_by_mail.promise(chat, ALICE, language="en")
    says(mei, "Good morning", in_=chat)
    heard(chat)
    [sent] = mails_of(chat)
    assert (sent.inbox, sent.message.text) == (mailbox, "Good morning")
    assert made(sent)["List-Unsubscribe"] is None


def test_without_a_mailbox_it_leaves_as_before(chat: Conversation, mailbox: Inbox, mei: Staff) -> None:
    Inbox.objects.filter(pk=mailbox.pk).update(is_active=False)
    answers_by_mail.promise(chat, ALICE, language="en")
    says(mei, "Good morning", in_=chat)
    heard(chat)
    assert Delivery.objects.get().recipient == ALICE
    assert mails_of(chat) == []


def test_another_brands_mailbox_has_no_part_in_it(
    chat: Conversation, mailbox: Inbox, other_inbox: Inbox, mei: Staff
) -> None:
    Inbox.objects.filter(pk=mailbox.pk).update(
        brand=other_inbox.brand_id, team=other_inbox.team_id, is_active=True
    )
    assert left(chat, "Here you are", by=mei) == []


def test_who_gave_no_address_is_written_to_nowhere(
    mailbox: Inbox, parcel_question: Conversation, mei: Staff
) -> None:
    minutes_pass(parcel_question, 60)
    assert left(parcel_question, "Here you are", by=mei) == []


def test_looking_for_them_takes_as_many_questions_however_many_chats_there_are(
    chat: Conversation, mailbox: Inbox, inbox: Inbox, lin: Customer, mei: Staff
) -> None:
    with CaptureQueriesContext(connection) as few:
        go_on_with_those_who_left()
    for _more in range(5):
        says(mei, "Read soon", in_=begin(lin, inbox))
    with CaptureQueriesContext(connection) as many:
        go_on_with_those_who_left()
    assert len(many) == len(few)


def test_a_closed_chat_is_followed_up_and_answered_by_mail(chat: Conversation, mei: Staff) -> None:
    [sent] = left(chat, "Which colour?", by=mei)
    chat.refresh_from_db()
    chat.close(by=mei)
    answers(sent, "The red one")
    further = Conversation.objects.get(follow_up_of=chat)
    says(mei, "Red it is", in_=further)
    heard(further)
    assert [one.message.text for one in mails_of(further)] == ["Red it is"]


# -- at the same moment


def test_who_comes_back_while_the_mail_is_written_is_either_in_time_or_not(
    committed: None, chat: Conversation, mailbox: Inbox, mei: Staff
) -> None:
    """The reading waits for nothing but the row, and whoever is second sees what the first one did."""
    says(mei, "Which colour?", in_=chat)
    minutes_pass(chat, 11)
    chat.refresh_from_db()
    began: list[bool] = []

    def look() -> None:
        try:
            began.append(answers_by_mail.begin(chat.pk, mailbox))
        finally:
            connections.close_all()

    with transaction.atomic():
        chat.read_by_customer(read=chat.last_reply_seq, delivered=0)
        looking = threading.Thread(target=look)
        looking.start()
        looking.join(0.5)
        assert looking.is_alive()
    looking.join(10)
    assert began == [False]
    assert mails_of(chat) == []


def test_two_who_look_at_once_write_one_mail(
    committed: None, chat: Conversation, mailbox: Inbox, mei: Staff
) -> None:
    says(mei, "Which colour?", in_=chat)
    minutes_pass(chat, 11)
    start = threading.Barrier(3)
    began: list[bool] = []

    def look() -> None:
        try:
            start.wait(10)
            began.append(answers_by_mail.begin(chat.pk, mailbox))
        finally:
            connections.close_all()

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join(20)
    assert sorted(began) == [False, False, True]
    assert len(mails_of(chat)) == 1
