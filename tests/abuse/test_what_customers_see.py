"""C8 G7: in whatever a customer can get hold of there is no note, no colleague's name, address or id, no other customer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conftest import begin, says
from kefu.conversations import flows
from kefu.conversations.models import Conversation, Inbox
from kefu.events.models import Delivery
from kefu.inboxes.chat import transcripts
from kefu.inboxes.chat.models import Visitor
from kefu.inboxes.chat.recognition import Claim, recognise
from kefu.inboxes.chat.tests.chatting import SAME_SITE, Browser
from kefu.people.models import Customer, IdentityKind, Staff, Team
from tests.calling import Caller

NOTE, NAME = "canary-note-7f3a", "Canary Surname"
MESSAGE_SHAPE = {"conversation", "seq", "client_id", "author", "text", "masked", "files", "at"}


@pytest.fixture
def guest(inbox: Inbox, mei: Staff, returns: Team, supervisor: Staff) -> Browser:
    """Lin, verified, in a conversation with a note, a hand-over with a note, tags and an answer; others chat too."""
    Staff.objects.filter(pk=mei.pk).update(name=NAME, alias="Mei")
    visitor, token = recognise(inbox, None, Claim(IdentityKind.EMAIL, "lin@example.test"), language="en")
    browser = Browser(inbox, token)
    browser.asks("Hello")
    conversation = Conversation.objects.get(customer=visitor.customer)
    mei.refresh_from_db()
    flows.leave_note(conversation, NOTE, by=mei)
    says(mei, "Good morning", in_=conversation)
    flows.hand_over(conversation, to=returns, by=mei, note=f"{NOTE} handed over")
    flows.hand_over(conversation, to=mei, by=supervisor, note=NOTE)
    other = begin(Customer.objects.create(name="Somebody Else"), inbox, "canary-of-another")
    says(mei, "canary-of-another too", in_=other)
    return browser


def test_nothing_a_customer_can_fetch_says_more_than_what_was_said_to_them(
    guest: Browser, mei: Staff
) -> None:
    conversation = Conversation.objects.get(messages__text="Hello")
    at = f"conversations/{conversation.pk}"
    fetched = [
        guest.get(path).content.decode()
        for path in ("state", f"{at}/messages?after=0", f"{at}/messages?before=99", f"{at}/transcript")
    ]
    fetched.append(guest.post("start").content.decode())
    assert guest.post(f"{at}/transcript").status_code == 204
    fetched += [mail.content or "" for mail in Delivery.objects.all()]
    api = Caller(guest.token)
    fetched += [
        api.get(path).content.decode()
        for path in ("/visitor", "/visitor/conversations", f"/visitor/{at}", f"/visitor/{at}/messages")
    ]
    fetched.append(Client().get(f"/chat/{guest.inbox.key}", headers=SAME_SITE).content.decode())
    assert sum("Good morning" in one for one in fetched) >= 5
    for words in fetched:
        for secret in (NOTE, NAME, mei.email, str(mei.pk), "canary-of-another", "supervisor@desk.test"):
            assert secret not in words


def test_what_is_said_of_a_message_is_a_fixed_list_of_fields(guest: Browser) -> None:
    conversation = Conversation.objects.get(messages__text="Hello")
    shown: list[dict[str, Any]] = guest.get(f"conversations/{conversation.pk}/messages?after=0").json()[
        "messages"
    ]
    assert {frozenset(message) for message in shown} == {frozenset(MESSAGE_SHAPE)}
    assert {frozenset(message["author"]) for message in shown} == {frozenset({"kind", "name", "initials"})}
    assert [message["text"] for message in shown] == ["Hello", "Good morning"]


def test_numbers_that_notes_use_do_not_show_how_many_there_are(guest: Browser) -> None:
    """The customer's own numbering is dense: a note leaves no gap in it."""
    conversation = Conversation.objects.get(messages__text="Hello")
    shown = guest.get(f"conversations/{conversation.pk}/messages?after=0").json()["messages"]
    assert [message["seq"] for message in shown] == list(range(1, len(shown) + 1))


def test_a_transcript_holds_replies_only(guest: Browser) -> None:
    conversation = Conversation.objects.get(messages__text="Hello")
    assert [line.text for line in transcripts.lines(conversation)] == ["Hello", "Good morning"]
    assert Visitor.objects.filter(verified_at__isnull=False).count() == 1
