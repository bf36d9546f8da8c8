"""What was mailed, as its reader gets it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from kefu.events.models import Delivery

ADDRESS = re.compile(r"https?://\S+")


def letters(template: str) -> list[dict[str, Any]]:
    """The newest last."""
    rows = Delivery.objects.filter(template=template).order_by("id")
    return [json.loads(row.content or "{}") | {"to": row.recipient} for row in rows]


def address_in(letter: dict[str, Any]) -> str:
    return str(ADDRESS.findall(letter["text"])[0])


def path_in(letter: dict[str, Any]) -> str:
    return urlsplit(address_in(letter)).path
