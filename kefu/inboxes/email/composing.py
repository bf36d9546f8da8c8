"""A mail of ours, ready to leave: the same bytes for the same row but for the moment it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from kefu.conversations.models import File, Inbox, Message
from kefu.inboxes.email import marks, signing, tokens
from kefu.inboxes.email.models import MailAddress, OutgoingMail
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.email.writing import Content, Person
from kefu.lib.html import clean_html, linkify, with_pictures
from kefu.people import phrases
from kefu.people.models import Staff

LINE_BREAKS = str.maketrans(dict.fromkeys("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\0", " "))


def compose(mail: OutgoingMail) -> EmailMessage:
    """Headers go through the mail library's own policy, and ``_line`` first: no name or subject can add one."""
    content, inbox, message = Content.of(mail), mail.inbox, mail.message
    settings, address = MailSettings.of(inbox), main_address(inbox)
    language = content.language or message.conversation.customer.language or inbox.language
    made = EmailMessage(policy=SMTP)
    made["From"] = _person((_sender_name(inbox, settings, language), address))
    made["To"] = _people(content.to)
    if content.cc:
        made["Cc"] = _people(content.cc)
    made["Subject"] = _line(content.subject)
    made["Date"] = format_datetime(timezone.now())
    made["Message-ID"] = message_id(mail)
    made["Reply-To"] = (
        tokens.reply_address(address, bytes(mail.token)) if settings.plus_addresses else address
    )
    _thread(made, content)
    if content.refused_at:
        made["List-Unsubscribe"] = f"<{content.refused_at}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if mail.is_automatic:
        made["Auto-Submitted"] = "auto-replied"
        made["X-Auto-Response-Suppress"] = "All"
        made["Precedence"] = "bulk"
    _fill(made, mail, content, settings, language)
    return made


def message_id(mail: OutgoingMail) -> str:
    return tokens.message_id(mail.pk, main_address(mail.inbox).rpartition("@")[2])


def main_address(inbox: Inbox) -> str:
    return MailAddress.objects.filter(inbox=inbox).earliest("-is_main", "pk").address


def _thread(made: EmailMessage, content: Content) -> None:
    if content.in_reply_to:
        made["In-Reply-To"] = _bracketed(content.in_reply_to)
        made["References"] = " ".join(map(_bracketed, content.references))


def _bracketed(message_id: str) -> str:
    return f"<{_line(message_id).strip('<> ')}>"


def _fill(
    made: EmailMessage, mail: OutgoingMail, content: Content, settings: MailSettings, language: str
) -> None:
    message, signature = mail.message, _signature(mail, content, settings, language)
    messages, quote = _with_those_before(message, content), _quoted(content.quote)
    text = "\n\n".join(one.text for one in messages)
    with translation.override(language):
        phrase = phrases.line_for(*(address for _name, address in content.everyone))
    parts = (phrase, text, marks.plain(signature), content.foot, quote)
    made.set_content("\n\n".join(part for part in parts if part) + "\n")
    files = list(File.objects.filter(message__in=messages).order_by("pk"))
    pictures = [file for file in files if file.type.startswith("image/")]
    own, shown = with_pictures(
        clean_html(content.html), [(file.name, _content_id(file)) for file in pictures]
    )
    with translation.override(language):
        html = render_to_string(
            "email/mail/reply.html",
            {
                "language": language,
                "phrase_line": phrase,
                "html": own,
                "text": linkify(text),
                "signature": signing.html_of(signature),
                "foot": linkify(content.foot),
                "quote": content.quote,
                "brand": message.conversation.brand,
            },
        )
    made.add_alternative(html, subtype="html")
    within = [pictures[place] for place in sorted(shown)]
    body = made.get_body(("html",))
    assert body is not None
    for file in within:
        _attach(body.add_related, file, disposition="inline", cid=f"<{_content_id(file)}>")
    for file in files:
        if file not in within:
            _attach(made.add_attachment, file)


def _with_those_before(message: Message, content: Content) -> list[Message]:
    return [*Message.objects.filter(pk__in=content.before).order_by("pk"), message]


def _attach(add: Callable[..., None], file: File, **how: str) -> None:
    with default_storage.open(file.stored) as opened:
        main, _slash, sub = file.type.partition("/")
        add(opened.read(), maintype=main, subtype=sub or "octet-stream", filename=_line(file.name), **how)


def _content_id(file: File) -> str:
    return f"{file.pk}@kefu"


def _signature(mail: OutgoingMail, content: Content, settings: MailSettings, language: str) -> str:
    if content.unsigned:
        return ""
    by = None if mail.is_automatic else _author(mail.message)
    return signing.signature(mail.message.conversation, settings, by=by, language=language)


def _author(message: Message) -> Staff | None:
    return Staff.objects.filter(pk=message.author_id).first() if message.author_id else None


def _sender_name(inbox: Inbox, settings: MailSettings, language: str) -> str:
    return settings.sender_name.said_in(language) or inbox.brand.name


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _people(people: Iterable[Person]) -> str:
    return ", ".join(map(_person, people))


def _person(person: Person) -> str:
    name, address = person
    return formataddr((_line(name), _line(address)))


def _line(text: str) -> str:
    """One line, and no encoded word: the library would decode it, whatever is inside."""
    return text.translate(LINE_BREAKS).replace("=?", "= ?").strip()
