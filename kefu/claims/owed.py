"""What a claim owes: as it was told at submission, and what it comes to once the goods have been looked at.

``Claim.reckoning`` keeps ``items tax shipping deduction freight difference freight_payer`` of the whole and ``items
tax deduction difference`` of each line, in signed minor units, so that a policy or a price that changes later changes
nothing here.
"""

from __future__ import annotations

from typing import Any

from kefu.claims.asked import Preview
from kefu.claims.machines import Kind
from kefu.claims.models import Claim, ClaimLine
from kefu.lib.money import Money, shares

PARTS = ("items", "tax", "shipping", "deduction", "freight")
WITHOUT_GOODS = (Kind.CANCELLATION, Kind.REFUND_ONLY)


def as_told(seen: Preview) -> dict[str, Any]:
    lines = [
        {"items": line.items, "tax": line.tax, "deduction": line.deduction, "difference": line.difference}
        for line in seen.lines
    ]
    beside = {"difference": seen.money.difference, "freight_payer": str(seen.freight_payer)}
    return {**seen.money.as_dict(), **beside, "lines": lines}


def of_amount(claim: Claim, amount_minor: int) -> dict[str, Any]:
    """As told, but with an amount that a person set; its tax is in proportion."""
    told: dict[str, Any] = claim.reckoning
    items, tax = shares(amount_minor, [told["items"] or 1, told["tax"]])
    return told | {"items": items, "tax": tax, "shipping": 0, "deduction": 0, "freight": 0}


def value(claim: Claim, told: dict[str, Any] | None = None) -> Money:
    """What a limit is held against: what goes back, or for an exchange or a repair what the goods were paid with."""
    told = told or claim.reckoning
    back = sum(told.get(part, 0) for part in PARTS)
    paid = sum(line["items"] + line["tax"] for line in told.get("lines", []))
    return Money(back if claim.kind in (*WITHOUT_GOODS, Kind.RETURN) else paid, claim.currency)


def due(claim: Claim, lines: list[ClaimLine] | None = None) -> dict[str, int]:
    """What goes back, as ``Refund.breakdown`` has it: of claims with goods, for what was accepted of them.

    ``lines`` are the claim's as they may come to be; as they are unless given.
    """
    told = claim.reckoning
    if claim.kind in WITHOUT_GOODS:
        return {part: told.get(part, 0) for part in PARTS}
    lines = list(claim.lines.all()) if lines is None else lines
    items, tax, fee = (_accepted(claim, lines, part) for part in ("items", "tax", "deduction"))
    deduction = max(fee - _taken_off(lines), -(items + tax))
    whole = all(line.qty_accepted == line.qty for line in lines)
    shipping = told.get("shipping", 0) if whole else 0
    freight = max(told.get("freight", 0), -(items + tax + shipping + deduction))
    return dict(zip(PARTS, (items, tax, shipping, deduction, freight), strict=True))


def as_declared(claim: Claim) -> dict[str, int]:
    """What goes back if all of it comes and is as the customer says."""
    told = claim.reckoning
    items, tax, fee = (
        sum(line.get(part, 0) for line in told["lines"]) for part in ("items", "tax", "deduction")
    )
    amounts = (items, tax, told.get("shipping", 0), fee, told.get("freight", 0))
    return dict(zip(PARTS, amounts, strict=True))


def difference(claim: Claim) -> tuple[int, int]:
    """Of an exchange, for what was accepted: what the new costs more, and what the inspection took off the old. More
    than 0 in all is owed by the customer.
    """
    lines = list(claim.lines.all())
    return _accepted(claim, lines, "difference"), _taken_off(lines)


def _taken_off(lines: list[ClaimLine]) -> int:
    """Of what was not accepted nothing is paid back, so nothing is taken off it."""
    return sum(line.deduction_minor for line in lines if line.qty_accepted)


def _accepted(claim: Claim, lines: list[ClaimLine], part: str) -> int:
    told = claim.reckoning["lines"]
    return sum(part_of(told[line.position].get(part, 0), line.qty_accepted, line.qty) for line in lines)


def part_of(amount: int, some: int, of: int) -> int:
    return shares(amount, [some, of - some])[0]
