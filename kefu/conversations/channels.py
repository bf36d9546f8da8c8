"""What a room further down hangs into the console for the channel that it speaks: below messages, in the composer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.http import QueryDict

from kefu.conversations.drafts import Posted
from kefu.conversations.models import Conversation
from kefu.people.models import Staff


class Reply(Protocol):
    """Post a reply and send it off as ``wanted`` says; raises ``CannotPost``, and ``Refused`` with a sentence."""

    def __call__(
        self,
        conversation: Conversation,
        text: str,
        *,
        by: Staff,
        client_id: UUID,
        wanted: Mapping[str, Any],
        file_ids: Sequence[UUID],
        seen: int | None,
    ) -> Posted: ...


@dataclass(frozen=True, slots=True)
class Channel:
    """``below`` is drawn with a message that has a delivery or an original, by page and live screen, and asks the
    database nothing. ``composer`` is drawn from what ``writes`` answers as ``shown``; None where replies of this
    conversation do not leave that way; ``line`` is the part of it that is drawn again when the customer has written.
    ``chosen`` reads from a plain form what a script would send along: ``wanted`` of ``reply``, and ``chosen`` of what
    ``writes`` answers, when the form is shown once more.
    """

    below: str
    composer: str
    line: str
    stylesheet: str
    script: str
    writes: Callable[[Conversation, Staff], dict[str, Any] | None]
    chosen: Callable[[QueryDict], dict[str, Any]]
    reply: Reply


CHANNELS: list[Channel] = []  # filled by kefu.reactions


def composer_of(conversation: Conversation, agent: Staff) -> tuple[Channel, dict[str, Any]] | None:
    """The first that this conversation's replies leave by."""
    found = ((channel, channel.writes(conversation, agent)) for channel in CHANNELS)
    return next(((channel, shown) for channel, shown in found if shown is not None), None)
