"""Why a step of a claim is not taken. Each is a sentence for the person asking, and tells programs what they need."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kefu.claims.asked import Judged
from kefu.claims.machines import Status
from kefu.people.models import Refused
from kefu.web.joining import paragraph

# Rules that look at what the one asking names; all others look at how things stand.
ABOUT_WHAT_IS_NAMED = frozenset(
    {
        "something_asked",
        "line_of_the_order",
        "reason_offered",
        "quantity_left",
        "destination_offered",
        "account_fits",
        "difference_can_be_paid",
        "new_item_named",
        "new_item_of_the_same_product",
        "new_item_available",
        "price_allowed",
    }
)


class Illegal(Refused):
    """Nothing of the kind follows from where the claim is; ``allowed`` is what the one asking may do instead."""

    def __init__(self, status: Status, allowed: Sequence[str]) -> None:
        super().__init__(
            _("This claim is “%(status)s”, so that is not possible now.") % {"status": status.label}
        )
        self.allowed = list(allowed)


class NotTheirs(Refused):
    """The step could be taken now, but not by the one asking."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(_("Someone else has to take this step."))
        self.allowed = list(allowed)


class AboveLimit(Refused):
    """More than the one asking may decide. Whoever raises it has it written into the audit trail."""


class Stale(Refused):
    """The claim or the order has moved on since the one asking looked at it."""

    def __init__(self) -> None:
        super().__init__(
            _("Someone has changed this in the meantime. Please look at it again before you continue.")
        )


class Incomplete(Refused):
    """What was handed in does not suffice; ``problems`` by field, a sentence each."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(paragraph(problems.values()))
        self.problems = problems


class NotEligible(Refused):
    """What is asked cannot be, whatever a person may decide: the order does not bear it. ``verdicts`` say why.

    ``asked_wrongly``: the order would bear it, had something else been named.
    """

    def __init__(self, verdicts: Sequence[Judged]) -> None:
        super().__init__(_("As things stand, this is not possible for this order."))
        self.verdicts = list(verdicts)

    @property
    def asked_wrongly(self) -> bool:
        return all(one.rule in ABOUT_WHAT_IS_NAMED for one in self.verdicts)


def needed(words: str) -> str:
    """A step that has to be explained is."""
    if not words.strip():
        raise Refused(_("Please give a reason."))
    return words.strip()
