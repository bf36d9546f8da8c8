"""One click ends mails that nobody asked for; answers to a question carry no such click."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from conftest import begin, says
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Event
from kefu.inboxes.answers_by_mail import go_on_with_those_who_left
from kefu.inboxes.email.tests.test_continuing import (
    answers,
    chat,
    heard,
    left,
    made,
    mailbox,
    mails_of,
    minutes_pass,
    text_of,
)
from kefu.inboxes.models import AnswerByMail, MailRefusal, PromiseState
from kefu.people import customers
from kefu.people.models import Customer, Staff

__all__ = ["chat", "mailbox"]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def click(chat: Conversation, mei: Staff) -> str:
    """The path that stands in the first mail after a chat was left."""
    [sent] = left(chat, "Which colour?", by=mei)
    got = made(sent)
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(got["List-Unsubscribe"]).strip("<>")
    assert address in text_of(sent).replace("\n", "")
    return urlsplit(address).path


def test_one_click_of_a_mail_program_ends_it(click: str, chat: Conversation, mei: Staff) -> None:
    program = Client(enforce_csrf_checks=True)
    for _twice in range(2):
        assert program.post(click, ONE_CLICK).status_code == 200
    says(mei, "Red it is", in_=chat)
    heard(chat)
    assert len(mails_of(chat)) == 1
    assert AnswerByMail.objects.get().state == PromiseState.ENDED
    assert MailRefusal.objects.count() == Event.objects.filter(kind="mail.refused").count() == 1


def test_following_the_link_only_asks(click: str) -> None:
    page = Client().get(click)
    assert page.status_code == 200
    assert "不再发送" in page.content.decode()
    assert AnswerByMail.objects.get().state == PromiseState.KEPT


def test_the_address_is_left_alone_in_other_chats_of_the_brand_too(
    click: str, inbox: Inbox, lin: Customer, mei: Staff
) -> None:
    Client().post(click, ONE_CLICK)
    other = begin(lin, inbox)
    minutes_pass(other, 60)
    assert left(other, "Here you are", by=mei) == []
    assert go_on_with_those_who_left() == 0


def test_who_then_asks_by_mail_is_answered_by_mail(click: str, chat: Conversation, mei: Staff) -> None:
    Client().post(click, ONE_CLICK)
    answers(mails_of(chat)[0], "The red one, please")
    says(mei, "Red it is", in_=chat)
    heard(chat)
    last = made(mails_of(chat)[-1])
    assert "Red it is" in text_of(mails_of(chat)[-1])
    assert last["List-Unsubscribe"] is None


@pytest.mark.parametrize("token", ["x", "forged:token:here", "%00"])
def test_a_forged_address_opens_nothing(click: str, token: str) -> None:
    for answer in (
        Client().get(f"/mail/no-more/{token}"),
        Client().post(f"/mail/no-more/{token}", ONE_CLICK),
    ):
        assert answer.status_code == 404
    assert not MailRefusal.objects.exists()


def test_an_old_mails_click_says_nothing_about_a_new_address(
    click: str, lin: Customer, chat: Conversation
) -> None:
    other = customers.claim(lin, "email", "other@customer.test", by=lin)
    AnswerByMail.objects.update(address=other)
    assert Client().post(click, ONE_CLICK).status_code == 404
    assert AnswerByMail.objects.get().state == PromiseState.KEPT
