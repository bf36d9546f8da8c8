"""Reading in full how a customer is reached: for a reason, so often an hour, and told to supervisors when it is more.

Colleagues who are bribed read one customer after the other; those who work read one now and then.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.database import limits
from kefu.events import log
from kefu.events.deliveries import queue
from kefu.events.log import Subject
from kefu.lib.ids import uuid7
from kefu.people.models import Refused, Staff
from kefu.people.reach import colleagues_of
from kefu.people.roles import Role

AN_HOUR = 30
HOUR = 3600


class Reason(models.TextChoices):
    CALL = "call", _("To call or write to the customer")
    DELIVERY = "delivery", _("To arrange a delivery or a pickup")
    CHECK = "check", _("To check who is asking")
    CORRECT = "correct", _("To correct the address")
    OTHER = "other", _("Another reason")


class NoReason(Refused):
    """None was given, or one that is not offered."""


class TooMany(Refused):
    """More than work needs in an hour."""


def reveal(kind: str, subject: Subject, *, by: Staff, reason: str, address: str | None) -> None:
    """That they looked, and what for, is kept as ``kind``; call it before anything is shown, and outside a transaction.
    Raises ``NoReason`` and ``TooMany``; the first time in an hour that it is too many, those who lead them are told.
    """
    if reason not in Reason:
        raise NoReason(_now("Choose why you need it."))
    count(subject, by=by, address=address)
    log.audit(kind, subject, by=by, address=address, reason=reason)


def count(subject: Subject, *, by: Staff, address: str | None) -> None:
    """One look more, of all that they take wherever it is. Raises ``TooMany``; outside a transaction, as ``reveal``."""
    if not limits.hit(f"reveals of {by.pk}", limit=AN_HOUR, per=HOUR):
        _alarm(subject, by, address)
        raise TooMany(
            _now("You have looked at many customers' contact details. Wait a while, or ask a supervisor.")
        )


def _alarm(subject: Subject, by: Staff, address: str | None) -> None:
    if limits.hit(f"alarm about reveals of {by.pk}", limit=1, per=HOUR):
        with transaction.atomic():
            log.audit("contact.too_many_revealed", subject, by=by, address=address)
            for leader in colleagues_of(by).filter(role__in=(Role.SUPERVISOR, Role.ADMIN)).exclude(pk=by.pk):
                _tell(leader, by, uuid7())


def _tell(leader: Staff, by: Staff, alarm: UUID) -> None:
    queue(
        template="mail/many_revealed",
        to=leader.email,
        key=f"many revealed {alarm}",
        language=leader.language,
        context={
            "name": leader.name,
            "colleague": by.name,
            "limit": AN_HOUR,
            "at": timezone.now(),
            "zone": leader.time_zone,
        },
    )
