"""Money: whole minor units with an ISO-4217 code, never a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_currency_precision, list_currencies


class NotMoney(ValueError):
    """What was given is no amount, or no currency."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """``minor`` counts the currency's smallest unit: fen, cents, yen. It may be negative: owed the other way."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise NotMoney(f"{other.currency} cannot be reckoned with {self.currency}")
        return other.minor


def currency(code: object) -> str:
    """The ISO-4217 code in capitals. Raises ``NotMoney``."""
    found = str(code).strip().upper()
    if found not in list_currencies():
        raise NotMoney(f"{found!r} is no currency")
    return found


def minor_units(amount: object, code: str) -> int:
    """12.3, "12.30", Decimal("12.3") → 1230 in a currency of two places. Floats are read as they are printed, so that
    noise below the smallest unit rounds away. Raises ``NotMoney``.
    """
    try:
        exact = Decimal(str(amount).strip()).scaleb(get_currency_precision(code))
    except InvalidOperation as problem:
        raise NotMoney(f"{amount!r} is no amount") from problem
    if not exact.is_finite() or abs(exact) > Decimal(10) ** 15:
        raise NotMoney(f"{amount!r} is no amount")
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def major(minor: int, code: str) -> Decimal:
    return Decimal(minor).scaleb(-get_currency_precision(code))


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """``amount`` split by weight so that the shares add up to it exactly (largest remainder, the earlier first).

    >>> shares(100, [1, 1, 1])
    [34, 33, 33]
    """
    total = sum(weights)
    if total <= 0:
        raise ValueError("Something must have weight.")
    sign, rest = (-1, -amount) if amount < 0 else (1, amount)
    whole = [rest * weight // total for weight in weights]
    remainders = [(rest * weight % total, -place) for place, weight in enumerate(weights)]
    for _remainder, place in sorted(remainders, reverse=True)[: rest - sum(whole)]:
        whole[-place] += 1
    return [sign * share for share in whole]
