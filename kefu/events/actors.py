"""Who did it. The log knows an actor as kind and id, and nothing else about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Actor(Protocol):
    """Staff, customers and API tokens offer these two; ``SYSTEM`` stands for the desk itself."""

    @property
    def actor_kind(self) -> str: ...

    @property
    def actor_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Someone:
    actor_kind: str
    actor_id: UUID | None


SYSTEM = Someone("system", None)
