"""What an admin decides about one chat inbox: where it may stand, what it says, what it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from kefu.conversations.models import Inbox
from kefu.inboxes.stored import Words, as_json, flag_from, line_from, only, origins_from
from kefu.inboxes.topics import USUAL_TOPICS, Topic, topics_from

GREETING = Words("您好，请问有什么可以帮您？", "Hello, how can we help?")
EXPECTED_REPLY = Words("我们会尽快回复您", "We reply as soon as we can")


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """``allowed_origins``: websites that may show the widget, as ``https://shop.example``, besides our own.

    With ``enforce_identity`` only customers with a signed identity may chat. ``plain_hash`` also takes the
    hash without an expiry that other products use, for brands that are moving over.
    """

    allowed_origins: tuple[str, ...] = ()
    greeting: Words = GREETING
    expected_reply: Words = EXPECTED_REPLY
    topics: tuple[Topic, ...] = USUAL_TOPICS
    enforce_identity: bool = False
    plain_hash: bool = False

    @classmethod
    def of(cls, inbox: Inbox) -> ChatSettings:
        """What is not set is as usual; what is set and makes no sense raises ``BadSettings``."""
        return cls.parse(inbox.settings)

    @classmethod
    def parse(cls, stored: dict[str, Any]) -> ChatSettings:
        readers: dict[str, Callable[[Any], Any]] = {
            "allowed_origins": origins_from,
            "greeting": line_from,
            "expected_reply": line_from,
            "topics": topics_from,
            "enforce_identity": flag_from,
            "plain_hash": flag_from,
        }
        only(stored, readers)
        return cls(**{name: read(stored[name]) for name, read in readers.items() if name in stored})

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def save(self, inbox: Inbox) -> None:
        """Stored only if it can be read again."""
        inbox.settings = as_json(ChatSettings.parse(as_json(self.plain())).plain())
        inbox.save(update_fields=["settings"])

    def topic(self, key: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.key == key), None)

    def allows(self, origin: str) -> bool:
        return origin in self.allowed_origins
