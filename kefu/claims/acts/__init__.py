"""What colleagues may do about a claim at the desk, as one list.

Which are open to somebody now is the tables' word (``steps.open_to``); what is no step of a table says so itself.
"""

from __future__ import annotations

from kefu.claims.acts.act import Act
from kefu.claims.acts.exchanging import EXCHANGES
from kefu.claims.acts.goods import GOODS
from kefu.claims.acts.reviewing import REVIEW, WITHDRAWAL
from kefu.claims.acts.workshop import WORKSHOP
from kefu.claims.machines import Kind, Status, Who, allowed
from kefu.claims.models import Claim
from kefu.people.models import Staff

__all__ = ["ACTS", "Act", "open_acts"]

ACTS = (*REVIEW, *GOODS, *EXCHANGES, *WORKSHOP, WITHDRAWAL)


def open_acts(claim: Claim, staff: Staff, *, as_: frozenset[Who]) -> list[Act]:
    """``as_`` is what ``steps.who`` says of them."""
    actions = frozenset(allowed(Kind(claim.kind), Status(claim.status), as_))
    return [act for act in ACTS if act.is_open(claim, actions, staff)]
