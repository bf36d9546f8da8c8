"""Who wrote by form is answered by the assistant where they read it: by mail, marked as a machine's, and seldom."""

from __future__ import annotations

import threading
from email.message import EmailMessage

import pytest
from django.db import connection

from conftest import begin, says
from kefu.answers import assistant
from kefu.answers.models import Stage, Talk, WhyPerson
from kefu.answers.tests.asking import last_said, publish, switch_on
from kefu.conversations.models import AuthorKind, Conversation, Inbox, Message, Status
from kefu.events import deliveries, log
from kefu.events.models import Delivery
from kefu.inboxes import answers_by_mail, machine_answers
from kefu.inboxes.answers_by_mail import mail_answers
from kefu.inboxes.email import bounces
from kefu.inboxes.email.models import OutgoingMail, OutgoingState
from kefu.inboxes.email.settings import MailSettings, WayIn
from kefu.inboxes.email.testing import make_mailbox
from kefu.inboxes.email.tests.test_continuing import answers as answers_mail
from kefu.inboxes.email.tests.test_continuing import made, mails_of, text_of
from kefu.inboxes.form.testing import Writer, make_form
from kefu.orders import networks
from kefu.orders.testing import make_order
from kefu.people import customers
from kefu.people.models import Brand, Customer, Staff, Team

DESCALING = "Fill the tank with water and one sachet of descaler. Start the cycle and rinse twice afterwards."
ASKED = "How do I descale the kettle?"
LIN = "Lin <lin@example.test>"


@pytest.fixture
def form(brand: Brand, support: Team) -> Inbox:
    inbox = make_form(support)
    switch_on(inbox)
    publish(brand, "How to descale the kettle", DESCALING)
    publish(brand, "Delivery to Norway", "We deliver to Norway by ship within nine days.")
    return inbox


@pytest.fixture
def mailbox(support: Team) -> Inbox:
    inbox = make_mailbox(support, "support@desk.test")
    MailSettings(way_in=WayIn.DELIVERED, plus_addresses=True).save(inbox)
    return inbox


def sent_in(form: Inbox, text: str = ASKED, **more: str) -> Conversation:
    """A form, and what the assistant and the readers then do; each twice, as they may."""
    assert Writer(form).sends(text=text, **more).status_code == 302
    conversation = Conversation.objects.order_by("created_at").last()
    assert conversation is not None
    reads_on(conversation)
    return conversation


def reads_on(conversation: Conversation) -> None:
    for _twice in range(2):
        for message in Message.objects.filter(conversation=conversation, author_kind=AuthorKind.CUSTOMER):
            assistant.answer(message.pk)
    for _twice in range(2):
        mail_answers(log.about(conversation.pk, ["message.posted"]))


def answered_by_mail(sent: OutgoingMail, text: str, **more: str) -> list[OutgoingMail]:
    """They answer that mail; what the desk has written by then."""
    answers_mail(sent, text, sender=more.pop("sender", LIN), **more)
    conversation = sent.message.conversation
    reads_on(conversation)
    return mails_of(conversation)


def headers_of(sent: OutgoingMail) -> EmailMessage:
    return made(OutgoingMail.objects.select_related("inbox", "message__conversation").get(pk=sent.pk))


@pytest.mark.usefixtures("mailbox")
def test_the_answer_leaves_as_an_automatic_mail_with_its_source(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form))
    words = text_of(sent)
    assert words.startswith("[Automatic assistant]")
    assert DESCALING in words and "/b/lumo/en/a/how-to-descale-the-kettle/" in words
    assert "Answer this mail with “Talk to a person”" in words
    assert "/contact/" in words, "the page where it goes on"
    head = headers_of(sent)
    assert head["To"] == "lin@example.test"
    assert str(head["Subject"]).startswith("Automatic answer of Lumo")
    assert head["Auto-Submitted"] == "auto-replied"
    assert head["X-Auto-Response-Suppress"] == "All"
    page = head.get_body(("html",))
    assert page is not None and "how-to-descale-the-kettle/</a>" in page.get_content()


@pytest.mark.usefixtures("mailbox")
def test_every_attempt_has_the_same_message_id(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form))
    first = headers_of(sent)["Message-ID"]
    OutgoingMail.objects.update(state=OutgoingState.WAITING, attempts=3)
    assert headers_of(sent)["Message-ID"] == first


@pytest.mark.usefixtures("mailbox")
def test_who_asks_for_a_person_by_mail_gets_one(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form))
    _first, second = answered_by_mail(sent, "Talk to a person\n\n> [Automatic assistant]\n> Fill the tank")
    assert Talk.objects.get().why == WhyPerson.ASKED
    assert "I pass this on to a colleague" in text_of(second)
    assert "automatic assistant wrote this" not in text_of(second), "from here on a colleague answers"
    assert headers_of(second)["In-Reply-To"], "in the same thread"


@pytest.mark.usefixtures("mailbox")
def test_another_question_by_mail_is_answered_by_mail(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form))
    mails = answered_by_mail(sent, "And the delivery to Norway?")
    assert "nine days" in text_of(mails[1])
    assert Talk.objects.get().stage == Stage.HELPING
    assert len(answered_by_mail(mails[1], "Yes, that helped")) == 2, "thanks need no mail"
    assert Conversation.objects.get().status == Status.SOLVED


@pytest.mark.usefixtures("mailbox")
def test_a_machine_that_answers_our_machine_is_not_answered(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form))
    assert len(answered_by_mail(sent, ASKED, submitted="auto-replied")) == 1
    assert "Automatic answer from" in Conversation.objects.get().messages.order_by("seq")[2].text


@pytest.mark.usefixtures("mailbox")
def test_an_address_that_nobody_reads_is_not_written_to(form: Inbox) -> None:
    for _again in range(bounces.OFTEN):
        bounces.remember("gone@example.test")
    for address in ("no-reply@example.test", "gone@example.test"):
        assert mails_of(sent_in(form, a_email=address)) == []


@pytest.mark.usefixtures("mailbox")
def test_a_strangers_mailbox_gets_one_a_day_whatever_forms_are_sent(form: Inbox) -> None:
    first, second = sent_in(form), sent_in(form)
    assert (len(mails_of(first)), len(mails_of(second))) == (1, 0)
    assert DESCALING in last_said(second), "it stands on the page all the same"
    says(first.customer, "Delivery to Norway?", in_=first)
    reads_on(first)
    assert len(mails_of(first)) == 1, "who writes on the page reads it there"
    assert len(answered_by_mail(mails_of(first)[0], "Delivery to Norway?")) == 2, "whoever reads it may ask"


@pytest.mark.usefixtures("mailbox")
def test_nothing_that_was_written_is_repeated_to_an_address_nobody_proved(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form, "How do I descale the kettle? Visit https://evil.example now"))
    assert "evil.example" not in text_of(sent)
    assert "evil.example" not in headers_of(sent).as_string()


@pytest.mark.usefixtures("mailbox")
def test_nobody_is_asked_by_mail_for_the_facts_of_an_order_in_a_strangers_form(
    form: Inbox, brand: Brand, lin: Customer
) -> None:
    """Who filled it in with their address would read on the form's page what they answer."""
    order = make_order(lin, brand, email="lin@example.test")
    conversation = sent_in(form, f"Where is my order {order.external_no}?")
    assert "last 4 digits" in last_said(conversation)
    assert mails_of(conversation) == []
    other = sent_in(form, a_email="wang@example.test")
    Talk.objects.filter(pk=other.pk).update(awaits="fact", order_number="W1001", stage=Stage.ASKING)
    [sent] = mails_of(other)
    answered_by_mail(sent, "lin@example.test", sender="wang@example.test")
    assert Talk.objects.get(pk=other.pk).why == WhyPerson.ORDER
    assert "Order #W1001:" not in last_said(other)


@pytest.mark.usefixtures("mailbox")
def test_who_asks_by_mail_where_the_order_is_gets_a_person(form: Inbox, brand: Brand, lin: Customer) -> None:
    make_order(lin, brand, email="lin@example.test")
    [sent] = mails_of(sent_in(form))
    answered_by_mail(sent, "Tracking of the parcel of order W1001 shows nothing")
    assert Talk.objects.get().stage == Stage.HANDED_OVER


@pytest.mark.usefixtures("mailbox")
def test_a_proved_address_may_have_more(form: Inbox) -> None:
    first = sent_in(form)
    customers.verify(first.customer, "email", "lin@example.test", by=first.customer)
    says(first.customer, "Delivery to Norway?", in_=first)
    reads_on(first)
    assert len(mails_of(first)) == 2
    assert "> Delivery to Norway?" in text_of(mails_of(first)[1])


@pytest.mark.usefixtures("mailbox")
def test_it_stops_after_so_many_in_one_conversation(form: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_answers, "MOST_IN_A_CONVERSATION", 2)
    mails = mails_of(sent_in(form))
    for _round in range(3):
        mails = answered_by_mail(mails[-1], "Delivery to Norway?")
    assert len(mails) == 2
    assert Conversation.objects.get().waiting_since is not None, "colleagues still owe an answer"


@pytest.mark.usefixtures("mailbox")
def test_it_stops_after_so_many_to_one_address(form: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_answers, "MOST_OF_AN_ADDRESS", 1)
    mails = mails_of(sent_in(form))
    for _round in range(2):
        mails = answered_by_mail(mails[-1], "Delivery to Norway?")
    assert len(mails) == 2


@pytest.mark.usefixtures("mailbox")
def test_a_hand_over_that_says_no_more_than_the_receipt_is_not_mailed(form: Inbox) -> None:
    assert mails_of(sent_in(form, "Quantum zebra saxophone?")) == []
    assert Talk.objects.get().stage == Stage.HANDED_OVER


@pytest.mark.usefixtures("mailbox")
def test_what_to_do_in_danger_is_mailed(form: Inbox) -> None:
    [sent] = mails_of(sent_in(form, "The kettle caught fire"))
    assert "emergency services" in text_of(sent)


@pytest.mark.usefixtures("mailbox")
def test_a_colleagues_answer_leaves_as_before(form: Inbox, mei: Staff) -> None:
    conversation = sent_in(form)
    says(mei, "Twice a year is enough.", in_=conversation)
    reads_on(conversation)
    machine, person = mails_of(conversation)
    assert (machine.is_automatic, person.is_automatic) == (True, False)
    assert headers_of(person)["Auto-Submitted"] is None


def test_without_a_mailbox_it_leaves_too_and_says_where_it_goes_on(form: Inbox) -> None:
    conversation = sent_in(form)
    [delivery] = Delivery.objects.filter(template="mail/answer")
    sent = deliveries._mail(delivery)
    assert "The automatic assistant of Lumo answered:" in sent.body
    assert DESCALING in sent.body and "/contact/" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "how-to-descale-the-kettle/</a>" in str(sent.alternatives[0][0])
    reads_on(conversation)
    assert Delivery.objects.filter(template="mail/answer").count() == 1


@pytest.mark.usefixtures("mailbox")
def test_a_chats_customer_reads_it_in_the_chat(brand: Brand, inbox: Inbox, lin: Customer) -> None:
    switch_on(inbox)
    publish(brand, "How to descale the kettle", DESCALING)
    conversation = begin(lin, inbox, ASKED)
    answers_by_mail.promise(conversation, "lin@example.test", language="en")
    reads_on(conversation)
    assert mails_of(conversation) == []


def test_the_network_it_was_sent_from_has_its_share_of_look_ups(form: Inbox) -> None:
    assert networks.of(sent_in(form).pk) == networks.key("192.0.2.200") != networks.key("203.0.113.9")


def test_two_readers_at_once_write_one_mail(committed: None, support: Team) -> None:
    brand = support.brand
    make_mailbox(support, "support@desk.test")
    form = make_form(support)
    switch_on(form)
    publish(brand, "How to descale the kettle", DESCALING)
    assert Writer(form).sends(text=ASKED).status_code == 302
    conversation = Conversation.objects.get()
    assistant.answer(conversation.messages.get().pk)
    entries, start = log.about(conversation.pk, ["message.posted"]), threading.Barrier(4)

    def read() -> None:
        start.wait()
        mail_answers(entries)
        connection.close()

    readers = [threading.Thread(target=read) for _each in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(mails_of(conversation)) == 1
