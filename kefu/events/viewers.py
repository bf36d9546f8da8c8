"""Who looks at a screen. What they may see is asked at every send; that they may still look, every few seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from kefu.events.log import Entry


class Viewer(Protocol):
    """``ticket`` names the session or token that let them in; ``person`` is whom events can be about."""

    @property
    def kind(self) -> str: ...

    @property
    def ticket(self) -> str: ...

    @property
    def person(self) -> UUID: ...

    @property
    def language(self) -> str: ...

    def topics(self) -> Sequence[str]:
        """Where what they may see is spoken of; when that changes, their screens open anew."""

    def may_see(self, entry: Entry) -> bool: ...

    def may_hear(self, kind: str, data: dict[str, Any]) -> bool: ...


# Given tickets of viewers of one kind, answers with the viewers as they are now; missing ones have lost the right.
Recheck = Callable[[Iterable[str]], Mapping[str, Viewer]]
