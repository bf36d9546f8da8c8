"""Colleagues see that answers leave by mail, and to where."""

from __future__ import annotations

import pytest
from django.test import Client

from conftest import says
from kefu.conversations.models import Conversation, Inbox
from kefu.inboxes import going_on
from kefu.inboxes.email.tests.test_continuing import chat, heard, left, mailbox
from kefu.people.models import Customer, Staff

__all__ = ["chat", "mailbox"]


@pytest.fixture
def desk(mei: Staff) -> Client:
    client = Client()
    client.force_login(mei)
    return client


def page(desk: Client, chat: Conversation) -> str:
    return desk.get(f"/console/c/{chat.pk}/").content.decode()


def test_it_stands_above_the_composer_while_it_is_so(
    desk: Client, chat: Conversation, lin: Customer, mei: Staff
) -> None:
    assert "Answers also go to" not in page(desk, chat)
    left(chat, "Which colour?", by=mei)
    shown = page(desk, chat)
    assert "The customer has left. Answers also go to a***@customer.test." in shown
    assert "The customer has left; answers go on by mail" in shown
    assert "alice@customer.test" not in shown
    says(lin, "The red one", in_=chat)
    heard(chat)
    shown = page(desk, chat)
    assert "Answers also go to" not in shown
    assert "The customer is back; answers stay here" in shown


def test_a_mail_conversation_needs_no_such_line(mailbox: Inbox, chat: Conversation, mei: Staff) -> None:
    left(chat, "Which colour?", by=mei)
    chat.inbox = mailbox
    assert going_on.line(chat) == ""


def test_a_stranger_sees_nothing_of_it(chat: Conversation, mei: Staff, charlie: Staff) -> None:
    left(chat, "Which colour?", by=mei)
    client = Client()
    client.force_login(charlie)
    answer = client.get(f"/console/c/{chat.pk}/")
    assert answer.status_code == 404
    assert "a***" not in answer.content.decode()
