"""What the inspection found against the goods, as their customer reads it before deciding how to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.claims.forms import line_name
from kefu.claims.models import Claim, ClaimLine, Inspection

AGAINST: Mapping[str, str | Promise] = {
    "unused": _("It has been used."),
    "original_packaging": _("The original packaging is missing or damaged."),
    "accessories": _("Accessories are missing."),
    "tags": _("The labels are missing."),
    "sealed": _("The seal is broken."),
    "undamaged": _("It is damaged."),
    "serial": _("It has another serial number."),
}


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    against: list[str | Promise]


def findings(claim: Claim) -> list[Found]:
    """Of each item that was not accepted as it came, by the last look at it. Notes are for colleagues alone."""
    looks = Inspection.objects.filter(line__claim=claim).exclude(
        line__acceptance=ClaimLine.Acceptance.ACCEPTED
    )
    looks = looks.select_related("line__order_line", "line__registered__product").order_by("at", "id")
    last = {look.line_id: look for look in looks}
    told = [Found(line_name(look.line), _against(look)) for look in last.values()]
    return [one for one in told if one.against]


def _against(look: Inspection) -> list[str | Promise]:
    return [AGAINST[name] for name, is_fine in look.checklist.items() if not is_fine and name in AGAINST]
