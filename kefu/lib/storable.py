"""Text as it can be kept."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Without what JSON can say and PostgreSQL cannot keep: NUL, and half of a character."""
    return _UNSTORABLE.sub("", text)
