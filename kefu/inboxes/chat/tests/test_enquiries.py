from __future__ import annotations

import json

import pytest

from conftest import says
from kefu.conversations import flows
from kefu.conversations.models import Conversation, Inbox
from kefu.events import log
from kefu.events.models import Delivery
from kefu.hours.models import Schedule
from kefu.inboxes.answers_by_mail import mail_answers
from kefu.inboxes.chat import recognition
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.chat.tests.chatting import Browser
from kefu.inboxes.models import AnswerByMail
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import FieldType, FormField, Topic
from kefu.lib.ids import uuid7
from kefu.people import customers
from kefu.people.models import Customer, Identity, IdentityKind, Staff

FAULT = Topic(
    "fault",
    Words("故障", "Fault"),
    (
        FormField("name", Words(en="Name")),
        FormField("model", Words(en="Model"), required=True),
        FormField("since", Words(en="Since"), FieldType.DATE),
        FormField("kind", Words(en="Kind"), FieldType.CHOICE, choices=("Dead", "Noisy")),
        FormField("pieces", Words(en="Pieces"), FieldType.NUMBER),
    ),
)


@pytest.fixture
def with_form(inbox: Inbox) -> Inbox:
    ChatSettings(topics=(FAULT,)).save(inbox)
    return inbox


@pytest.fixture
def closed(inbox: Inbox) -> Inbox:
    inbox.schedule = Schedule.objects.create(brand=inbox.brand, name="Never", week={})
    inbox.save()
    return inbox


def test_the_form_asks_just_what_its_topic_needs(with_form: Inbox, browser: Browser) -> None:
    form = browser.state()["form"]
    assert form["offline"] is False
    assert [(f["name"], f["type"], f["required"]) for f in form["topics"][0]["fields"]] == [
        ("name", "text", False), ("model", "text", True), ("since", "date", False),
        ("kind", "choice", False), ("pieces", "number", False),
    ]  # fmt: skip
    assert form["topics"][0]["fields"][3]["options"] == ["Dead", "Noisy"]


def test_answers_go_to_the_conversation_and_the_name_to_the_person(
    with_form: Inbox, browser: Browser
) -> None:
    answers = {
        "name": "Lin",
        "model": "LM-200",
        "since": "2026-11-20",
        "kind": "Dead",
        "pieces": "2",
        "admin": "yes",
    }
    opened = browser.asks("It is dark", topic="fault", fields=answers)
    conversation = Conversation.objects.get()
    assert opened.status_code == 201
    assert conversation.fields == {"model": "LM-200", "since": "2026-11-20", "kind": "Dead", "pieces": "2"}
    assert (conversation.topic, conversation.subject) == ("fault", "Fault · It is dark")
    assert conversation.customer.name == "Lin"


@pytest.mark.parametrize(
    ("answers", "bad"),
    [
        ({}, "model"),
        ({"model": "  "}, "model"),
        ({"model": ["LM"]}, "model"),
        ({"model": "x" * 201}, "model"),
        ({"model": "LM", "since": "soon"}, "since"),
        ({"model": "LM", "kind": "Other"}, "kind"),
        ({"model": "LM", "pieces": "two"}, "pieces"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_begins(
    with_form: Inbox, browser: Browser, answers: dict[str, str], bad: str
) -> None:
    refused = browser.asks("It is dark", topic="fault", fields=answers)
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == [bad]
    assert not Conversation.objects.exists()


def test_a_resent_enquiry_begins_nothing_new(browser: Browser) -> None:
    once = str(uuid7())
    first, again = (browser.asks("Hello", client_id=once).json() for _ in range(2))
    assert first["id"] == again["id"]
    assert len(again["messages"]) == 1


def test_a_card_number_in_an_answer_is_hidden(with_form: Inbox, browser: Browser) -> None:
    browser.asks("Hello 4111111111111111", topic="fault", fields={"model": "4111111111111111"})
    conversation = Conversation.objects.get()
    assert "4111111111111111" not in conversation.fields["model"]
    assert "4111111111111111" not in conversation.subject


def test_out_of_hours_an_address_is_asked_for_and_a_receipt_promises_mail(
    closed: Inbox, browser: Browser
) -> None:
    state = browser.state()
    assert state["hours"]["open"] is False
    assert state["hours"]["text"]
    assert state["form"]["offline"] is True
    email = next(f for f in state["form"]["topics"][0]["fields"] if f["name"] == "email")
    assert email["required"] is True
    topic = state["form"]["topics"][-1]["id"]
    opened = browser.asks("Late question", topic=topic, fields={"email": "lin@example.com"}).json()
    receipt = opened["messages"][1]
    assert receipt["author"]["kind"] == "system"
    assert opened["number"] in receipt["text"]
    assert "lin@example.com" not in receipt["text"]
    assert AnswerByMail.objects.get().address.value == "lin@example.com"
    assert Identity.objects.get(kind="email").verified_at is None


def test_the_promise_holds_when_the_browser_turns_out_to_be_someone_with_the_same_address(
    closed: Inbox, browser: Browser, lin: Customer
) -> None:
    account = recognition.Claim(IdentityKind.USER, "u-17", closed.pk)
    customers.verify(lin, account.kind, account.value, by=lin, scope=account.scope)
    customers.claim(lin, IdentityKind.EMAIL, "lin@example.com", by=lin)
    topic = browser.state()["form"]["topics"][-1]["id"]
    browser.asks("Late question", topic=topic, fields={"email": "lin@example.com"})
    visitor = Visitor.objects.get()
    recognition.recognise(closed, visitor, account, language="en")
    promised = AnswerByMail.objects.get().address
    assert (promised.customer, promised.value) == (lin, "lin@example.com")
    assert not visitor.customer.identities.exists()


def test_the_promise_is_kept_once_and_not_for_what_was_read(
    closed: Inbox, browser: Browser, mei: Staff
) -> None:
    topic = browser.state()["form"]["topics"][-1]["id"]
    browser.asks("Late question", topic=topic, fields={"email": "lin@example.com"})
    conversation = Conversation.objects.get()
    says(mei, "Here is <b>your</b> answer", in_=conversation)
    flows.leave_note(conversation, "canary-note", by=mei)
    heard = log.about(conversation.pk, ["message.posted"])
    mail_answers(heard)
    mail_answers(heard)
    mail = Delivery.objects.get(template="mail/answer")
    content = json.loads(mail.content or "")
    assert mail.recipient == "lin@example.com"
    assert "Here is <b>your</b> answer" in content["text"]
    assert "&lt;b&gt;your" in content["html"]
    assert "canary-note" not in (mail.content or "")
    read = says(mei, "One more thing", in_=conversation)
    conversation.read_by_customer(read=read.reply_seq or 0, delivered=0)
    mail_answers(log.about(conversation.pk, ["message.posted"]))
    assert Delivery.objects.filter(template="mail/answer").count() == 1


def test_an_answer_in_open_hours_sends_no_mail(browser: Browser, mei: Staff) -> None:
    browser.asks("Hello")
    conversation = Conversation.objects.get()
    says(mei, "Hi", in_=conversation)
    mail_answers(log.about(conversation.pk, ["message.posted"]))
    assert not Delivery.objects.exists()


def test_someone_elses_file_cannot_be_sent_along(browser: Browser, lin: Customer) -> None:
    refused = browser.asks("Look", files=[str(uuid7())])
    assert refused.status_code == 422
    assert not Conversation.objects.exists()
