"""What each role may do. Every route names one of these capabilities; nothing else decides."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SENIOR = "senior", _("Senior agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")
    AUDITOR = "auditor", _("Auditor")


class Can(StrEnum):
    OWN_ACCOUNT = "own account"  # sign out, one's own settings, sessions, tokens, presence
    READ_CONVERSATIONS = "read conversations"  # those of one's teams and one's own
    ANSWER = "answer"  # reply, note, take, assign, hand over, tag, change status
    PRIORITISE = "prioritise"  # set priority, close for good
    SEE_ALL = "see all"  # every conversation of one's brands
    SEE_CONTACT = "see contact"  # a customer's address and number in full, audited
    EDIT_CUSTOMERS = "edit customers"
    SET_OTHERS_PRESENCE = "set others' presence"
    MANAGE_INBOXES = "manage inboxes"  # inboxes, forms, hours, tags
    MANAGE_STAFF = "manage staff"  # accounts, teams, roles, invitations
    MANAGE_DESK = "manage desk"  # brands, failed jobs, held deliveries, era
    AUDIT = "audit"  # the audit trail and the log


_EVERYONE = {Can.OWN_ACCOUNT, Can.READ_CONVERSATIONS}
_AGENT = _EVERYONE | {Can.ANSWER, Can.EDIT_CUSTOMERS}
_SENIOR = _AGENT | {Can.PRIORITISE, Can.SEE_CONTACT}
_SUPERVISOR = _SENIOR | {Can.SEE_ALL, Can.SET_OTHERS_PRESENCE}
_ADMIN = _SUPERVISOR | {Can.MANAGE_INBOXES, Can.MANAGE_STAFF, Can.MANAGE_DESK, Can.AUDIT}
_AUDITOR = _EVERYONE | {Can.SEE_ALL, Can.AUDIT}

CAPABILITIES: dict[Role, frozenset[Can]] = {
    Role.AGENT: frozenset(_AGENT),
    Role.SENIOR: frozenset(_SENIOR),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.ADMIN: frozenset(_ADMIN),
    Role.AUDITOR: frozenset(_AUDITOR),
}
EVERY_BRAND = frozenset({Role.ADMIN, Role.AUDITOR})
