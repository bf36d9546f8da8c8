"""What a source has changed since its last report, and what was changed here: a merge of three, by digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.db import models

from kefu.lib.encryption import blind_index

Row = TypeVar("Row", bound=models.Model)


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def digest(told: object) -> str:
    """Keyed, since what is told may be an address that others could guess."""
    plain = told if isinstance(told, str) else json.dumps(told, sort_keys=True, default=_plain)
    return blind_index(hashlib.sha256(plain.encode()).hexdigest(), purpose="orders.reported").hex()[:24]


def to_write(reported: dict[str, str], part: str, told: object, held: Callable[[], object]) -> bool:
    """Whether the source's word on a part is to be written over what is held; notes what it last said."""
    new, last = digest(told), reported.get(part)
    if new == last:
        return False
    here = held()
    ours = digest(here)
    changed_here = bool(here) if last is None else ours != last
    if ours != new and changed_here:
        return False
    reported[part] = new
    return ours != new


def rewrite(rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Update rows that exist, each to its own values, in one statement. Unlike ``bulk_update`` it can seal."""
    if rows:
        manager = type(rows[0])._default_manager
        manager.bulk_create(rows, update_conflicts=True, update_fields=list(fields), unique_fields=["id"])


def _plain(value: object) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
