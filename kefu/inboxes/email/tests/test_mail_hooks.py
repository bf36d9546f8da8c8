"""A provider hands mail in, and tells what became of ours."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from kefu.conversations.models import Inbox
from kefu.events.models import Event
from kefu.inboxes.email import hooks, raws
from kefu.inboxes.email.composing import message_id
from kefu.inboxes.email.models import OutgoingState, Postmark, ReceivedMail, index_of
from kefu.inboxes.email.settings import MailSecrets, MailSettings, WayIn
from kefu.inboxes.email.tests.mails import mail
from kefu.inboxes.email.tests.test_sending import ALICE, conversation_with, reply
from kefu.orders import signing
from kefu.people.models import Customer, Staff

SECRET = "the-secret-of-the-hook"


@pytest.fixture
def hooked(mailbox: Inbox) -> Inbox:
    MailSecrets.change(mailbox, webhook_secret=SECRET)
    return mailbox


def hand_in(
    inbox: Inbox, body: bytes, *, part: str = "", signature: str | None = None, type_: str = "message/rfc822"
) -> Any:
    return Client().generic(
        "POST",
        f"/hooks/mail/{inbox.key}{part}",
        body,
        content_type=type_,
        headers={"Kefu-Signature": signing.sign(SECRET, body) if signature is None else signature},
    )


def test_a_signed_mail_is_stored_before_the_answer(hooked: Inbox) -> None:
    raw = mail("灯坏了".encode("gb18030"), content="text/plain; charset=gb18030")
    answer = hand_in(hooked, raw)
    assert answer.status_code == 200
    kept = ReceivedMail.objects.get()
    assert answer.json() == {"id": str(kept.pk)}
    assert raws.open_raw(kept) == raw
    assert (kept.way, kept.inbox, kept.return_path) == ("webhook", hooked, None)
    assert Event.objects.filter(kind="mail.received", subject_id=kept.pk).count() == 1


def test_the_same_mail_again_is_known(hooked: Inbox) -> None:
    first, again = (hand_in(hooked, mail("Hello")) for _ in range(2))
    assert first.json() == again.json()
    assert ReceivedMail.objects.count() == 1


def test_a_form_brings_the_envelope_along_and_every_byte_of_the_mail(hooked: Inbox) -> None:
    raw = mail(bytes(range(128, 256)))
    for place, named in enumerate((b'name="email"; filename="m.eml"', b'name="email"')):
        sent = raw.replace(b"My parcel", f"Parcel {place}".encode())
        fields = [
            (b'name="sender"', b"<lin@customer.test>"),
            (b'name="recipient"', b"support+x@desk.test"),
            (named, sent),
        ]
        body = (
            b"".join(
                b"--B\r\nContent-Disposition: form-data; " + name + b"\r\n\r\n" + value + b"\r\n"
                for name, value in fields
            )
            + b"--B--\r\n"
        )
        answer = hand_in(hooked, body, type_="multipart/form-data; boundary=B")
        assert answer.status_code == 200, answer.content
        kept = ReceivedMail.objects.get(pk=answer.json()["id"])
        assert raws.open_raw(kept) == sent
        assert (kept.return_path, kept.recipients) == ("lin@customer.test", ["support+x@desk.test"])


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        "t=1,v1=00",
        signing.sign("another secret", mail("Hello")),
        signing.sign(SECRET, b"another mail"),
    ],
    ids=["none", "nonsense", "made up", "by another secret", "of another mail"],
)
def test_what_is_not_signed_by_the_secret_is_refused(hooked: Inbox, signature: str) -> None:
    assert hand_in(hooked, mail("Hello"), signature=signature).status_code == 401
    assert not ReceivedMail.objects.exists()


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_is_believed_for_five_minutes(hooked: Inbox, minutes: int) -> None:
    raw = mail("Hello")
    late = signing.sign(SECRET, raw, at=int(time.time()) + minutes * 60)
    assert hand_in(hooked, raw, signature=late).status_code == 401


def test_without_a_secret_everything_is_refused(mailbox: Inbox) -> None:
    raw = mail("Hello")
    assert hand_in(mailbox, raw, signature=signing.sign("", raw)).status_code == 401


def test_an_unknown_mailbox_one_that_is_off_and_a_chat_are_not_there(hooked: Inbox, inbox: Inbox) -> None:
    assert hand_in(inbox, mail("Hello")).status_code == 404
    MailSettings(way_in=WayIn.IMAP).save(hooked)
    assert hand_in(hooked, mail("Hello")).status_code == 404
    MailSettings(way_in=WayIn.DELIVERED).save(hooked)
    hooked.is_active = False
    hooked.save()
    assert hand_in(hooked, mail("Hello")).status_code == 404
    hooked.key = "unknown"
    assert hand_in(hooked, mail("Hello")).status_code == 404


def test_what_is_too_large_is_refused_by_its_length_and_by_what_comes(
    hooked: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raws, "LARGEST", 100)
    assert hand_in(hooked, mail("x" * 200)).status_code == 413
    huge = Client().generic("POST", f"/hooks/mail/{hooked.key}", b"x", CONTENT_LENGTH=str(50 * 1024 * 1024))
    assert huge.status_code == 413
    assert hand_in(hooked, b"x" * (65 * 1024), part="/events").status_code == 413
    assert not ReceivedMail.objects.exists()


@pytest.mark.parametrize("body", [b"", b" \r\n "])
def test_no_mail_is_refused(hooked: Inbox, body: bytes) -> None:
    assert hand_in(hooked, body).status_code == 422


def test_a_form_that_is_none_is_refused(hooked: Inbox) -> None:
    assert hand_in(hooked, b"--B", type_="multipart/form-data").status_code == 400
    assert hand_in(hooked, b"x=1", type_="multipart/form-data; boundary=B").status_code in {400, 422}


def test_only_post_is_taken(hooked: Inbox) -> None:
    for part in ("", "/events"):
        assert Client().get(f"/hooks/mail/{hooked.key}{part}").status_code == 405


def test_who_tries_signatures_is_slowed_down(hooked: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "WRONG_A_MINUTE", 2)
    assert [hand_in(hooked, b"x", signature="").status_code for _ in range(3)] == [401, 401, 429]
    assert hand_in(hooked, mail("Hello")).status_code == 200


# -- what became of ours


def tell(inbox: Inbox, told: Any) -> Any:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return hand_in(inbox, body, part="/events", type_="application/json")


@pytest.mark.parametrize("status", ["bounced", "failed"])
def test_a_bounce_marks_the_mail_once_and_remembers_the_address(
    hooked: Inbox, lin: Customer, mei: Staff, status: str
) -> None:
    ours = reply(conversation_with(hooked, lin), mei)
    told = {"message_id": message_id(ours), "status": status, "recipient": ALICE}
    for _ in range(2):
        assert tell(hooked, told).json() == {"known": True}
    ours.refresh_from_db()
    assert (ours.state, ours.error) == (OutgoingState.BOUNCED, "5.0.0")
    assert Event.objects.filter(kind="mail.bounced", subject_id=ours.pk).count() == 1
    assert Postmark.objects.get(index=index_of(ALICE)).bounces == 1


def test_an_address_that_the_mail_was_not_for_is_not_remembered(
    hooked: Inbox, lin: Customer, mei: Staff
) -> None:
    ours = reply(conversation_with(hooked, lin), mei)
    tell(hooked, {"message_id": message_id(ours), "status": "bounced", "recipient": "other@customer.test"})
    assert not Postmark.objects.exists()


def test_a_mail_that_is_not_ours_or_of_another_mailbox_is_answered_and_left_alone(
    hooked: Inbox, lin: Customer, mei: Staff, other_inbox: Inbox
) -> None:
    assert tell(hooked, {"message_id": "<x@y>", "status": "bounced"}).json() == {"known": False}
    ours = reply(conversation_with(hooked, lin), mei)
    other_inbox.kind = "email"
    other_inbox.save()
    MailSecrets.change(other_inbox, webhook_secret=SECRET)
    assert tell(other_inbox, {"message_id": message_id(ours), "status": "bounced"}).json() == {"known": False}
    ours.refresh_from_db()
    assert ours.state == OutgoingState.WAITING


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (b"not json", 400),
        (b"[" * 50_000, 400),
        ([], 422),
        ({"status": "bounced"}, 422),
        ({"message_id": 7, "status": "bounced"}, 422),
        ({"message_id": "<x@y>", "status": "delivered"}, 422),
        ({"message_id": "<x@y>", "status": []}, 422),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(hooked: Inbox, told: Any, status: int) -> None:
    assert tell(hooked, told).status_code == status


def test_an_event_must_be_signed_too(hooked: Inbox) -> None:
    assert hand_in(hooked, b"{}", part="/events", signature="").status_code == 401
