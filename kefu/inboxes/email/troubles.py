"""Words that rows keep about what goes wrong with mail, as sentences for colleagues."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

TROUBLES: Mapping[str, str | Promise] = {
    "unreachable": _("The mail server cannot be reached. Check its name, port and kind of security."),
    "certificate": _("The mail server's certificate is not valid for its name, so nothing was sent to it."),
    "sign_in": _("The mail server refuses the user name or the password."),
    "oauth": _("No access token could be had: the client or the refresh token is not accepted."),
    "provider": _("The provider cannot be reached or refuses our key."),
    "broken": _("The connection broke in the middle."),
}
REASONS: Mapping[str, str | Promise] = {
    "too large": _("It is larger than 40 MB. What is kept of it is its head."),
    "time": _("Reading it took longer than it may."),
    "memory": _("Reading it took more memory than it may."),
    "crash": _("Reading it ended in a crash."),
    "error": _("It is broken in a way that cannot be read."),
    "no sender": _("It does not say who wrote it."),
    "failed": _("Something went wrong on our side; the log has it."),
    "loop": _("It is a mail of our own that came back."),
    "not about ours": _("It reports on a mail that is not ours."),
    "delayed": _("It reports a delay; the mail is still on its way."),
}
FAILURES: Mapping[str, str | Promise] = {
    **TROUBLES,
    "composing": _("It could not be put together; the log has it."),
    "partly refused": _("Some of those it was for were refused."),
}


def said(code: str) -> str:
    """Of a way in or out that does not work."""
    return str(TROUBLES.get(code, TROUBLES["unreachable"]))


def reason_said(reason: str) -> str:
    """Why a mail was set aside or passed over."""
    return str(REASONS.get(reason, "")) or _now("Reason: %(reason)s") % {"reason": reason or "–"}


def failure_said(error: str) -> str:
    """Why a mail did not leave or came back."""
    if error in FAILURES:
        return str(FAILURES[error])
    if error.startswith("4"):
        return _now("The other server put it off with code %(code)s.") % {"code": error}
    if error[:1].isdigit():
        return _now("The other server refused it with code %(code)s.") % {"code": error}
    return _now("Reason: %(reason)s") % {"reason": error or "–"}
