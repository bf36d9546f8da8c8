"""What becomes of a mail that was kept."""

from __future__ import annotations

import threading
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from kefu.conversations import posting
from kefu.conversations.models import Conversation, Inbox, Message
from kefu.inboxes.email import entering, raws, taking, tokens, writing
from kefu.inboxes.email.composing import main_address
from kefu.inboxes.email.models import (
    Letter,
    MailKind,
    OutgoingMail,
    OutgoingState,
    Postmark,
    ReceivedMail,
    ReceivedState,
    Way,
)
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.email.writing import Wanted
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Identity, Staff

PROVEN = "mx.desk.test; dmarc=pass header.from=customer.test"


def mail(text: str = "Where is my lamp?", *, proven: bool = False, **headers: str) -> EmailMessage:
    made = EmailMessage()
    if proven:
        made["Authentication-Results"] = PROVEN
    given = {
        "From": "Alice <alice@customer.test>",
        "To": "support@desk.test",
        "Subject": "A lamp",
        "Message-ID": f"<{uuid7()}@customer.test>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in given.items():
        made[name] = value
    made.set_content(text)
    return made


def take(inbox: Inbox, made: EmailMessage | bytes, **envelope: object) -> ReceivedMail:
    raw = made if isinstance(made, bytes) else made.as_bytes()
    kept = raws.keep(raw, inbox=inbox, way=Way.LMTP, **envelope)  # type: ignore[arg-type]
    taking.take(kept.pk)
    kept.refresh_from_db()
    return kept


def conversation_of(kept: ReceivedMail) -> Conversation:
    return Letter.objects.select_related("message__conversation").get(received=kept).message.conversation


def answer_to(kept: ReceivedMail, by: Staff, text: str = "It is on its way.") -> OutgoingMail:
    posted = writing.reply(conversation_of(kept), text, by=by, client_id=uuid7(), wanted=Wanted())
    return OutgoingMail.objects.select_related("inbox").get(message=posted.message_id)


def message_id_of(mail: OutgoingMail) -> str:
    return tokens.message_id(mail.pk, main_address(mail.inbox).rpartition("@")[2])


def test_a_mail_begins_a_conversation_and_its_original_is_kept(mailbox: Inbox) -> None:
    made = mail("Where is my lamp?\n\n> On Monday Bob wrote:\n> nothing")
    made.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="发票.pdf")
    kept = take(mailbox, made)
    conversation = conversation_of(kept)
    assert (kept.state, kept.kind) == (ReceivedState.TAKEN, MailKind.HUMAN)
    assert conversation.subject == "A lamp"
    assert conversation.messages.get().text == "Where is my lamp?"
    assert conversation.messages.get().has_files
    assert raws.open_raw(kept) == made.as_bytes()
    letter = Letter.objects.get(received=kept)
    assert letter.headers["from"] == ["Alice", "alice@customer.test"]
    assert "nothing" in letter.quoted


def test_the_same_mail_by_whatever_way_is_taken_once(mailbox: Inbox) -> None:
    made = mail()
    first = take(mailbox, made)
    again = b"Received: from elsewhere\r\nX-Copy: 2\r\n" + made.as_bytes()
    assert raws.keep(again, inbox=mailbox, way=Way.IMAP).pk == first.pk
    taking.take(first.pk)
    assert Message.objects.count() == 1


def test_nothing_proves_a_sender_but_the_trusted_server(mailbox: Inbox) -> None:
    forged = mail(Authentication_Results="elsewhere.test; dmarc=pass header.from=customer.test")
    customer = conversation_of(take(mailbox, forged)).customer
    assert customer.identities.get().verified_at is None
    proven = conversation_of(take(mailbox, mail(proven=True))).customer
    assert proven != customer
    assert proven.identities.get().verified_at is not None


def test_an_unproven_sender_is_no_stranger_each_time_but_never_somebody_proven(mailbox: Inbox) -> None:
    first, second = (conversation_of(take(mailbox, mail())).customer for _ in range(2))
    proven = conversation_of(take(mailbox, mail(proven=True))).customer
    third = conversation_of(take(mailbox, mail())).customer
    assert first == second == third != proven


def test_an_answer_to_our_mail_goes_on_with_its_conversation(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail())
    out = answer_to(kept, mei)
    by_id = take(mailbox, mail("Thanks", In_Reply_To=message_id_of(out), Subject="something else"))
    by_address = take(
        mailbox, mail("Once more", To=tokens.reply_address("support@desk.test", bytes(out.token)))
    )
    assert conversation_of(by_id) == conversation_of(by_address) == conversation_of(kept)
    assert [one.author_kind for one in conversation_of(kept).messages.order_by("seq")] == [
        "customer", "staff", "customer", "customer",
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["subject", "number", "forged mark", "other token", "cut mark"])
def test_what_anybody_can_write_finds_no_conversation(mailbox: Inbox, mei: Staff, what: str) -> None:
    kept = take(mailbox, mail())
    out = answer_to(kept, mei)
    ours = message_id_of(out)
    choices: dict[str, dict[str, Any]] = {
        "subject": {"Subject": "Re: A lamp"},
        "number": {"Subject": f"[{conversation_of(kept).public_number}]"},
        "forged mark": {"In_Reply_To": ours.replace(ours[28:33], "aaaaa")},
        "other token": {"To": tokens.reply_address("support@desk.test", b"x" * 16)},
        "cut mark": {"References": ours[:40] + "@desk.test>"},
    }
    headers = choices[what]
    assert conversation_of(take(mailbox, mail("hm", **headers))) != conversation_of(kept)


def test_a_stranger_in_a_thread_is_shown_to_colleagues_only(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail())
    out = answer_to(kept, mei)
    conversation_of(kept).solve(by=mei)
    take(mailbox, mail("Let me in", In_Reply_To=message_id_of(out), From="Eve <eve@evil.test>"))
    conversation = conversation_of(kept)
    note = conversation.messages.latest("seq")
    assert (note.kind, note.author_kind) == ("note", "system")
    assert "eve@evil.test" in note.text
    assert note.reply_seq is None
    assert conversation.status == "open"
    assert Customer.objects.count() == 1


def test_who_had_a_copy_reads_nothing_and_is_nobody(mailbox: Inbox, mei: Staff) -> None:
    """E1: an address in Cc is only kept as what the mail said."""
    kept = take(mailbox, mail(Cc="eve@evil.test"))
    assert Identity.objects.count() == 1
    out = answer_to(kept, mei)
    assert [address for _name, address in writing.Content.of(out).everyone] == ["alice@customer.test"]
    assert writing.others(conversation_of(kept)) == (("", "eve@evil.test"),)


@pytest.mark.parametrize("proven", [True, False])
def test_an_agents_mail_is_theirs_only_when_proven(mailbox: Inbox, mei: Staff, proven: bool) -> None:
    kept = take(mailbox, mail())
    out = answer_to(kept, mei)
    made = mail("I found it.", In_Reply_To=message_id_of(out), From="Mei <mei@desk.test>")
    if proven:
        made["Authentication-Results"] = "mx.desk.test; dmarc=pass header.from=desk.test"
    take(mailbox, made)
    said = conversation_of(kept).messages.latest("seq")
    assert (said.kind, said.author_kind) == (("reply", "staff") if proven else ("note", "system"))


def test_an_agent_without_a_right_to_the_conversation_is_a_stranger(
    mailbox: Inbox, mei: Staff, charlie: Staff
) -> None:
    out = answer_to(kept := take(mailbox, mail()), mei)
    made = mail("Hello", In_Reply_To=message_id_of(out), From=charlie.email)
    made["Authentication-Results"] = "mx.desk.test; dmarc=pass header.from=desk.test"
    take(mailbox, made)
    assert conversation_of(kept).messages.latest("seq").kind == "note"


def test_another_brands_mail_with_our_mark_begins_its_own(
    mailbox: Inbox, other_inbox: Inbox, mei: Staff
) -> None:
    out = answer_to(take(mailbox, mail()), mei)
    theirs = take(other_inbox, mail("Hi", In_Reply_To=message_id_of(out)))
    assert conversation_of(theirs).brand == other_inbox.brand


def test_a_closed_conversation_has_a_follow_up(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail())
    out = answer_to(kept, mei)
    conversation_of(kept).close(by=mei)
    later = take(mailbox, mail("Again", In_Reply_To=message_id_of(out)))
    assert conversation_of(later).follow_up_of == conversation_of(kept)


def test_a_vacation_answer_is_a_note_and_wakes_nobody(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail())
    out = answer_to(kept, mei)
    conversation_of(kept).solve(by=mei)
    take(mailbox, mail("Away", In_Reply_To=message_id_of(out), Auto_Submitted="auto-replied"))
    assert conversation_of(kept).messages.latest("seq").kind == "note"
    assert conversation_of(kept).status == "solved"


def test_our_own_mail_that_comes_back_is_passed_over(mailbox: Inbox, mei: Staff) -> None:
    out = answer_to(take(mailbox, mail()), mei)
    kept = take(mailbox, mail(Message_ID=message_id_of(out)))
    assert (kept.state, kept.kind, kept.reason) == (ReceivedState.PASSED_OVER, MailKind.LOOP, "loop")


def report_about(out: OutgoingMail, recipient: str = "alice@customer.test", to: str = "") -> bytes:
    ours = message_id_of(out)
    return (
        f"From: MAILER-DAEMON@mx.test\r\nTo: {to or 'support@desk.test'}\r\nSubject: Undelivered\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours}\r\n\r\n--b--\r\n"
    ).encode()


def test_a_report_marks_the_message_and_after_three_the_address(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail())
    for _ in range(3):
        out = answer_to(kept, mei)
        take(mailbox, report_about(out), sender="")
        out.refresh_from_db()
        assert (out.state, out.error) == (OutgoingState.BOUNCED, "5.1.1")
    assert Postmark.objects.get().bounces == 3
    assert Conversation.objects.count() == 1


def test_a_report_about_somebody_elses_address_harms_nobody(mailbox: Inbox, mei: Staff) -> None:
    out = answer_to(take(mailbox, mail()), mei)
    take(mailbox, report_about(out, recipient="victim@customer.test"), sender="")
    assert not Postmark.objects.exists()


def test_a_report_finds_its_mail_by_its_return_path_alone(mailbox: Inbox, mei: Staff) -> None:
    out = answer_to(take(mailbox, mail()), mei)
    bounce = tokens.bounce_address("support@desk.test", bytes(out.token))
    raw = report_about(out, to=bounce).replace(b"Message-ID: <", b"X-Gone: <")
    take(mailbox, raw, sender="", recipients=[bounce])
    out.refresh_from_db()
    assert out.state == OutgoingState.BOUNCED


def test_a_poisonous_mail_is_set_aside_and_may_be_tried_again(
    mailbox: Inbox, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(entering, "enter", lambda *_, **__: 1 / 0)
        kept = take(mailbox, mail())
    assert (kept.state, kept.reason) == (ReceivedState.ASIDE, "failed")
    assert not Message.objects.exists()
    assert taking.try_again(kept, by=admin)
    assert not taking.try_again(kept, by=admin)
    taking.take(kept.pk)
    assert Message.objects.count() == 1


def test_a_card_number_in_a_mail_is_masked_and_its_html_not_shown(mailbox: Inbox) -> None:
    made = mail("My card is 4111 1111 1111 1111.")
    made.add_alternative("<p>My card is 4111 1111 1111 1111.</p>", subtype="html")
    kept = take(mailbox, made)
    letter = Letter.objects.select_related("message").get(received=kept)
    assert "4111 1111" not in letter.message.text + letter.html


def test_a_very_long_mail_loses_nothing(mailbox: Inbox) -> None:
    text = "\n".join(f"line {number} 行" for number in range(4000))
    letter = Letter.objects.select_related("message").get(received=take(mailbox, mail(text)))
    assert len(letter.message.text) <= posting.LONGEST_TEXT
    assert "line 3999 行" in letter.quoted


def test_an_acknowledgement_goes_once_a_day_to_proven_senders(mailbox: Inbox) -> None:
    kept = take(mailbox, mail(proven=True))
    take(mailbox, mail(proven=True))
    take(mailbox, mail(From="b@customer.test"))
    [out] = OutgoingMail.objects.select_related("message")
    assert out.is_automatic
    assert out.message.conversation == conversation_of(kept)
    assert conversation_of(kept).public_number in out.message.text
    assert "lamp" not in out.message.text


@pytest.mark.parametrize(
    ("text", "said"),
    [("Where is my lamp?", "We have your mail"), ("我的台灯什么时候发货？", "我们已收到您的邮件")],
)
def test_somebody_new_is_answered_in_the_language_they_wrote_in(mailbox: Inbox, text: str, said: str) -> None:
    Inbox.objects.filter(pk=mailbox.pk).update(language="en" if "台" in text else "zh-hans")
    take(mailbox, mail(text, proven=True, Subject=text))
    assert said in OutgoingMail.objects.select_related("message").get().message.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Precedence": "bulk"},
        {"Auto_Submitted": "auto-generated"},
        {"List_Id": "<news.customer.test>"},
        {"From": "no-reply@customer.test"},
        {"X_Auto_Response_Suppress": "All"},
    ],
)
def test_machines_are_not_answered_by_a_machine(mailbox: Inbox, headers: dict[str, str]) -> None:
    take(mailbox, mail(proven=True, **headers))
    assert not OutgoingMail.objects.exists()


def test_a_desk_can_keep_silent(mailbox: Inbox) -> None:
    MailSettings(acknowledge=False, trusted_server="mx.desk.test").save(mailbox)
    take(mailbox, mail(proven=True))
    assert not OutgoingMail.objects.exists()


@pytest.mark.usefixtures("committed")
def test_one_mail_taken_by_two_at_once_is_one_message(mailbox: Inbox) -> None:
    kept = raws.keep(mail().as_bytes(), inbox=mailbox, way=Way.LMTP)
    at_once([lambda: taking.take(kept.pk)] * 4)
    assert Message.objects.count() == 1


@pytest.mark.usefixtures("committed")
def test_one_mail_kept_by_two_at_once_is_one_file(mailbox: Inbox) -> None:
    raw = mail().as_bytes()
    at_once([lambda: raws.keep(raw, inbox=mailbox, way=Way.IMAP)] * 4)
    assert ReceivedMail.objects.count() == 1
    assert default_storage.exists(ReceivedMail.objects.get().stored)


@pytest.mark.usefixtures("committed")
def test_two_first_mails_of_one_sender_are_one_customers(mailbox: Inbox) -> None:
    kept = [raws.keep(mail().as_bytes(), inbox=mailbox, way=Way.LMTP).pk for _ in range(4)]
    at_once([lambda pk=pk: taking.take(pk) for pk in kept])
    assert Customer.objects.count() == 1
    assert Conversation.objects.count() == 4


def at_once(calls: list) -> None:  # type: ignore[type-arg]
    def run(call) -> None:  # type: ignore[no-untyped-def]
        try:
            call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
