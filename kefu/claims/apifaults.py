"""How the API tells what the verbs of this room refuse."""

from __future__ import annotations

from kefu.claims.asked import Judged
from kefu.claims.refusals import AboveLimit, Illegal, Incomplete, NotEligible, NotTheirs, Stale
from kefu.claims.sentences import sentence
from kefu.people.models import Refused
from kefu.web.rest import Fault, Refusal

REFUSALS: tuple[type[Refused], ...] = (Illegal, NotTheirs, AboveLimit, Stale, Incomplete, NotEligible)
FIELDS = {
    "reason_offered": "reason",
    "quantity_left": "qty",
    "line_of_the_order": "order_line",
    "new_item_named": "new_sku",
    "new_item_of_the_same_product": "new_sku",
    "new_item_available": "new_sku",
    "price_allowed": "new_sku",
    "destination_offered": "destination",
    "account_fits": "refund_to",
    "difference_can_be_paid": "settle_with",
    "something_asked": "lines",
}


def refusal_of(problem: Refused) -> Refusal:
    """409 for what does not fit how things stand, 422 for what was asked wrongly, 412 for what has moved on, 403 for
    what is somebody else's to do.
    """
    words = str(problem)
    if isinstance(problem, Illegal):
        return Refusal(409, words, allowed=problem.allowed)
    if isinstance(problem, NotTheirs):
        return Refusal(403, words, allowed=problem.allowed)
    if isinstance(problem, Incomplete):
        return Refusal(422, words, faults=[_missing(*one) for one in problem.problems.items()])
    if isinstance(problem, NotEligible):
        faults = [_judged(one) for one in problem.verdicts]
        return Refusal(422 if problem.asked_wrongly else 409, words, faults=faults)
    return Refusal(412 if isinstance(problem, Stale) else 403, words)


def _missing(field: str, words: str) -> Fault:
    return Fault(at="body", field=field, code="unfit", message=words)


def _judged(one: Judged) -> Fault:
    field = FIELDS.get(one.rule, "")
    if one.line_index is not None:
        field = f"lines.{one.line_index}.{field}".rstrip(".")
    return Fault(at="body", field=field, code=one.rule, message=sentence(one))
