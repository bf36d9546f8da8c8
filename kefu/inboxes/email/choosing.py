"""What an agent chose for a mail, read from a composer or a program, and refused with a sentence where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kefu.conversations.models.conversation import Refused
from kefu.inboxes.email import bounces
from kefu.inboxes.email.models import MailAddress
from kefu.inboxes.email.tokens import without_extension
from kefu.inboxes.email.writing import MOST_RECIPIENTS, Person, Wanted

LONGEST_LINE = 250
LONGEST_LIST = 4000
LATEST = timedelta(days=365)
CUTS = re.compile(r'[,;，；、](?=(?:[^"]*"[^"]*")*[^"]*$)')


def wanted_of(given: Mapping[str, Any], *, zone: str) -> Wanted:
    """``to``, ``cc``, ``bcc`` are texts or lists of texts, ``later`` a local time in ``zone`` or one with its own.

    What is not given is as usual. Raises ``Refused``; with ``anyway`` not for addresses that mail came back from.
    """
    wanted = Wanted(
        subject=_subject(given.get("subject")),
        to=None if given.get("to") is None else people(given["to"]),
        cc=people(given.get("cc") or ""),
        bcc=people(given.get("bcc") or ""),
        html=str(given.get("html") or ""),
        with_quote=given.get("quote", True) is not False,
        with_signature=given.get("signature", True) is not False,
        later=_later(given.get("later"), zone),
    )
    _look_at(wanted, anyway=given.get("anyway") is True)
    return wanted


def people(given: str | Sequence[str]) -> tuple[Person, ...]:
    """Cut at commas and semicolons, of either script. One address twice is one."""
    text = given if isinstance(given, str) else ", ".join(map(str, given))
    if len(text) > LONGEST_LIST or not text.isprintable():
        raise Refused(_("The list of addresses is not readable: it is too long, or has line breaks in it."))
    found = [_person(piece.strip()) for piece in CUTS.split(text) if piece.strip()]
    return tuple({address.lower(): (name, address) for name, address in reversed(found)}.values())[::-1]


def lately_undelivered(addresses: Sequence[str]) -> list[str]:
    return [address for address in addresses if bounces.is_dead(address)]


def _person(piece: str) -> Person:
    matched = _PERSON.fullmatch(piece)
    name, address = ((matched[1] or "").strip(' "'), matched[2] or matched[3]) if matched else ("", "")
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(_("“%(text)s” is not an e-mail address.") % {"text": piece[:80]}) from None
    return name[:80], address


def _subject(given: object) -> str | None:
    if given is None:
        return None
    subject = str(given)
    if not subject.isprintable() or len(subject) > LONGEST_LINE:
        raise Refused(_("The subject must be one line of at most 250 characters."))
    return subject.strip()


def _later(given: object, zone: str) -> datetime | None:
    if not given:
        return None
    moment = given if isinstance(given, datetime) else _moment(str(given))
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    if moment is None or not timezone.now() < moment < timezone.now() + LATEST:
        raise Refused(_("Choose a time to send that is still to come, within a year."))
    return moment


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _look_at(wanted: Wanted, *, anyway: bool) -> None:
    everyone = [address for _name, address in (*(wanted.to or ()), *wanted.cc, *wanted.bcc)]
    if wanted.to == () and not everyone:
        raise Refused(_("Nobody is named to send this to. Add an address."))
    if len(everyone) > MOST_RECIPIENTS:
        raise Refused(_("A mail can have at most %(most)d recipients.") % {"most": MOST_RECIPIENTS})
    ours = {without_extension(address.lower()) for address in everyone}
    if own := MailAddress.objects.filter(address__in=ours).first():
        raise Refused(_("%(address)s is an address of this desk. Take it off the list.") % {"address": own})
    if not anyway and (dead := lately_undelivered(everyone)):
        raise Refused(
            _("Mail to %(address)s came back several times lately. Check the address, or send anyway.")
            % {"address": dead[0]}
        )


_PERSON = re.compile(r'(?:([^<>]*)<\s*([^<>\s]+)\s*>|([^<>\s"]+))')
