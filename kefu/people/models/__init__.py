from kefu.people.models.brands import Brand
from kefu.people.models.customers import (
    Customer,
    CustomerSession,
    CustomerToken,
    Identity,
    IdentityKind,
    OneTimeCode,
)
from kefu.people.models.entrance import Invitation, PasswordReset, SecondFactorRule, SetUpKey, StaffToken
from kefu.people.models.idempotency import AnsweredCall
from kefu.people.models.presence import Presence, PresenceState
from kefu.people.models.staff import Membership, Refused, Staff, Team

__all__ = [
    "AnsweredCall",
    "Brand",
    "Customer",
    "CustomerSession",
    "CustomerToken",
    "Identity",
    "IdentityKind",
    "Invitation",
    "Membership",
    "OneTimeCode",
    "PasswordReset",
    "Presence",
    "PresenceState",
    "Refused",
    "SecondFactorRule",
    "SetUpKey",
    "Staff",
    "StaffToken",
    "Team",
]
