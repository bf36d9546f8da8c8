"""The slip that goes into the parcel: the claim's number, also as a code that a scanner reads, and where to send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import qrcode
from django.db.models import QuerySet

from kefu.claims.floors import FLOORS
from kefu.claims.machines import Kind, Status
from kefu.claims.models import Claim, Policy, ReturnCentre
from kefu.claims.policies import in_force
from kefu.claims.terms import Terms
from kefu.people.models import Brand

WITH_SLIP = frozenset({Status.APPROVED, Status.AWAITING_SHIPMENT, Status.IN_TRANSIT})
WITH_GOODS = frozenset({Kind.RETURN, Kind.EXCHANGE, Kind.WARRANTY})


@dataclass(frozen=True, slots=True)
class Code:
    """A square code as one SVG path; ``size`` is its width in modules, the quiet zone included."""

    path: str
    size: int


def centre_of(brand: Brand) -> ReturnCentre | None:
    return ReturnCentre.objects.filter(brand=brand).first()


def without_centre(brands: QuerySet[Brand], *, at: datetime) -> list[Brand]:
    """Those by whose policies goods come back, and who say nowhere where to."""
    silent = brands.filter(return_centre=None).order_by("name")
    return [brand for brand in silent if any(map(_brings_goods_back, in_force(brand, at)))]


def _brings_goods_back(policy: Policy) -> bool:
    """A law profile may give a return that the brand does not, and what is repaired has to come here first."""
    terms = Terms.read(policy.terms)
    by_law = FLOORS[terms.law_profile].right is not None
    return by_law or terms.window.accept_returns or terms.window.accept_exchanges or terms.warranty.months > 0


def has_slip(claim: Claim) -> bool:
    return claim.kind in WITH_GOODS and claim.status in WITH_SLIP


def code_of(claim: Claim) -> Code:
    """The number as people read it: a scanner types just that."""
    drawn = qrcode.QRCode(border=4)
    drawn.add_data(claim.public_number)
    drawn.make(fit=True)
    rows = drawn.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Code("".join(dark), len(rows))
