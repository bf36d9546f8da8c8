"""Changing only what one has seen: the version goes out as ETag and comes back as If-Match (RFC 9110, 13.1.1)."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase

NEVER = 0  # versions begin with 1
_TAG = re.compile(r'"([1-9][0-9]{0,9})"')


def seen_version(request: HttpRequest) -> int | None:
    """What the caller last saw; None if they do not say. Whatever is no tag of ours fits no version."""
    told = request.headers.get("If-Match", "*").strip()
    if told == "*":
        return None
    found = _TAG.fullmatch(told)
    return int(found[1]) if found else NEVER


def tagged(response: HttpResponseBase, version: int) -> HttpResponseBase:
    response.headers["ETag"] = f'"{version}"'
    return response
