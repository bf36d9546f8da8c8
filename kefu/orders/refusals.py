"""Why nothing is done about a parcel or a carrier. Each is a sentence for the person asking."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kefu.orders.models import ShipmentStatus
from kefu.people.models import Refused


class NotFromHere(Refused):
    """Nothing of the kind follows from where the parcel is; ``allowed`` is what may be said of it instead."""

    def __init__(self, status: str, allowed: Sequence[str]) -> None:
        words = _("This parcel is at “%(status)s”: that cannot be said of it now.")
        super().__init__(words % {"status": ShipmentStatus(status).label})
        self.allowed = [str(step) for step in allowed]


class OrderMovedOn(Refused):
    """The order has another version than the one asking has seen."""

    def __init__(self) -> None:
        super().__init__(
            _("Someone has changed this in the meantime. Please look at it again before you continue.")
        )


class Unfit(Refused):
    """One of the things that were given is not right; ``field`` says which."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field
