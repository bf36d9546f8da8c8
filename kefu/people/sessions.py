"""Whether a session or a token still lets someone in. Pages, the live path and the API all ask here.

A session counts when it has not ended, was begun with the present password, and belongs to an active
colleague who has the second factor that the desk asks of their role. A half-finished sign-in has no person
in it yet, so it counts as nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from kefu.people.models import SecondFactorRule, Staff

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def with_standing(staff: QuerySet[Staff]) -> QuerySet[Staff]:
    """Each with ``lacks_second_factor``."""
    return staff.annotate(lacks_second_factor=second_factor_lacking())


def second_factor_lacking(at: str = "") -> Q:
    """The desk asks it of their role and they have not set one up. ``at`` leads from the row to the colleague, as in
    ``staff__``.
    """
    asked = SecondFactorRule.objects.filter(role=OuterRef(f"{at}role"))
    present = Authenticator.objects.filter(user=OuterRef(f"{at}pk"), type__in=FACTORS)
    return Exists(asked) & ~Exists(present)


def lacks_second_factor(staff: Staff) -> bool:
    known: bool | None = getattr(staff, "lacks_second_factor", None)
    if known is None:
        known = with_standing(Staff.objects.filter(pk=staff.pk)).get().lacks_second_factor  # type: ignore[attr-defined]
    return bool(known)


def may_enter(staff: Staff) -> bool:
    return staff.is_active and not lacks_second_factor(staff)


def staff_of_session(session_key: str) -> Staff | None:
    """Who is signed in with this session, if they may enter."""
    return staff_of_sessions([session_key]).get(session_key)


def staff_of_sessions(session_keys: Iterable[str]) -> dict[str, Staff]:
    """The same for many, in two queries."""
    claims = _claims([key for key in session_keys if key])
    people = {
        str(staff.pk): staff
        for staff in with_standing(Staff.objects.filter(pk__in=[id_ for id_, _hash in claims.values()]))
    }
    return {
        key: people[id_]
        for key, (id_, signed) in claims.items()
        if id_ in people
        and may_enter(people[id_])
        and constant_time_compare(signed, people[id_].get_session_auth_hash())
    }


def _claims(session_keys: list[str]) -> dict[str, tuple[str, str]]:
    """By session, whom it says it belongs to and the mark of the password that it was begun with."""
    rows = (
        Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
        if session_keys
        else []
    )
    found = {}
    for row in rows:
        kept = row.get_decoded()
        if kept.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and _is_uuid(
            kept.get(SESSION_KEY)
        ):
            found[row.session_key] = (kept[SESSION_KEY], kept.get(HASH_SESSION_KEY, ""))
    return found


def _is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def end_sessions(staff: Staff, *, but: str | None = None, only: str | None = None) -> int:
    """Sign them out of one place, everywhere else, or everywhere. Open screens follow within seconds."""
    mine = UserSession.objects.filter(user=staff).exclude(session_key=but or "")
    keys = list((mine.filter(session_key=only) if only else mine).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)
