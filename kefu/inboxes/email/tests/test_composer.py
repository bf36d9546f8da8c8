"""Replies that leave as mails: to whom, when, and what happens to those that cannot."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kefu.conversations.models import Conversation, Inbox, Message, Status
from kefu.conversations.tests.test_console_pages import signed_in
from kefu.inboxes.email import bounces, choosing, console
from kefu.inboxes.email.models import OutgoingMail
from kefu.inboxes.email.tests.test_taking_in import conversation_of, mail, message_id_of, take
from kefu.inboxes.email.writing import Content
from kefu.people.models import Staff
from tests.calling import calling, problem_of


@pytest.fixture
def asked(mailbox: Inbox) -> Conversation:
    return conversation_of(take(mailbox, mail(Cc="Bob <bob@elsewhere.test>, support@desk.test")))


def send(client: Client, conversation: Conversation, text: str = "On its way.", **extra: Any) -> Any:
    body = {"client_id": str(uuid4()), "text": text, "extra": extra} | extra.pop("body", {})
    return client.post(
        reverse("conversation-mail", args=[conversation.pk]),
        json.dumps(body),
        content_type="application/json",
    )


def content_of(conversation: Conversation) -> Content:
    return Content.of(OutgoingMail.objects.get(message__conversation=conversation))


def test_the_composer_says_to_whom_it_goes_and_offers_the_others(asked: Conversation, mei: Staff) -> None:
    shown = console.writes(asked, mei)
    assert shown is not None
    assert shown["to"] == "Alice <alice@customer.test>"
    assert shown["others"] == "Bob <bob@elsewhere.test>"
    assert (shown["subject"], shown["quote"], shown["dead"]) == ("Re: A lamp", "Where is my lamp?", [])
    assert shown["signature"].startswith("Mei")
    page = signed_in(mei).get(reverse("conversation", args=[asked.pk])).content.decode()
    assert "data-mail-composer" in page and "Reply to all" in page and "Send and solve" in page


def test_a_chat_has_no_mail_in_its_composer(parcel_question: Conversation, mei: Staff) -> None:
    assert console.writes(parcel_question, mei) is None
    page = signed_in(mei).get(reverse("conversation", args=[parcel_question.pk])).content.decode()
    assert "data-composer-extra" not in page


def test_what_was_chosen_is_what_leaves(asked: Conversation, mei: Staff) -> None:
    answer = send(
        signed_in(mei),
        asked,
        "It is **on its way**.",
        to='"Wang, Lin" <lin@customer.test>，carol@elsewhere.test; carol@elsewhere.test',
        cc="bob@elsewhere.test",
        bcc="eve@elsewhere.test",
        subject="Your lamp",
        quote=False,
    )
    assert answer.status_code == 201
    content = content_of(asked)
    assert content.to == (("Wang, Lin", "lin@customer.test"), ("", "carol@elsewhere.test"))
    assert (content.cc, content.bcc) == ((("", "bob@elsewhere.test"),), (("", "eve@elsewhere.test"),))
    assert (content.subject, content.quote) == ("Your lamp", "")
    assert "<strong>on its way</strong>" in content.html
    assert Message.objects.get(pk=Message.objects.latest("pk").pk).delivery == "waiting"


def plainly(client: Client, conversation: Conversation, **given: str) -> Any:
    """As the form goes without scripts, every field of it."""
    usual = {
        "client_id": str(uuid4()),
        "kind": "reply",
        "text": "It is **on its way**.",
        "mail-to": "Alice <alice@customer.test>",
        "mail-subject": "Re: A lamp",
        "mail-quote": "on",
        "mail-signature": "on",
    }
    return client.post(reverse("conversation-said", args=[conversation.pk]), usual | given)


def test_without_scripts_every_field_goes_with_the_form(asked: Conversation, mei: Staff) -> None:
    client = signed_in(mei)
    page = client.get(reverse("conversation", args=[asked.pk])).content.decode()
    for name in ("to", "cc", "bcc", "subject", "later", "quote", "signature"):
        assert f'name="mail-{name}"' in page
    assert "Also had it: Bob" in page
    given = {"mail-cc": "bob@elsewhere.test", "mail-bcc": "eve@elsewhere.test", "mail-subject": "Your lamp"}
    assert plainly(client, asked, **given).status_code == 302
    content = content_of(asked)
    assert (content.cc, content.bcc) == ((("", "bob@elsewhere.test"),), (("", "eve@elsewhere.test"),))
    assert (content.subject, content.quote, content.unsigned) == ("Your lamp", "Where is my lamp?", False)
    assert "<strong>on its way</strong>" in content.html


def test_without_scripts_what_was_refused_stands_there_again(asked: Conversation, mei: Staff) -> None:
    answer = plainly(
        signed_in(mei), asked, **{"mail-cc": "nobody", "mail-subject": "Your lamp", "text": "Long & careful"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "is not an e-mail address" in page
    assert "Long &amp; careful</textarea>" in page
    assert 'value="nobody"' in page and 'value="Your lamp"' in page
    assert not OutgoingMail.objects.exists()


def test_without_scripts_a_note_stays_at_the_desk_and_strangers_send_nothing(
    asked: Conversation, mei: Staff, charlie: Staff, auditor: Staff
) -> None:
    assert plainly(signed_in(mei), asked, kind="note", **{"mail-cc": "bob@elsewhere.test"}).status_code == 302
    assert [plainly(signed_in(one), asked).status_code for one in (charlie, auditor)] == [404, 403]
    assert not OutgoingMail.objects.exists() and asked.messages.filter(kind="note").count() == 1


def test_the_line_is_drawn_again_with_whoever_had_the_last_mail(
    mailbox: Inbox, asked: Conversation, mei: Staff, auditor: Staff
) -> None:
    assert send(signed_in(mei), asked).status_code == 201
    out = OutgoingMail.objects.get()
    again = reverse("conversation-again", args=[asked.pk])
    assert "bob@elsewhere.test" in signed_in(mei).get(again).content.decode()
    answer = mail("Thanks", In_Reply_To=message_id_of(out), Cc="Carol <carol@elsewhere.test>")
    assert conversation_of(take(mailbox, answer)) == asked
    line = signed_in(mei).get(again).content.decode()
    assert 'id="mail-line"' in line and "carol@elsewhere.test" in line and "bob@elsewhere.test" not in line
    assert "mail-line" not in signed_in(auditor).get(again).content.decode()


def test_send_and_solve_is_one_step_and_later_waits(asked: Conversation, mei: Staff) -> None:
    mei.time_zone = "Asia/Shanghai"
    mei.save()
    evening = timezone.now().replace(microsecond=0, second=0) + timedelta(hours=5)
    local = (evening + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    assert send(signed_in(mei), asked, solve=True, later=local).status_code == 201
    asked.refresh_from_db()
    assert asked.status == Status.SOLVED
    assert OutgoingMail.objects.get().next_at == evening
    assert Message.objects.get(outgoing__isnull=False).leaves_at == evening


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"to": "nobody"}, "is not an e-mail address"),
        ({"to": "a@b.test\r\nBcc: evil@evil.test"}, "line breaks"),
        ({"cc": "a@b.test\u2028Bcc: evil@evil.test"}, "line breaks"),
        ({"subject": "Hello\r\nBcc: evil@evil.test"}, "one line"),
        ({"to": ""}, "Nobody is named"),
        ({"cc": ", ".join(f"a{n}@b.test" for n in range(21))}, "at most 20"),
        ({"to": "support+x@desk.test"}, "address of this desk"),
        ({"later": "2020-01-01T10:00"}, "still to come"),
        ({"later": "soon"}, "still to come"),
        ({"later": "2026-13-45T10:00"}, "still to come"),
    ],
)
def test_what_cannot_be_sent_is_told_and_nothing_is_stored(
    asked: Conversation, mei: Staff, extra: dict[str, Any], said: str
) -> None:
    answer = send(signed_in(mei), asked, **extra)
    assert answer.status_code == 422 and said in answer.json()["detail"]
    assert not OutgoingMail.objects.exists() and asked.messages.count() == 1


def test_an_address_that_mail_comes_back_from_is_warned_of(asked: Conversation, mei: Staff) -> None:
    for _ in range(bounces.OFTEN):
        bounces.remember("alice@customer.test")
    shown = console.writes(asked, mei)
    assert shown is not None and shown["dead"] == ["alice@customer.test"]
    client = signed_in(mei)
    answer = send(client, asked, to="alice@customer.test")
    assert answer.status_code == 422 and "came back several times" in answer.json()["detail"]
    assert send(client, asked, to="alice@customer.test", anyway=True).status_code == 201


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '{"text": 5}', '{"text": "x"}', '{"text": "x", "client_id": "x"}']
)
def test_what_is_no_reply_is_refused(asked: Conversation, mei: Staff, body: str) -> None:
    answer = signed_in(mei).post(
        reverse("conversation-mail", args=[asked.pk]), body, content_type="application/json"
    )
    assert answer.status_code == 422


def test_strangers_other_teams_and_readers_send_nothing(
    asked: Conversation, charlie: Staff, omar: Staff, auditor: Staff
) -> None:
    codes = [send(signed_in(someone), asked).status_code for someone in (charlie, omar, auditor)]
    assert codes == [404, 404, 403]
    at = reverse("conversation-mail", args=[asked.pk])
    unknown = Client().post(at, "{}", content_type="application/json", headers={"Accept": "application/json"})
    assert unknown.status_code == 401  # never a page that a script would take for an answer
    assert not OutgoingMail.objects.exists()


def test_a_resend_is_one_mail(asked: Conversation, mei: Staff) -> None:
    client, body = signed_in(mei), {"client_id": str(uuid4())}
    codes = [send(client, asked, body=body, solve=True).status_code for _ in range(2)]
    assert codes == [201, 200]
    assert OutgoingMail.objects.count() == 1


def test_nobody_answers_past_a_reply_that_they_have_not_read(
    asked: Conversation, mei: Staff, senior: Staff
) -> None:
    assert send(signed_in(senior), asked).status_code == 201
    answer = send(signed_in(mei), asked, body={"seen_reply_seq": 1})
    assert answer.status_code == 409 and "send again" in answer.json()["detail"]


def test_a_card_number_is_masked_in_the_html_as_well(asked: Conversation, mei: Staff) -> None:
    assert (
        send(
            signed_in(mei), asked, "**Card** 4111 1111 1111 1111", html="<b>4111 1111 1111 1111</b>"
        ).status_code
        == 201
    )
    assert "4111 1111" not in content_of(asked).html


def test_two_who_send_the_same_at_once_send_one_mail(
    committed: None, mailbox: Inbox, asked: Conversation, mei: Staff
) -> None:
    client_id, done = uuid4(), []

    def run() -> None:
        try:
            done.append(
                console.reply(
                    asked, "Once", by=mei, client_id=client_id, wanted={}, file_ids=(), seen=None
                ).repeat
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(done) == [False, True, True, True]
    assert OutgoingMail.objects.count() == 1


def test_the_api_sends_by_mail_and_shows_how_it_goes(
    asked: Conversation, parcel_question: Conversation, mei: Staff, charlie: Staff
) -> None:
    at, api = f"/conversations/{asked.pk}/messages", calling(mei)
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    body = {
        "text": "Soon",
        "mail": {"cc": ["Bob <bob@elsewhere.test>"], "html": "<b>Soon</b><script>", "later": later},
    }
    said = api.post(at, body)
    assert (said.status_code, said.json()["delivery"]) == (201, "waiting")
    content = content_of(asked)
    assert (content.cc, content.html) == ((("Bob", "bob@elsewhere.test"),), "<b>Soon</b>")
    assert api.get(at).json()["items"][0]["delivery"] is None
    assert problem_of(api.post(at, {"text": "x", "mail": {"to": ["nobody"]}}))["status"] == 409
    assert problem_of(api.post(at, {"text": "x", "kind": "note", "mail": {}}))["status"] == 409
    chat = f"/conversations/{parcel_question.pk}/messages"
    assert problem_of(api.post(chat, {"text": "x", "mail": {}}))["status"] == 409
    assert problem_of(calling(charlie).post(at, body))["status"] == 404


def test_people_are_read_as_they_are_listed() -> None:
    people = (
        ("Wang, Lin", "lin@a.test"),
        ("王芳", "wang@a.test"),
        ("", "x@a.test"),
        ('O "Bo" <x>', "bo@a.test"),
    )
    read = choosing.people(console.listed(people))
    assert [address for _name, address in read] == [address for _name, address in people]
    assert [name for name, _address in read] == ["Wang, Lin", "王芳", "", "O Bo x"]
