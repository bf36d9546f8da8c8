"""A raw mail to a ``Mail``. It never fails on what a mail says; ``limits.parse_limited`` bounds what it may take."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape

from kefu.inboxes.email.addresses import addresses_of
from kefu.inboxes.email.charsets import clean, decode
from kefu.inboxes.email.enclosed import attachment
from kefu.inboxes.email.headers import KEPT, Head, date_of, ids_of
from kefu.inboxes.email.invitations import read_invitation
from kefu.inboxes.email.kinds import kind_of
from kefu.inboxes.email.lines import lines_of_html
from kefu.inboxes.email.lines import text_of as text_of_lines
from kefu.inboxes.email.parsed import Attachment, Invitation, Kind, Mail, Problem
from kefu.inboxes.email.quotes import split_html, split_text
from kefu.inboxes.email.reports import read_report
from kefu.inboxes.email.structure import Part, read_structure
from kefu.inboxes.email.winmail import TYPES as WINMAIL_TYPES
from kefu.inboxes.email.winmail import Damaged, read_winmail
from kefu.inboxes.email.words import plain_text_of, text_of
from kefu.lib.html import is_too_deep, tidied
from kefu.privacy.phrases import without_phrase

LONGEST_SUBJECT = 1_000
LONGEST_STAND_IN = 300
LONGEST_TEXT = 1_000_000  # of all plain text in a mail; what is longer is an attachment


def parse(raw: bytes) -> Mail:
    structure = read_structure(raw)
    read = _Read(problems=structure.problems)
    read.part(structure.root)
    for text in structure.outside:
        read.attachments.append(Attachment("text.txt", "text/plain", text))
    mail = _with_body(_headed(structure.root.head, read), read)
    report = read_report(structure.root, mail)
    mail = replace(mail, report=report, problems=tuple(sorted(read.problems)))
    return replace(mail, kind=kind_of(mail, whole_type=structure.root.type))


# -- the head


def _headed(head: Head, read: _Read) -> Mail:
    senders = [address for value in head.all("from") for address in addresses_of(value)]
    dates = head.first("date")
    date = date_of(dates)
    read.note(Problem.NO_SENDER, not senders)
    read.note(Problem.SEVERAL_SENDERS, len(senders) > 1 or len(head.all("from")) > 1)
    read.note(Problem.DATE, bool(dates) and date is None)
    to, cc = (
        tuple(each for value in head.all(name) for each in addresses_of(value)) for name in ("to", "cc")
    )
    read.note(Problem.ADDRESS, not to and b"@" in head.first("to"))
    return Mail(
        message_id=_first(ids_of(head.first("message-id"))),
        in_reply_to=_first(ids_of(head.first("in-reply-to"))),
        references=ids_of(head.first("references")),
        subject=text_of(head.first("subject"))[:LONGEST_SUBJECT],
        sender=senders[0] if senders else None,
        reply_to=addresses_of(head.first("reply-to")),
        to=to,
        cc=cc,
        date=date,
        return_path=_return_path(head),
        headers=tuple((name, plain_text_of(value)) for name, value in head.fields if name in KEPT),
        text="",
        signature="",
        quoted="",
        plain="",
        html="",
        reply_html="",
        attachments=(),
        kind=Kind.HUMAN,
        report=None,
        invitation=read.invitation,
        problems=(),
    )


def _first(ids: tuple[str, ...]) -> str:
    return ids[0] if ids else ""


def _return_path(head: Head) -> str | None:
    told = head.all("return-path")
    if not told:
        return None
    found = addresses_of(told[0])
    return found[0].address if found else ""


# -- the body


@dataclass
class _Text:
    """One stretch of the body; either form may be missing."""

    plain: str | None = None
    html: str | None = None


@dataclass
class _Read:
    """What was found so far, in the order of the mail."""

    problems: set[Problem] = field(default_factory=set)
    texts: list[_Text] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    invitation: Invitation | None = None
    room: int = LONGEST_TEXT

    def note(self, problem: Problem, is_so: bool) -> None:
        if is_so:
            self.problems.add(problem)

    def part(self, part: Part) -> None:
        if not part.children:
            self._leaf(part)
        elif part.type == "multipart/alternative":
            self._alternatives(part)
        elif part.type == "multipart/related":
            self._related(part)
        else:
            for child in part.children:
                self.part(child)

    def _leaf(self, part: Part) -> None:
        if part.type == "text/calendar":
            self._calendar(part)
        elif part.type in WINMAIL_TYPES or part.name.lower() == "winmail.dat":
            self._winmail(part)
        elif _is_body(part):
            self._text(part)
        else:
            self.attachments.append(attachment(part))

    def _alternatives(self, part: Part) -> None:
        """The same text in several forms; two that differ in one form are both kept."""
        forms = [self._apart(child) for child in part.children]
        plain = [text.plain for form in forms for text in form if text.html is None and text.plain]
        html = [form for form in forms if any(text.html is not None for text in form)]
        text = _Text(
            "\n\n".join(dict.fromkeys(plain)) if plain else None, _as_html(html[-1]) if html else None
        )
        self.texts.append(text)

    def _apart(self, child: Part) -> list[_Text]:
        before, self.texts = self.texts, []
        self.part(child)
        found, self.texts = self.texts, before
        return found

    def _related(self, part: Part) -> None:
        start = part.parameters.get("start", "").strip("<> ")
        root = next((each for each in part.children if start and each.content_id == start), part.children[0])
        self.part(root)
        for child in part.children:
            if child is not root and not child.children and child.main_type != "text":
                self._leaf(child)
            elif child is not root:
                self.part(child)

    def _text(self, part: Part) -> None:
        content, label = part.content(), part.parameters.get("charset", "")
        self.room -= _effort(part, content)
        if self.room < 0:
            self.problems.add(Problem.LONG_TEXT)
            self.attachments.append(attachment(part))
            return
        if part.type == "text/html" and not label:
            label = _label_within(content)
        decoded = decode(content, label)
        self.note(Problem.CHARSET, not decoded.certain)
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
        if part.type == "text/html":
            self.note(Problem.HTML, is_too_deep(text))
            self.texts.append(_Text(html=tidied(text)))
        else:
            self.texts.append(_Text(plain=_unwrapped(text, part.parameters)))

    def _calendar(self, part: Part) -> None:
        text = decode(part.content(), part.parameters.get("charset", "") or "utf-8").text
        self.invitation = self.invitation or read_invitation(text)
        self.attachments.append(replace(attachment(part), name=part.name or "invite.ics"))

    def _winmail(self, part: Part) -> None:
        try:
            found = read_winmail(part.content())
        except Damaged:
            self.problems.add(Problem.WINMAIL)
            self.attachments.append(attachment(part))
            return
        self.attachments += found.attachments
        if not any((text.plain or text.html or "").strip() for text in self.texts) and (
            found.text or found.html
        ):
            plain = found.text.replace("\r\n", "\n").replace("\r", "\n")
            self.texts.append(_Text(plain or None, tidied(found.html) if found.html else None))


def _effort(part: Part, content: bytes) -> int:
    """HTML is long because of pictures within it, and takes time because of its tags and entities."""
    if part.type != "text/html":
        return len(content)
    return len(content) // 8 + 8 * content.count(b"<") + 4 * content.count(b"&")


def _is_body(part: Part) -> bool:
    """What has a file's name is a file, also where it says that it is to be shown within."""
    if part.main_type == "multipart":  # that could not be cut into parts
        return True
    is_readable = part.type in {"text/plain", "text/html", "text/enriched", "text/markdown"}
    return is_readable and part.disposition.main != "attachment" and not part.name


def _label_within(html: bytes) -> str:
    match = re.search(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})""", html[:4096], re.IGNORECASE)
    return match[1].decode("ascii") if match else ""


def _unwrapped(text: str, parameters: dict[str, str]) -> str:
    """format=flowed (RFC 3676): a line that ends with a space goes on in the next one of the same quote."""
    if parameters.get("format", "").lower() != "flowed":
        return text
    glue = "" if parameters.get("delsp", "").lower() == "yes" else " "
    lines: list[list[str]] = []
    goes_on, depth_before = False, -1
    for line in text.split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")
        if goes_on and depth == depth_before and words != "-- ":
            lines[-1] += [glue, words.rstrip(" ")]
        else:
            lines.append([">" * depth + " " * bool(depth), words if words == "-- " else words.rstrip(" ")])
        goes_on, depth_before = words.endswith(" ") and words != "-- ", depth
    return "\n".join("".join(pieces) for pieces in lines)


# -- reply, signature, quote


def _with_body(mail: Mail, read: _Read) -> Mail:
    html = _as_html(read.texts) if any(text.html is not None for text in read.texts) else ""
    plain = "\n\n".join(filter(None, (_as_plain(text) for text in read.texts))).strip("\n")
    reply_html, split = "", split_text(plain)
    if html:
        reply_html, of_html = split_html(html)
        split = of_html if not _is_plain_told(read.texts) else split
    return replace(
        mail,
        text=_ours_to_keep(split.reply),
        signature=_ours_to_keep(split.signature),
        quoted=_ours_to_keep(split.quoted),
        plain=_ours_to_keep(plain),
        html=_ours_to_keep(html),
        reply_html=_ours_to_keep(reply_html),
        attachments=tuple(_shown_where_named(each, html) for each in read.attachments),
        invitation=read.invitation,
    )


def _ours_to_keep(text: str) -> str:
    """What is quoted of our own mails has their reader's phrase in it, which no colleague may see."""
    return without_phrase(clean(text))


def _is_plain_told(texts: list[_Text]) -> bool:
    return any((text.plain or "").strip() and _as_plain(text) == text.plain for text in texts)


def _as_plain(text: _Text) -> str:
    """A plain part that is empty, or only says that there is HTML, stands for nothing."""
    plain = text.plain or ""
    if not text.html or len(plain) > LONGEST_STAND_IN:
        return plain
    shown = text_of_lines(lines_of_html(text.html))
    if not plain.strip():
        return shown
    told, all_told = _compact(plain), _compact(shown)
    return shown if len(all_told) > 2 * len(told) and told not in all_told else plain


def _compact(text: str) -> str:
    return "".join(text.split())


def _as_html(texts: list[_Text]) -> str:
    return "".join(_marked_up(text.plain or "") if text.html is None else text.html for text in texts)


def _marked_up(plain: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in plain.split("\n"))


def _shown_where_named(file: Attachment, html: str) -> Attachment:
    """Only what the HTML shows, or a picture of a mail without HTML, is within the text."""
    if not file.content_id:
        return file
    named = f"cid:{file.content_id}" in html if html else file.inline
    return replace(file, inline=named)
