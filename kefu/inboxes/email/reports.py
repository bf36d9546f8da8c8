"""What became of a mail that we sent: delivery reports (RFC 3464) and what providers write instead of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kefu.inboxes.email.headers import Head, ids_of, read_head
from kefu.inboxes.email.parsed import DeliveryReport, Failure, Mail
from kefu.inboxes.email.structure import Part
from kefu.inboxes.email.words import text_of

MOST_RECIPIENTS = 100
_STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
_ORIGINAL_TYPES = {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
_LONGEST = 200_000


def read_report(root: Part, mail: Mail) -> DeliveryReport | None:
    """None if this is no delivery report. Without a part for machines, only a mail system's own words count."""
    failures = _from_status(root) if root.type == "multipart/report" or _is_from_a_system(mail) else []
    if not failures and _tells_of_failure(mail):
        failures = _from_header(mail) or _from_words(mail)
    elif not failures and not _is_bare_report(root):
        return None
    return DeliveryReport(tuple(failures[:MOST_RECIPIENTS]), _original(root, mail)) if failures else None


def _is_bare_report(root: Part) -> bool:
    return (
        root.type == "multipart/report"
        and root.parameters.get("report-type", "").lower() == "delivery-status"
    )


def _is_from_a_system(mail: Mail) -> bool:
    return mail.return_path == "" or bool(mail.sender and _SYSTEM.match(mail.sender.address))


_SYSTEM = re.compile(
    r"(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|maildelivery|bounces?)@", re.IGNORECASE
)


def _tells_of_failure(mail: Mail) -> bool:
    return _is_from_a_system(mail) and bool(
        mail.header("x-failed-recipients") or _RETURNED.search(mail.subject)
    )


_RETURNED = re.compile(
    r"退信|退回|投递失败|投遞失敗|无法投递|無法投遞|无法送达|無法傳遞|未送达|发送失败|undeliver|returned|returning"
    r"|delivery (?:status|failure|has failed|problem|delayed|incomplete|failed)|failure notice|failed delivery"
    r"|nicht zustellbar|unzustellbar|non remis|no se puede entregar|mail system error|rejected",
    re.IGNORECASE,
)


# -- for machines


def _from_status(root: Part) -> list[Failure]:
    parts = [part for part in root.walk() if part.type in _STATUS_TYPES]
    return [failure for part in parts for group in _groups(part) if (failure := _failure(group))]


def _groups(part: Part) -> Iterator[Head]:
    """One about the whole mail and one for each recipient, with an empty line between."""
    content = part.content()[:_LONGEST]
    for group in re.split(rb"(?:\r?\n[ \t]*){2,}", content)[: MOST_RECIPIENTS + 1]:
        yield read_head(group, 0, len(group))


def _failure(group: Head) -> Failure | None:
    recipient = _typed(group.first("final-recipient")) or _typed(group.first("original-recipient"))
    if not recipient:
        return None
    diagnostic = text_of(group.first("diagnostic-code"))[:1000]
    status = re.match(rb"\s*([245]\.\d{1,3}\.\d{1,3})", group.first("status"))
    code = status[1].decode("ascii") if status else _code_in(diagnostic)
    action = text_of(group.first("action")).lower() or "failed"
    return Failure(recipient, action, code, action == "failed" and not code.startswith("4"), diagnostic)


def _typed(value: bytes) -> str:
    """``rfc822; somebody@customer.test``."""
    address = text_of(value).rpartition(";")[2].strip(" <>")
    return address[:320] if "@" in address else ""


# -- for people


def _from_header(mail: Mail) -> list[Failure]:
    addresses = _ADDRESS.findall(mail.header("x-failed-recipients"))
    return _told(addresses, mail.plain)


def _from_words(mail: Mail) -> list[Failure]:
    text = mail.plain[:_LONGEST]
    named = _NAMED.findall(text[:20_000]) or _QMAIL.findall(text[:20_000])
    if not named:
        ours = {each.address.lower() for each in (*mail.to, *((mail.sender,) if mail.sender else ()))}
        named = [each for each in _ADDRESS.findall(text[:5_000]) if each.lower() not in ours][:1]
    return _told(named, text)


def _told(addresses: list[str], text: str) -> list[Failure]:
    code = _code_in(text[:20_000])
    delayed = bool(_DELAYED.search(text[:2_000])) and not code.startswith("5")
    reason = next((line.strip() for line in text[:20_000].splitlines() if code and _has_code(line)), "")[
        :1000
    ]
    action = "delayed" if delayed else "failed"
    permanent = not delayed and not code.startswith("4")
    return [Failure(each.lower(), action, code, permanent, reason) for each in dict.fromkeys(addresses)]


_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,200}[A-Za-z0-9]")
_NAMED = re.compile(
    r"(?:收件人|收件者|无法发送到|無法傳送到|未能送达|Recipient(?: address)?|recipients?|To)\s{0,5}[:：(（<\[]{0,2}"
    r"\s{0,5}[<\[\"]?"
    rf"({_ADDRESS.pattern})",
    re.IGNORECASE,
)
_QMAIL = re.compile(rf"^\s{{0,5}}<?({_ADDRESS.pattern})>?:?\s*$", re.MULTILINE)
_DELAYED = re.compile(
    r"delayed|will (?:be retried|keep trying|continue to try)|仍在尝试|将继续尝试|延迟", re.IGNORECASE
)


def _code_in(text: str) -> str:
    """RFC 3463, made from the SMTP code where there is no other."""
    if match := _ENHANCED.search(text):
        return match[1]
    match = _SMTP.search(text)
    return f"{match[1][0]}.0.0" if match else ""


def _has_code(line: str) -> bool:
    return bool(_ENHANCED.search(line) or _SMTP.search(line))


_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_SMTP = re.compile(r"(?<![\d.:/-])([45][0-7]\d)(?=[ -](?!\d))")


# -- which mail it is about


def _original(root: Part, mail: Mail) -> str:
    for part in root.walk():
        if part.type in _ORIGINAL_TYPES and part is not root:
            content = part.content()[:_LONGEST]
            if ids := ids_of(read_head(content, 0, len(content)).first("message-id")):
                return ids[0]
    match = _MESSAGE_ID.search(mail.plain[:_LONGEST])
    return match[1] if match else mail.in_reply_to or (mail.references[-1] if mail.references else "")


_MESSAGE_ID = re.compile(r"Message-ID:\s{0,10}<([^<>\s]{1,500})>", re.IGNORECASE)
