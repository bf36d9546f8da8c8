"""No provider at all: finance pays by hand at the bank and types the bank's reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kefu.claims.providers.contract import (
    Answer,
    Capabilities,
    Notice,
    RefundOrder,
    State,
    Unverified,
)

AWAITED = "bank_reference_awaited"


@dataclass(frozen=True, slots=True)
class Settings:
    """Nothing to set."""


class Manual:
    name: ClassVar[str] = "manual"
    capabilities: ClassVar[Capabilities] = Capabilities(
        partial=True, max_age_days=None, max_parts=None, currencies=None, redirects=False, answers=False
    )
    receipt: ClassVar[bytes] = b""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def refund(self, order: RefundOrder) -> Answer:
        return Answer(State.PROCESSING, code=AWAITED)

    def query(self, order: RefundOrder, provider_id: str = "") -> Answer:
        return Answer(State.PROCESSING, provider_id, code=AWAITED)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[Notice]:
        raise Unverified

    def paid(self, reference: str) -> Answer:
        """What finance typed from the bank's statement; ``ValueError`` if that cannot be one."""
        typed = reference.strip()
        if not re.fullmatch(r"[\w./:+#-]([\w ./:+#-]{0,62}[\w./:+#-])?", typed):
            raise ValueError("A bank reference is 1 to 64 letters, digits and . / : + # - _.")
        return Answer(State.SUCCEEDED, typed)
