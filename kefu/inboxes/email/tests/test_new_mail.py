"""A first mail from the desk."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kefu.conversations.models import Conversation, Inbox, Message
from kefu.conversations.tests.test_console_pages import signed_in
from kefu.inboxes.email.models import OutgoingMail
from kefu.inboxes.email.tests.test_taking_in import conversation_of, mail, message_id_of, take
from kefu.inboxes.email.writing import Content
from kefu.people import customers
from kefu.people.models import Customer, Staff


def write(client: Client, box: Inbox, **given: Any) -> Any:
    usual = {"mailbox": str(box.pk), "start_id": str(uuid4()), "to": "Alice <alice@customer.test>"}
    words = {"subject": "Your lamp", "text": "It is **here**."}
    return client.post(reverse("new-mail"), usual | words | given)


def test_it_begins_a_conversation_in_the_writers_hands(mailbox: Inbox, mei: Staff) -> None:
    answer = write(signed_in(mei), mailbox, bcc="eve@x.test", file=SimpleUploadedFile("a.txt", b"hello"))
    conversation = Conversation.objects.get()
    assert answer.headers["Location"] == reverse("conversation", args=[conversation.pk])
    assert (conversation.subject, conversation.assignee_id, conversation.customer.name) == (
        "Your lamp",
        mei.pk,
        "Alice",
    )
    assert conversation.waiting_since is None
    message = conversation.messages.get()
    assert (message.author_kind, message.delivery, message.has_files) == ("staff", "waiting", True)
    content = Content.of(OutgoingMail.objects.get())
    assert (content.subject, content.to) == ("Your lamp", (("Alice", "alice@customer.test"),))
    assert "<strong>here</strong>" in content.html


def test_its_answer_comes_back_into_it(mailbox: Inbox, mei: Staff) -> None:
    write(signed_in(mei), mailbox)
    out = OutgoingMail.objects.select_related("inbox").get()
    kept = take(mailbox, mail("Thank you", In_Reply_To=f"<{message_id_of(out)}>"))
    assert conversation_of(kept) == Conversation.objects.get()
    assert Message.objects.latest("pk").author_kind == "customer"


def test_who_has_proved_an_address_is_written_to_as_themselves_where_one_may_see_them(
    mailbox: Inbox, parcel_question: Conversation, lin: Customer, mei: Staff, other_inbox: Inbox
) -> None:
    customers.verify(lin, "email", "lin@customer.test", by=lin)
    write(signed_in(mei), mailbox, to="lin@customer.test")
    assert Conversation.objects.latest("created_at").customer == lin


def test_beside_a_conversation_its_customer_is_written_to(
    mailbox: Inbox, parcel_question: Conversation, lin: Customer, mei: Staff
) -> None:
    customers.claim(lin, "email", "lin@customer.test", by=lin)
    client, beside = signed_in(mei), str(parcel_question.pk)
    address = f"{reverse('new-mail')}?conversation={beside}"
    assert address in client.get(reverse("conversation", args=[beside])).content.decode()
    assert "lin@customer.test" in client.get(address).content.decode()
    write(client, mailbox, to="lin@customer.test", conversation=beside)
    assert Conversation.objects.latest("created_at").customer == lin
    write(client, mailbox, to="somebody@else.test", conversation=beside)
    assert Conversation.objects.latest("created_at").customer != lin


def test_what_somebody_may_not_see_is_not_named_to_them(
    mailbox: Inbox, parcel_question: Conversation, lin: Customer, charlie: Staff
) -> None:
    customers.claim(lin, "email", "lin@customer.test", by=lin)
    shown = signed_in(charlie).get(reverse("new-mail"), {"conversation": str(parcel_question.pk)})
    assert "lin@customer.test" not in shown.content.decode()
    assert "no mailbox to write from" in shown.content.decode()
    assert write(signed_in(charlie), mailbox).status_code == 422
    assert not OutgoingMail.objects.exists()


def test_it_is_for_those_who_answer(mailbox: Inbox, auditor: Staff) -> None:
    assert write(signed_in(auditor), mailbox).status_code == 403
    assert Client().get(reverse("new-mail")).status_code == 302


def test_sent_twice_it_is_one(mailbox: Inbox, mei: Staff) -> None:
    client, once = signed_in(mei), str(uuid4())
    for _ in range(2):
        answer = write(client, mailbox, start_id=once, file=SimpleUploadedFile("a.txt", b"hello"))
        assert answer.status_code == 302
    assert Conversation.objects.count() == OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": "nobody"}, "is not an e-mail address"),
        ({"to": ""}, "Nobody is named"),
        ({"subject": ""}, "Give the mail a subject"),
        ({"text": " "}, "Write something"),
        ({"mailbox": "x"}, "Choose the mailbox"),
        ({"cc": "x@y.test\r\nBcc: evil@evil.test"}, "line breaks"),
    ],
)
def test_what_is_missing_is_told_and_nothing_typed_is_lost(
    mailbox: Inbox, mei: Staff, given: dict[str, str], said: str
) -> None:
    answer = write(signed_in(mei), mailbox, **({"text": "My words", "bcc": "kept@x.test"} | given))
    shown = answer.content.decode()
    assert answer.status_code == 422 and said in shown
    assert "kept@x.test" in shown and ("text" in given or "My words" in shown)
    assert not Conversation.objects.exists()
