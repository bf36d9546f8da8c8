"""Who wrote a mail: a person, a machine that answers, a list, a mail system, or we ourselves (RFC 3834 and friends)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from kefu.inboxes.email.parsed import Kind, Mail


def kind_of(mail: Mail, *, whole_type: str = "") -> Kind:
    """``whole_type`` is the MIME type of the whole mail. A loop is not seen here: only the desk knows its own marks."""
    if mail.report or _is_from_a_daemon(mail):
        return Kind.BOUNCE
    elif _is_from_a_list(mail):
        return Kind.BULK
    submitted = mail.header("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    if submitted == "no":
        return Kind.HUMAN
    elif submitted or _is_automatic(mail) or whole_type == "multipart/report":
        return Kind.AUTOMATIC
    return Kind.BULK if _is_newsletter(mail) else Kind.HUMAN


def came_back(mail: Mail, *, marks: Collection[str], is_ours: Callable[[str], bool]) -> bool:
    """Our own mail, sent back by a forwarder or another desk. A delivery report about it is none.

    ``marks`` are our values of ``X-Loop``; ``is_ours`` tells a Message-ID that we made.
    """
    if mail.kind == Kind.BOUNCE:
        return False
    looped = {value.strip().lower() for name, value in mail.headers if name == "x-loop"}
    return bool(looped & {mark.lower() for mark in marks}) or bool(
        mail.message_id and is_ours(mail.message_id)
    )


def may_be_answered_by_machine(mail: Mail) -> bool:
    """Whether an automatic answer offends nobody and starts no loop."""
    return (
        mail.kind == Kind.HUMAN
        and mail.sender is not None
        and mail.return_path != ""
        and not mail.header("x-loop")
        and not mail.header("x-auto-response-suppress")
        and not is_nobody((mail.reply_to[0] if mail.reply_to else mail.sender).address)
    )


def _is_from_a_daemon(mail: Mail) -> bool:
    return bool(mail.sender and _DAEMON.match(mail.sender.address))


def _is_from_a_list(mail: Mail) -> bool:
    named = any(mail.header(name) for name in ("list-id", "list-post"))
    return named or mail.header("precedence").strip().lower() in {"bulk", "list", "junk"}


def _is_automatic(mail: Mail) -> bool:
    return (
        mail.return_path == ""
        or any(mail.header(name) for name in ("x-autoreply", "x-autorespond"))
        or mail.header("precedence").strip().lower() in {"auto_reply", "auto-reply"}
        or mail.header("x-precedence").strip().lower() in {"auto_reply", "auto-reply", "bulk"}
        or _suppresses(mail)
        or bool(_AUTOMATIC.match(mail.subject))
        or bool(mail.sender and _ROBOT.match(mail.sender.address))
    )


def _suppresses(mail: Mail) -> bool:
    """What Exchange asks of other machines ([MS-OXCMAIL]); some of it stands on mail by people, too."""
    told = {each.strip().lower() for each in mail.header("x-auto-response-suppress").split(",")}
    return bool(told & {"all", "oof", "autoreply"})


def is_nobody(address: str) -> bool:
    """Whether no person reads what is sent there."""
    return bool(_ROBOT.match(address) or _SYSTEM.match(address))


def _is_newsletter(mail: Mail) -> bool:
    return bool(mail.header("list-unsubscribe") or mail.header("feedback-id").count(":") == 3)


_DAEMON = re.compile(r"(?:mailer-daemon|mail-daemon|mailerdaemon)@", re.IGNORECASE)
_ROBOT = re.compile(
    r"(?:no-?_?reply|do-?_?not-?_?reply|no-?response|auto-?reply|notifications?)(?:[+._-][\w.+-]{0,60})?@",
    re.IGNORECASE,
)
_SYSTEM = re.compile(r"(?:mailer-daemon|postmaster|bounces?|system)(?:[+._-][\w.+-]{0,60})?@", re.IGNORECASE)
_AUTOMATIC = re.compile(
    r"(?:(?:Re|回复|答复|AW)\s?[:：]\s*)?[\[【(]?(?:(?:系统)?自动(?:回复|答复)|自動回[覆復]|外出自动"
    r"|Auto(?:matic|mated)?[- ]?(?:reply|response)|Auto:|Out of (?:the )?office|OOO:"
    r"|Automatische Antwort|Abwesenheitsnotiz|Abwesend:|Réponse automatique|Respuesta automática"
    r"|Risposta automatica|Resposta automática|Automatisch antwoord|自動応答|不在通知|자동 ?회신|Автоответ)",
    re.IGNORECASE,
)
