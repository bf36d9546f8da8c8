"""A mail as colleagues see it: what is known of its sender, nothing that runs, nothing that is fetched."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kefu.conversations.models import Conversation, Inbox, Message
from kefu.conversations.tests.test_console_pages import FRAGMENT, signed_in
from kefu.events.models import Audit
from kefu.inboxes.email import sending, showing, writing
from kefu.inboxes.email.bounces import came_back
from kefu.inboxes.email.models import Letter, OutgoingMail, OutgoingState, ReceivedMail
from kefu.inboxes.email.tests.test_taking_in import conversation_of, mail, take
from kefu.inboxes.email.writing import Wanted
from kefu.lib.ids import uuid7
from kefu.people.models import Staff

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0"
    "000003010100c9fe92ef0000000049454e44ae426082"
)
ROUTES = ("letter", "letter-html", "mail-recipients")


def with_html(html: str, **headers: Any) -> EmailMessage:
    made = mail("Look", **headers)
    made.add_alternative(html, subtype="html")
    return made


def letter_of(kept: ReceivedMail) -> Letter:
    return Letter.objects.select_related("message").get(received=kept)


def page_of(client: Client, kept: ReceivedMail, name: str = "letter", **query: str) -> str:
    answer = client.get(reverse(name, args=[letter_of(kept).message_id]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def answered(kept: ReceivedMail, by: Staff, **wanted: object) -> OutgoingMail:
    posted = writing.reply(
        conversation_of(kept),
        "On its way.",
        by=by,
        client_id=uuid7(),
        wanted=Wanted(**wanted),  # type: ignore[arg-type]
    )
    return OutgoingMail.objects.select_related("message", "inbox").get(message=posted.message_id)


def test_the_head_says_who_wrote_to_whom_and_whether_that_is_proved(mailbox: Inbox, mei: Staff) -> None:
    client = signed_in(mei)
    proved = page_of(client, take(mailbox, mail(proven=True, Cc="Bob <bob@elsewhere.test>")))
    assert "Alice" in proved and "alice@customer.test" in proved and "bob@elsewhere.test" in proved
    assert "Sender proved" in proved and "looks like your own brand" not in proved
    posing = page_of(client, take(mailbox, mail(From="Lumo Support <help@evil.test>")))
    assert "Sender not proved" in posing and "looks like your own brand" in posing


def test_those_who_do_not_answer_recognise_an_address_and_cannot_use_it(
    mailbox: Inbox, auditor: Staff
) -> None:
    shown = page_of(signed_in(auditor), take(mailbox, mail()))
    assert "alice@customer.test" not in shown and "a***@customer.test" in shown


def test_what_the_text_leaves_out_is_folded_below_it(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail("Where is it?\n\n-- \nAlice, Sales\n\nOn Monday Bob wrote:\n> It left today"))
    shown = page_of(signed_in(mei), kept)
    assert "Show all" in shown and "Alice, Sales" in shown and "It left today" in shown
    assert "<iframe" not in shown


def test_the_page_of_a_mail_runs_in_a_frame_that_may_do_nothing(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, with_html("<p style='color:red'>Hello <b>you</b></p>"))
    client = signed_in(mei)
    shown = page_of(client, kept)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    answer = client.get(reverse("letter-html", args=[letter_of(kept).message_id]))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "img-src data:;" in policy and "script-src" not in policy
    assert "sandbox allow-popups" in policy and "frame-ancestors 'self'" in policy
    assert (answer["X-Frame-Options"], answer["Referrer-Policy"]) == ("SAMEORIGIN", "no-referrer")
    assert "<b>you</b>" in answer.content.decode() and "color:red" in answer.content.decode()


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<style>input{background:url(https://evil.test/)}</style>",
        "<a href=' java\tscript:alert(1)'>go</a>",
        "<a href='&#106;avascript:alert(1)'>go</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>go</a>",
        "<svg onload=alert(1)><animate></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<form action=https://evil.test><input name=password></form>",
        "<iframe src=https://evil.test></iframe>",
        "<p style='background:url(https://evil.test/)'>x</p>",
        "<base href=https://evil.test/><meta http-equiv=refresh content='0;url=https://evil.test'>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    ],
)
def test_nothing_that_a_sender_writes_is_run_or_sent_anywhere(
    mailbox: Inbox, mei: Staff, hostile: str
) -> None:
    kept = take(mailbox, with_html(f"<div>Hi {hostile}</div>"))
    shown = page_of(signed_in(mei), kept, "letter-html").partition("<body>")[2].lower()
    for never in ("<script", "onerror=", "onload=", "javascript:", "<style", "<form", "<iframe", "url("):
        assert never not in shown
    assert "<meta" not in shown and "<base" not in shown and "svg+xml" not in shown
    assert 'src="http' not in shown and "src=x" not in shown


@pytest.mark.parametrize("name", ["<b>Bold</b>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}"])
def test_names_subjects_and_files_are_text(mailbox: Inbox, mei: Staff, name: str) -> None:
    made = mail(Subject=name)
    made.add_attachment(b"MZ\x90", maintype="application", subtype="x-msdownload", filename=f"{name}.exe")
    kept = take(mailbox, made)
    shown = page_of(signed_in(mei), kept)
    assert "<b>Bold" not in shown and "<img" not in shown and "14" not in shown.partition("<dl")[2][:400]
    assert "does not keep" in shown


def test_pictures_from_elsewhere_wait_for_a_click(mailbox: Inbox, mei: Staff) -> None:
    kept = take(
        mailbox, with_html("<p>Hi<img src='https://t.test/1.png'><img src='//t.test/2.png' alt='two'></p>")
    )
    client = signed_in(mei)
    assert "2 pictures from elsewhere were not loaded" in page_of(client, kept)
    assert "t.test" not in page_of(client, kept, "letter-html")
    asked = client.get(reverse("letter-html", args=[letter_of(kept).message_id]), {"pictures": "yes"})
    assert (
        "https://t.test/1.png" in asked.content.decode() and "https://t.test/2.png" in asked.content.decode()
    )
    assert "img-src data: https: http:;" in asked["Content-Security-Policy"]
    assert asked["Referrer-Policy"] == "no-referrer"


def test_a_picture_of_the_mail_itself_is_within_the_page(mailbox: Inbox, mei: Staff) -> None:
    made = with_html("<p>See <img src='cid:lamp@customer.test' alt='lamp'></p>")
    made.get_payload()[1].add_related(PIXEL, "image", "png", cid="<lamp@customer.test>")  # type: ignore[index,union-attr]
    kept = take(mailbox, made)
    shown = page_of(signed_in(mei), kept, "letter-html")
    assert 'src="data:image/png;base64,' in shown
    assert showing.kept_apart(letter_of(kept)) == 0


def test_strangers_and_other_teams_find_no_mail(
    mailbox: Inbox, charlie: Staff, omar: Staff, mei: Staff
) -> None:
    message = answered(take(mailbox, with_html("<b>Hi</b>")), mei).message
    first = Message.objects.get(conversation=message.conversation_id, seq=1)
    for someone in (charlie, omar):
        client = signed_in(someone)
        assert [client.get(reverse(name, args=[first.pk])).status_code for name in ROUTES] == [404] * 3
        assert client.get(reverse("mail-recipients", args=[message.pk])).status_code == 404
        assert client.post(reverse("mail-delivery", args=[message.pk])).status_code == 404
    assert Client().get(reverse("letter", args=[first.pk])).status_code == 302


def test_the_original_is_for_those_who_may_see_addresses_and_that_is_kept(
    mailbox: Inbox, mei: Staff, senior: Staff, charlie: Staff
) -> None:
    made = with_html("<script>1</script>")
    address = reverse("letter-original", args=[letter_of(take(mailbox, made)).message_id])
    assert signed_in(mei).get(address).status_code == 403
    assert signed_in(charlie).get(address).status_code == 403
    answer = signed_in(senior).get(address)
    assert answer.content == made.as_bytes()
    assert answer["Content-Disposition"].startswith("attachment") and ".eml" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert Audit.objects.filter(kind="letter.downloaded", actor_id=senior.pk).count() == 1


def test_a_mail_that_failed_is_told_in_its_bubble_and_tried_again_once(
    mailbox: Inbox, mei: Staff, auditor: Staff
) -> None:
    out = answered(take(mailbox, mail()), mei, cc=(("", "bob@elsewhere.test"),), bcc=(("", "eve@x.test"),))
    conversation = reverse("conversation", args=[out.message.conversation_id])
    client = signed_in(mei)
    assert "mail-undelivered" not in client.get(conversation).content.decode()
    came_back(out, code="5.1.1")
    shown = client.get(conversation).content.decode()
    assert "This mail came back" in shown and "mail-undelivered" in shown
    address = reverse("mail-delivery", args=[out.message_id])
    assert signed_in(auditor).post(address).status_code == 403
    assert "being sent again" in client.post(address, headers=FRAGMENT).content.decode()
    assert "not one that failed" in client.post(address, headers=FRAGMENT).content.decode()
    out.refresh_from_db()
    assert out.state == OutgoingState.WAITING
    assert Message.objects.get(pk=out.message_id).delivery == "waiting"
    people = client.get(reverse("mail-recipients", args=[out.message_id])).content.decode()
    assert "bob@elsewhere.test" in people and "eve@x.test" in people and "Bcc" in people


def test_what_leaves_later_can_be_withdrawn_until_it_has_begun(mailbox: Inbox, mei: Staff) -> None:
    out = answered(take(mailbox, mail()), mei, later=timezone.now() + timedelta(hours=2))
    client, address = signed_in(mei), reverse("mail-delivery", args=[out.message_id])
    assert (
        "Leaves at"
        in client.get(reverse("conversation", args=[out.message.conversation_id])).content.decode()
    )
    assert "was not sent" in client.delete(address, headers=FRAGMENT).content.decode()
    assert "cannot be withdrawn" in client.delete(address, headers=FRAGMENT).content.decode()
    assert Message.objects.get(pk=out.message_id).delivery == "withdrawn"
    assert not sending.retry(out, by=mei)


def test_a_conversation_page_asks_no_more_for_more_mails(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail())
    conversation: Conversation = conversation_of(kept)
    client, address = signed_in(mei), reverse("conversation", args=[conversation.pk])
    answered(kept, mei)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(4):
        answered(kept, mei)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
