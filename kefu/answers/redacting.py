"""What leaves for somebody else's model: no name, no address, no number of the customer's."""

from __future__ import annotations

import re2

from kefu.conversations.models import Conversation
from kefu.privacy.masking import mask

_KINDS = [
    (re2.compile(r"(?i)https?://\S+|www\.\S+"), "[link]"),
    (re2.compile(r"[^\s@<>，。；：]+@[^\s@<>，。；：]+\.[A-Za-z]{2,}"), "[e-mail]"),
    (re2.compile(r"\+?\(?\d[\d\s().-]{5,}\d"), "[number]"),
    (re2.compile(r"\b[A-Za-z]{0,8}[-#]?\d[A-Za-z\d-]*\d[A-Za-z\d-]*\d[A-Za-z\d-]*\d\b"), "[number]"),
    (re2.compile(r"[\dA-Za-z-]*\d{5,}[\dA-Za-z-]*"), "[number]"),
]
SHORTEST_NAME = 2


def redacted(text: str, conversation: Conversation) -> str:
    found: str = mask(text).text
    for pattern, shown in _KINDS:
        found = pattern.sub(shown, found)
    name = conversation.customer.name.strip()
    for part in {name, *name.split()}:
        if len(part) >= SHORTEST_NAME:
            found = found.replace(part, "[name]")
    return found
