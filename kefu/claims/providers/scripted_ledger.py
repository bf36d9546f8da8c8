"""What the scripted provider has promised and paid. It keeps the promises that real ones keep:
a number moves money once at most, and never more goes back on a payment than was paid.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import TypedDict

from kefu.claims.providers.contract import State


class Sending(TypedDict):
    """A refund as it comes over the wire."""

    request_no: str
    payment_ref: str
    amount_minor: int
    currency: str
    paid_minor: int


@dataclass
class Entry:
    request_no: str
    payment_ref: str
    amount_minor: int
    currency: str
    state: State
    code: str = ""
    id: str = field(default_factory=lambda: f"sr_{secrets.token_hex(8)}")

    def told(self) -> dict[str, object]:
        return asdict(self)


class Ledger:
    """Not thread-safe: the server holds its lock."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def find(self, request_no: str) -> Entry | None:
        return self._entries.get(request_no)

    def enter(self, sending: Sending, state: State) -> Entry | str:
        """The number's entry, or why there will be none. A number that stands is told as it stands."""
        known = self._entries.get(sending["request_no"])
        if known and (known.payment_ref, known.amount_minor) != (
            sending["payment_ref"],
            sending["amount_minor"],
        ):
            return "number_used_otherwise"
        if known and known.state != State.FAILED:
            return known
        if self.moved(sending["payment_ref"]) + sending["amount_minor"] > sending["paid_minor"]:
            return "more_than_paid"
        return self._entered(sending, state)

    def moved(self, payment_ref: str) -> int:
        """The money that went back on a payment, or is on its way."""
        entries = [each for each in self._entries.values() if each.payment_ref == payment_ref]
        return sum(each.amount_minor for each in entries if each.state not in _UNMOVED)

    def _entered(self, sending: Sending, state: State) -> Entry:
        entry = Entry(
            sending["request_no"],
            sending["payment_ref"],
            sending["amount_minor"],
            sending["currency"],
            state,
        )
        self._entries[entry.request_no] = entry
        return entry


_UNMOVED = frozenset({State.FAILED, State.CLOSED})
