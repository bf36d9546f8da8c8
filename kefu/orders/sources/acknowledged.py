"""What a buyer agreed to at a shop's checkout: a property of the line, which the shop's theme or plug-in writes.

``PROPERTY`` holds which of ``EXCLUSIONS`` from the right to return it was, parted by commas.
"""

from __future__ import annotations

from typing import Any

from kefu.orders.models import EXCLUSIONS

PROPERTY = "_kefu_acknowledged"


def acknowledged(properties: Any) -> tuple[str, ...]:
    """Of ``{"key", "value"}`` as both kinds of shops give them. A word that we do not know was agreed to by nobody."""
    said = [one.get("value") for one in properties or () if one.get("key") == PROPERTY]
    words = [word.strip() for value in said if isinstance(value, str) for word in value.split(",")]
    return tuple(dict.fromkeys(word for word in words if word in EXCLUSIONS))
