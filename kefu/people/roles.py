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
    WAREHOUSE = "warehouse", _("Warehouse")
    TECHNICIAN = "technician", _("Technician")
    FINANCE = "finance", _("Finance")


class Can(StrEnum):
    OWN_ACCOUNT = "own account"  # sign out, one's own settings, sessions, tokens, presence
    READ_CONVERSATIONS = "read conversations"  # those of one's teams and one's own
    ANSWER = "answer"  # reply, note, take, assign, hand over, tag, change status
    PRIORITISE = "prioritise"  # set priority, close for good
    SEE_ALL = "see all"  # every conversation of one's brands
    SEE_CONTACT = "see contact"  # a customer's address and number in full, audited
    EDIT_CUSTOMERS = "edit customers"
    SET_OTHERS_PRESENCE = "set others' presence"
    SPEAK_FOR_CUSTOMERS = "speak for customers"  # tokens with which a program acts as a customer
    SEE_ORDERS = "see orders"  # orders and claims of one's brands
    SEND_PARCELS = "send parcels"  # enter parcels of orders, say by hand where they are
    HANDLE_CLAIMS = "handle claims"  # enter, review, ask, approve within the policy's limit
    DECIDE_CLAIMS = "decide claims"  # above that limit, second approvals, appeals
    RECEIVE_GOODS = "receive goods"  # the warehouse's steps: receive, inspect
    REPAIR_GOODS = "repair goods"  # the technician's: diagnose, repair, test, quote
    MOVE_MONEY = "move money"  # release, retry and redirect refunds, reconcile
    MANAGE_ORDERS = "manage orders"  # products, sources, corrections of what a shop reported
    WRITE_ARTICLES = "write articles"  # drafts, translations, ask for review; see what readers said
    PUBLISH_ARTICLES = "publish articles"  # publish, withdraw, categories, synonyms, import
    MANAGE_POLICIES = "manage policies"  # write and publish after-sales policies
    MANAGE_INBOXES = "manage inboxes"  # inboxes, forms, hours, tags
    MANAGE_STAFF = "manage staff"  # accounts, teams, roles, invitations
    MANAGE_DESK = "manage desk"  # brands, failed jobs, held deliveries, era
    AUDIT = "audit"  # the audit trail and the log


_EVERYONE = {Can.OWN_ACCOUNT, Can.READ_CONVERSATIONS}
_AGENT = _EVERYONE | {Can.ANSWER, Can.EDIT_CUSTOMERS, Can.SEE_ORDERS, Can.SEND_PARCELS, Can.HANDLE_CLAIMS}
_SENIOR = _AGENT | {Can.PRIORITISE, Can.SEE_CONTACT, Can.WRITE_ARTICLES}
_SUPERVISOR = _SENIOR | {
    Can.SEE_ALL,
    Can.SET_OTHERS_PRESENCE,
    Can.SPEAK_FOR_CUSTOMERS,
    Can.DECIDE_CLAIMS,
    Can.MANAGE_ORDERS,
    Can.PUBLISH_ARTICLES,
}
_ADMIN = _SUPERVISOR | {
    Can.MANAGE_POLICIES,
    Can.MANAGE_INBOXES,
    Can.MANAGE_STAFF,
    Can.MANAGE_DESK,
    Can.AUDIT,
}
_AUDITOR = _EVERYONE | {Can.SEE_ALL, Can.AUDIT, Can.SEE_ORDERS}
_WAREHOUSE = _EVERYONE | {Can.SEE_ORDERS, Can.SEND_PARCELS, Can.RECEIVE_GOODS}
_TECHNICIAN = _EVERYONE | {Can.SEE_ORDERS, Can.REPAIR_GOODS}
_FINANCE = _EVERYONE | {Can.SEE_ORDERS, Can.MOVE_MONEY}

CAPABILITIES: dict[Role, frozenset[Can]] = {
    Role.AGENT: frozenset(_AGENT),
    Role.SENIOR: frozenset(_SENIOR),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.ADMIN: frozenset(_ADMIN),
    Role.AUDITOR: frozenset(_AUDITOR),
    Role.WAREHOUSE: frozenset(_WAREHOUSE),
    Role.TECHNICIAN: frozenset(_TECHNICIAN),
    Role.FINANCE: frozenset(_FINANCE),
}
EVERY_BRAND = frozenset({Role.ADMIN, Role.AUDITOR})
