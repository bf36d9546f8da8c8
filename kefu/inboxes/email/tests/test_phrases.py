"""The phrase by which a customer knows our mails: in what leaves to them alone, in nothing that comes back."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage

import pytest
from django.urls import reverse
from django.utils import translation

from kefu.conversations.models import Inbox, Message
from kefu.conversations.tests.test_console_pages import signed_in
from kefu.events.actors import SYSTEM
from kefu.events.models import Delivery
from kefu.inboxes.email import composing, raws
from kefu.inboxes.email.models import Letter, OutgoingMail
from kefu.inboxes.email.parsing import parse
from kefu.inboxes.email.tests.mails import in_base64, multipart
from kefu.inboxes.email.tests.test_letters_shown import answered
from kefu.inboxes.email.tests.test_taking_in import conversation_of, mail, take
from kefu.inboxes.form.testing import Writer, make_form
from kefu.people import customers, phrases
from kefu.people.models import Customer, Staff, Team
from kefu.privacy.phrases import STARS, without_phrase

HERON = "blue heron at dawn"


def with_phrase(customer: Customer) -> Customer:
    customers.verify(customer, "email", "alice@customer.test", by=SYSTEM)
    phrases.choose(customer, HERON, by=customer)
    return customer


def both(mail: OutgoingMail) -> tuple[str, str]:
    mail = OutgoingMail.objects.select_related("message__conversation__customer").get(pk=mail.pk)
    return parts_of(composing.compose(mail))


def parts_of(made: EmailMessage) -> tuple[str, str]:
    bodies = [made.get_body((kind,)) for kind in ("plain", "html")]
    plain, html = (body.get_content() for body in bodies if body is not None)
    return plain, html


def test_answers_to_their_own_proven_address_begin_with_it(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail(proven=True))
    with_phrase(conversation_of(kept).customer)
    plain, html = both(answered(kept, mei))
    assert plain.startswith(f"Your phrase: “{HERON}”\n\nOn its way.")
    assert html.count(f"Your phrase: “{HERON}”") == 1 and html.index(HERON) < html.index("On its way.")


def test_an_answer_that_others_get_too_has_none(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail(proven=True))
    with_phrase(conversation_of(kept).customer)
    bob = (("Bob", "bob@elsewhere.test"),)
    for wanted in ({"cc": bob}, {"bcc": bob}, {"to": bob}):
        out = answered(kept, mei, **wanted)
        assert HERON not in str(both(out))


def test_who_only_says_that_the_address_is_theirs_is_shown_none(mailbox: Inbox, mei: Staff) -> None:
    with_phrase(Customer.objects.create(name="Alice", language="en"))
    elsewhere = take(mailbox, mail(From="mallory@evil.test", Reply_To="mallory@evil.test"))
    assert HERON not in str(both(answered(elsewhere, mei)))


def test_acknowledgements_have_it_and_nothing_changes_without(mailbox: Inbox) -> None:
    customer = with_phrase(Customer.objects.create(name="Alice", language="en"))
    kept = take(mailbox, mail(proven=True))
    assert conversation_of(kept).customer == customer
    acknowledged = OutgoingMail.objects.get(is_automatic=True)
    assert both(acknowledged)[0].startswith("Your phrase:")
    phrases.drop(customer, by=customer)
    plain, html = both(acknowledged)
    assert plain.startswith("We have your mail") and "phrase" not in plain + html


def test_what_comes_back_quoted_shows_it_to_nobody(mailbox: Inbox, mei: Staff, supervisor: Staff) -> None:
    kept = take(mailbox, mail(proven=True))
    with_phrase(conversation_of(kept).customer)
    plain, html = both(answered(kept, mei))
    quoted = "\n".join(f"> {line}" for line in plain.splitlines())
    made = mail(f"Thanks\n\nOn Monday Lumo wrote:\n{quoted}", proven=True)
    made.add_alternative(f"<p>Thanks</p><blockquote type='cite'>{html}</blockquote>", subtype="html")
    back = take(mailbox, made)
    letter = Letter.objects.select_related("message").get(received=back)
    assert HERON not in letter.message.text + letter.quoted + letter.html + letter.signature
    assert STARS in letter.quoted and STARS in letter.html
    pages = [
        signed_in(supervisor).get(reverse(name, args=args)).content.decode()
        for name, args in (
            ("letter", [letter.message_id]),
            ("letter-html", [letter.message_id]),
            ("letter-original", [letter.message_id]),
            ("conversation", [letter.message.conversation_id]),
        )
    ]
    assert not any(HERON in page for page in pages)
    assert HERON in raws.open_raw(back).decode()  # what came is kept as it came


def test_a_stranger_who_answers_quotes_it_into_no_note(mailbox: Inbox, mei: Staff) -> None:
    kept = take(mailbox, mail(proven=True))
    with_phrase(conversation_of(kept).customer)
    words = f"See below.\n> Your phrase: “{HERON}”\n> On its way."
    take(mailbox, mail(words, From="eve@evil.test"))
    assert not Message.objects.filter(text__contains=HERON).exists()


@pytest.mark.parametrize(
    "quoted",
    [
        f"Your phrase: “{HERON}”",
        "Your phrase: “blue heron\n> at dawn”",
        "Your phrase: “blue heron<br>at dawn”",
        "Your&nbsp;phrase:&nbsp;&ldquo;blue heron at dawn&rdquo;",
        "<b>Your phrase:</b> <i>“blue heron at dawn”</i>",
        f'your phrase: "{HERON}"',
        f"您的防伪短语：“{HERON}”",
        f"您的防伪短语: {HERON}",
        f"> > 您的防伪短语：“{HERON}”",
    ],
)
def test_it_is_found_however_clients_quote_it(quoted: str) -> None:
    kept = without_phrase(f"<p>Hello</p> {quoted}\n<p>Bye</p>")
    assert "heron" not in kept and "dawn" not in kept
    assert STARS in kept and "Hello" in kept and "Bye" in kept


def test_other_words_stay_as_they_are() -> None:
    words = "A phrase: nothing. 短语 is not 防伪短语"
    assert without_phrase(words) == words


def test_what_stands_before_it_is_what_is_looked_for() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert HERON not in without_phrase(phrases.said(HERON))


def test_the_original_is_opened_whatever_it_was_packed_in(mailbox: Inbox, senior: Staff) -> None:
    phrase = f"您的防伪短语：“{HERON}”"
    raw = multipart(
        "alternative",
        in_base64(f"好的\n\n> {phrase}"),
        in_base64(
            f"<p>好的</p><blockquote>{phrase}</blockquote>".encode("gb18030"),
            content="text/html; charset=gb2312",
        ),
    )
    assert HERON not in repr(parse(raw))
    back = take(mailbox, raw)
    letter = Letter.objects.get(received=back)
    saved = signed_in(senior).get(reverse("letter-original", args=[letter.message_id])).content
    assert HERON not in repr(parse(saved)) and STARS in repr(parse(saved))
    decoded = words_of(saved)
    assert HERON not in decoded and "好的" in decoded


def words_of(raw: bytes) -> str:
    parts = [part.get_payload(decode=True) for part in message_from_bytes(raw).walk()]
    return "".join(part.decode(errors="replace") for part in parts if isinstance(part, bytes))


@pytest.mark.parametrize(("proved", "shown"), [(True, True), (False, False)])
def test_receipts_of_forms_have_it_where_the_address_was_proved(
    support: Team, lin: Customer, proved: bool, shown: bool
) -> None:
    owner = with_phrase(lin) if proved else lin
    Writer(make_form(support)).sends(a_email="alice@customer.test")
    receipt = Delivery.objects.get(template="mail/form_receipt")
    assert ("blue heron" in str(receipt.content)) is shown
    assert bool(owner.phrase) is proved
