"""What colleagues see of a form beside its conversation, and ending the customer's link."""

from __future__ import annotations

import pytest
from django.test import Client

from conftest import says
from kefu.conversations.models import Conversation
from kefu.events import log
from kefu.events.models import Delivery, Event
from kefu.inboxes.answers_by_mail import mail_answers
from kefu.inboxes.form import following
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.testing import Writer, make_form
from kefu.people.models import Staff, Team
from kefu.people.testing import signed_in


@pytest.fixture
def conversation(support: Team) -> Conversation:
    Writer(make_form(support), topic="order").sends(
        {
            "a-order_number": "W1001",
            "a-state": "完好 | Whole",
            "a-consent": "yes",
            "text": "https://shop.example/x",
        }
    )
    return Conversation.objects.get()


def here(conversation: Conversation) -> str:
    return f"/console/c/{conversation.pk}"


def test_answers_promise_and_suspicion_stand_beside_it(conversation: Conversation, mei: Staff) -> None:
    page = signed_in(mei).get(f"{here(conversation)}/").content.decode()
    assert "It contains links and almost no text" in page and "Suspected spam" in page
    assert "Promised by" in page
    assert 'name="field-order_number"' in page and "W1001" in page
    assert "What is at hand" in page


def test_a_chat_has_no_such_pane(parcel_question: Conversation, mei: Staff) -> None:
    assert "The customer&#x27;s link" not in signed_in(mei).get(f"{here(parcel_question)}/").content.decode()
    assert signed_in(mei).post(f"{here(parcel_question)}/form/end").status_code == 404


def test_ending_the_link_is_once_and_answers_carry_none_from_then_on(
    conversation: Conversation, mei: Staff
) -> None:
    token = following.token(Submission.objects.get(), by=following.By.MAIL)
    for _twice in range(2):
        assert signed_in(mei).post(f"{here(conversation)}/form/end").status_code == 302
    assert Client().get(f"/contact/followed/{token}").status_code == 404
    assert Event.objects.filter(kind="form.links_ended").count() == 1
    says(mei, "We are looking", in_=conversation)
    mail_answers(log.about(conversation.pk, ["message.posted"]))
    content = str(Delivery.objects.get(template="mail/answer").content)
    assert "/contact/followed/" not in content and "/b/lumo/" in content


def test_who_does_not_see_the_conversation_ends_no_link(
    conversation: Conversation, charlie: Staff, auditor: Staff
) -> None:
    assert Client().post(f"{here(conversation)}/form/end").status_code == 302
    assert signed_in(charlie).post(f"{here(conversation)}/form/end").status_code == 404
    assert signed_in(auditor).post(f"{here(conversation)}/form/end").status_code == 403
    assert Submission.objects.get().revoked_at is None
