"""A1 A2 A7 A9 A11 C4 D7 D8 E5 G1: what a stranger can do with a contact form, which needs no account at all."""

from __future__ import annotations

import html
import logging
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kefu.conversations.models import Conversation, File, Inbox
from kefu.events import deliveries
from kefu.events.models import Delivery, Event
from kefu.inboxes.form import following
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.form.testing import ORDER, TEXT, Writer, make_form
from kefu.inboxes.stored import Words
from kefu.people.models import Staff, Team
from kefu.people.testing import signed_in
from tests.payloads import payloads

HOSTILE = payloads(40)


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support)


def test_nothing_that_is_written_runs_anywhere(
    form: Inbox, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A7: on the form itself, where it is followed, at the desk, and in the mail."""
    monkeypatch.setattr("kefu.inboxes.form.suspicion.OF_AN_ADDRESS", 10_000)
    monkeypatch.setattr("kefu.inboxes.form.suspicion.CALM_OF_AN_ADDRESS", 10_000)
    monkeypatch.setattr("kefu.portal.contact.POSTS_OF_AN_ADDRESS", 10_000)
    desk = signed_in(admin)
    for number, words in enumerate(HOSTILE):
        writer = Writer(form, topic="order")
        email = f"n{number}@example.test"
        given = {
            "a-email": email,
            "a-name": words[:80],
            "text": f"{words} {TEXT}",
            "a-order_number": words[:200],
        }
        wrong = writer.sends(given)
        assert wrong.status_code == 422 and not runs(wrong.content.decode()), words
        sent = writer.sends(given | {"a-state": "完好 | Whole", "a-consent": "yes"})
        assert sent.status_code == 302, words
        conversation = Conversation.objects.latest("number")
        submission = Submission.objects.get(conversation=conversation)
        follower = Client()
        follower.get(f"/contact/followed/{following.token(submission, by=following.By.MAIL)}")
        for browser, page in (
            (follower, f"/contact/conversations/{submission.pk}"),
            (desk, f"/console/c/{conversation.pk}"),
        ):
            found = browser.get(page)
            if found.status_code == 200:
                assert not runs(found.content.decode()), (page, words)


class Markup(HTMLParser):
    """What a browser would make of a page, as far as it could run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        foreign = tag in {"iframe", "object", "embed", "style", "base"} or (
            tag == "script" and "nonce" not in known
        )
        leads = (known.get("href") or known.get("src") or known.get("action") or "").lower().lstrip()
        if (
            foreign
            or any(name.startswith("on") for name in known)
            or leads.startswith(("javascript:", "data:"))
        ):
            self.found.append(self.get_starttag_text() or tag)


def runs(page: str) -> list[str]:
    return Markup(page).found


def test_nothing_that_an_admin_writes_runs_on_the_form(form: Inbox) -> None:
    """A2: labels, helps, answers and the checklist."""
    for words in HOSTILE:
        said = Words(words[:60], words[:60])
        fields = tuple(replace(one, label=said, help=said) for one in ORDER.fields)
        topic = replace(ORDER, label=said, intro=said, prepare=(said,), fields=fields)
        FormSettings(title=said, intro=said, topics=(topic,)).save(form)
        page = Client().get(f"/contact/{form.key}/").content.decode()
        assert not runs(page), words
        assert Client().get(f"/contact/{form.key}.js")["Content-Type"].startswith("text/javascript")


def test_a_form_bombs_nobodys_mailbox_and_carries_nobodys_words(form: Inbox) -> None:
    """E5, D8: one mail a day and address, with none of what the stranger wrote; and nothing but the address as such."""
    for number in range(6):
        Writer(form, address=f"198.51.{number}.1").sends(
            a_name="Call +1 555 now", text="Your account is blocked, call us"
        )
    mail = Delivery.objects.get()
    assert "555" not in str(mail.content) and "blocked" not in str(mail.content)
    for address in (
        "lin@example.test\r\nBcc: x@example.test",
        "lin@example.test,x@example.test",
        "<x@example.test>",
        "",
    ):
        assert Writer(form, address="203.0.113.9").sends(a_email=address).status_code == 422
    assert Delivery.objects.count() == 1


def test_hostile_file_names_are_made_harmless(form: Inbox) -> None:
    """A9, F15, F16."""
    names = ["../../etc/passwd.txt", "a\u202egnp.txt", 'x".txt', "<img src=x onerror=alert(1)>.txt"]
    Writer(form).sends({"a-files": [SimpleUploadedFile(name, b"words", "text/plain") for name in names]})
    for file in File.objects.all():
        assert not re.search(r'[/\\<>"\x00-\x1f\u202e]', file.name), file.name
    submission = Submission.objects.get()
    follower = Client()
    follower.get(f"/contact/followed/{following.token(submission, by=following.By.MAIL)}")
    kept = File.objects.first()
    assert kept is not None
    answer = follower.get(f"/contact/conversations/{submission.pk}/files/{kept.pk}")
    assert (
        answer["Content-Disposition"].startswith("attachment")
        and answer["X-Content-Type-Options"] == "nosniff"
    )


def test_answers_that_look_like_formulas_stay_what_they_are(form: Inbox) -> None:
    """D7: nothing of a form is exported as a table; at the desk they are text like any other."""
    words = "=cmd|' /C calc'!A0"
    Writer(form, topic="order").sends(
        {"a-order_number": words, "a-state": "完好 | Whole", "a-consent": "yes"}
    )
    assert Conversation.objects.get().fields["order_number"] == words


def test_only_the_named_sites_may_frame_it(form: Inbox) -> None:
    """A11"""
    page = Client().get(f"/contact/{form.key}/")
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    FormSettings(allowed_origins=("https://shop.example",), topics=(ORDER,)).save(form)
    framed = Client().get(f"/contact/{form.key}/embedded", {"host": "https://shop.example"})
    assert "frame-ancestors https://shop.example http://testserver" in framed["Content-Security-Policy"]
    assert 'data-host="https://shop.example"' in framed.content.decode()
    strange = Client().get(f"/contact/{form.key}/embedded", {"host": "https://evil.example"})
    assert "evil.example" not in strange["Content-Security-Policy"]
    assert "data-host" not in strange.content.decode()


def test_a_framed_form_rests_on_no_cookie(form: Inbox) -> None:
    writer = Writer(form)
    writer.client.cookies.clear()
    answer = writer.client.post(
        f"/contact/{form.key}/embedded",
        {"stamp": writer.stamp.text, "topic": "other", "a-email": "lin@example.test", "text": TEXT},
    )
    assert (
        answer.status_code == 200
        and Submission.objects.get().conversation.public_number in answer.content.decode()
    )
    assert "kefu-contact" not in answer.cookies


def test_neither_the_log_of_events_nor_that_of_requests_knows_what_was_written(
    form: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """G1"""
    with caplog.at_level(logging.DEBUG):
        Writer(form).sends(
            a_name="Lin Canary", a_email="canary@example.test", text="canary words about a lamp"
        )
        for delivery in Delivery.objects.all():
            deliveries.send(delivery)
    written = html.unescape(caplog.text) + "".join(str(event.data) for event in Event.objects.all())
    assert "canary" not in written.lower()
    assert str(Submission.objects.get().pk) not in caplog.text
