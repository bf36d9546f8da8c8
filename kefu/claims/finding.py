"""Finding claims by what a colleague types or scans: our number, the number of the order, that of the parcel."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from kefu.claims.models import Claim, ClaimShipment
from kefu.orders.models import number_key
from kefu.people.models import Staff

MOST = 50


def found(text: str, staff: Staff) -> list[Claim]:
    """The one that has the number, if one has; else those of the order or the parcel of that number."""
    typed = _as_scanned(text)
    if not typed:
        return []
    visible = Claim.objects.visible_to(staff).only("number")
    number = _our_number(typed)
    mine = list(visible.filter(number=number)) if number else []
    if mine and not typed.isdigit():
        return mine
    others = visible.filter(pk__in=[*_of_order(typed), *_of_parcel(typed)]).exclude(
        pk__in=[one.pk for one in mine]
    )
    return [*mine, *others.order_by("-opened_at", "-id")[:MOST]]


def _of_order(number: str) -> Iterable[UUID]:
    return Claim.objects.filter(order__number_key=number_key(number)).values_list("pk", flat=True)[:MOST]


def _of_parcel(number: str) -> Iterable[UUID]:
    sent = Q(shipment__tracking_no__in={number, number.upper()})
    return ClaimShipment.objects.filter(sent).values_list("claim", flat=True)[:MOST]


def _as_scanned(text: str) -> str:
    """Full-width letters and digits are the usual ones; scanners add what they please around."""
    return unicodedata.normalize("NFKC", text).replace("\0", "").strip()[:80]


def _our_number(text: str) -> int:
    """``A-1042``, ``a1042`` and ``1042``; 0 for anything else."""
    fits = re.fullmatch(r"(?:[aA][-\s]?)?([0-9]{1,18})", text)
    return int(fits[1]) if fits else 0
