"""JSON as other desks export it: one file, or several in a zip, put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from kefu.articles.exchange.shapes import MOST_BYTES, BadUpload
from kefu.lib import archives
from kefu.lib.storable import storable

MOST_FILES = 500
Row = Mapping[str, Any]


def merged(data: bytes) -> dict[str, Any]:
    """Lists of the same name become one; what is no object at the top is its ``payload``."""
    found: dict[str, Any] = {}
    for told in _read(data):
        for name, value in (told if isinstance(told, dict) else {"payload": told}).items():
            if isinstance(value, list) and isinstance(found.get(name), list):
                found[name] = [*found[name], *value]
            else:
                found[name] = value
    return found


def rows(told: Row, name: str) -> list[Row]:
    """What of a list is an object."""
    found = told.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def named(value: object) -> str:
    """In one line; "" where nothing was said."""
    return " ".join(storable(str(value)).split()) if isinstance(value, str | int) else ""


def _read(data: bytes) -> Iterator[Any]:
    if not data.startswith(b"PK"):
        yield _parsed(data)
        return
    try:
        for name, content in archives.unpacked(data, most_members=MOST_FILES, most_bytes=4 * MOST_BYTES):
            if name.lower().endswith(".json"):
                yield _parsed(content)
    except archives.Untrusted as problem:
        raise BadUpload(
            _("This is no zip that can be opened safely: damaged, locked, or too large unpacked.")
        ) from problem


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as problem:
        raise BadUpload(_("This is not JSON in UTF-8.")) from problem
