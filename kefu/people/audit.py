"""The audit trail in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.events.models import Audit
from kefu.people.models import Brand, Customer, Invitation, Staff, Team
from kefu.web.joining import listed

WORDS: dict[str, str | Promise] = {
    "staff.signed_in": _("signed in"),
    "staff.signed_out": _("signed out"),
    "sign_in.refused": _("was refused at sign-in"),
    "sign_in.password_changed": _("changed the password"),
    "sign_in.totp_activated": _("added an authenticator app"),
    "sign_in.totp_deactivated": _("removed the authenticator app"),
    "sign_in.webauthn_added": _("added a passkey"),
    "sign_in.webauthn_removed": _("removed a passkey"),
    "sign_in.recovery_codes_generated": _("made new recovery codes"),
    "staff.hired": _("became a colleague"),
    "staff.deactivated": _("was deactivated"),
    "staff.reactivated": _("was reactivated"),
    "staff.role_changed": _("has another role"),
    "staff.teams_changed": _("has other teams"),
    "staff.capacity_changed": _("has another capacity"),
    "staff.renamed": _("has another name"),
    "staff.signature_changed": _("has another signature"),
    "staff.password_changed": _("has another password"),
    "sign_in.reset_asked": _("asked for a new password"),
    "staff.signed_out_elsewhere": _("ended other sessions"),
    "staff.single_sign_on_linked": _("was linked to single sign-on"),
    "staff.presence_chosen": _("was set to another presence"),
    "invitation.sent": _("was invited"),
    "invitation.sent_again": _("was invited again"),
    "invitation.withdrawn": _("is no longer invited"),
    "invitation.accepted": _("accepted the invitation"),
    "token.issued": _("an API token was made"),
    "token.revoked": _("an API token was revoked"),
    "team.opened": _("the team was opened"),
    "team.renamed": _("the team has another name"),
    "team.signature_changed": _("the team has another signature"),
    "desk.second_factor_asked": _("the rules for signing in were changed"),
    "desk.set_up": _("the desk was set up"),
    "inbox.opened": _("the inbox was opened"),
    "inbox.changed": _("the inbox was changed"),
    "inbox.switched": _("the inbox was turned on or off"),
    "inbox.form_changed": _("the form before the chat was changed"),
    "inbox.key_made": _("an identity key was made"),
    "inbox.key_ended": _("an identity key was ended"),
    "inbox.secret_renewed": _("the webhook secret of a mailbox was changed"),
    "inbox.tested": _("the connection of a mailbox was tested"),
    "mail.tried_again": _("a mail that was set aside was tried again"),
    "mail.sent_again": _("a mail that had not left was sent again"),
    "mail.original_read": _("the original of a mail was saved"),
    "schedule.drawn_up": _("service hours were drawn up"),
    "schedule.changed": _("service hours were changed"),
    "schedule.removed": _("service hours were removed"),
    "special_day.entered": _("a special day was entered"),
    "special_day.changed": _("a special day was changed"),
    "special_day.removed": _("a special day was removed"),
    "tag.added": _("a tag was added"),
    "tag.renamed": _("a tag was renamed"),
    "tag.removed": _("a tag was removed"),
    "field.added": _("a field was added"),
    "field.changed": _("a field was changed"),
    "field.moved": _("a field was moved"),
    "field.removed": _("a field was removed"),
    "carrier.added": _("a carrier was added"),
    "carrier.changed": _("a carrier was changed"),
    "carrier.removed": _("a carrier was taken off the list"),
    "shipment.delivered_by_hand": _("the day of a parcel's delivery was set by hand"),
    "policy.drafted": _("an after-sales policy was drafted"),
    "policy.changed": _("a draft of an after-sales policy was changed"),
    "policy.published": _("an after-sales policy was published"),
    "policy.discarded": _("a draft of an after-sales policy was discarded"),
    "brand.founded": _("the brand was founded"),
    "brand.changed": _("the brand was changed"),
    "job.retried": _("a failed job was tried again"),
    "job.discarded": _("a failed job was let go"),
    "event.retried": _("an event that was set aside was tried again"),
    "event.discarded": _("an event that was set aside was let go"),
    "era.outbound_confirmed": _("this copy was confirmed as the desk"),
    "customer.phrase_chosen": _("chose a phrase for our mails"),
    "customer.phrase_changed": _("changed the phrase for our mails"),
    "customer.phrase_dropped": _("removed the phrase for our mails"),
    "customer.merged": _("was joined to another customer"),
    "identity.revealed": _("a customer's address or number was read"),
    "letter.downloaded": _("the original of a mail was downloaded"),
    "order.contact_revealed": _("the contact details of an order were read"),
    "contact.too_many_revealed": _("was stopped from reading more contact details"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the trail. ``what`` is the kind itself for kinds of rooms that this one does not know."""

    id: int
    at: datetime
    what: str | Promise
    kind: str
    subject: str
    subject_id: UUID | None
    by: str
    address: str
    details: str


def told(rows: Iterable[Audit]) -> list[Told]:
    """With names instead of ids, in one query a kind of thing."""
    rows = list(rows)
    names = _names(rows)
    return [
        Told(
            id=row.pk,
            at=row.at,
            what=WORDS.get(row.kind, row.kind),
            kind=row.kind,
            subject=names.get(row.subject_id, ""),
            subject_id=row.subject_id,
            by=names.get(row.actor_id, "") or _by(row.actor_kind),
            address=row.address or "",
            details=_details(row.data),
        )
        for row in rows
    ]


def _names(rows: list[Audit]) -> dict[UUID | None, str]:
    ids = {id_ for row in rows for id_ in (row.subject_id, row.actor_id) if id_}
    found: dict[UUID | None, str] = {}
    for model in (Staff, Team, Brand, Customer):
        found |= dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name"))
    return found | dict(Invitation.objects.filter(pk__in=ids).values_list("pk", "email"))


def _by(kind: str) -> str:
    return {"system": _now("the desk"), "customer": _now("a customer"), "api": _now("a program")}.get(
        kind, ""
    )


def _details(data: dict[str, Any]) -> str:
    """What changed into what; ids say nothing to a reader."""
    if "before" in data or "after" in data:
        return f"{_plain(data.get('before'))} → {_plain(data.get('after'))}"
    return listed(value for key, value in data.items() if key in {"role", "how", "scopes", "code", "reason"})


def _plain(value: Any) -> str:
    return listed(value) if isinstance(value, list) else str(value if value is not None else "–")
