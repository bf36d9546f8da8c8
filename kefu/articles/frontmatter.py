"""Markdown files with a head: ``key: value`` lines between two lines of ``---``; lists by commas.

The smallest part of what other programs write there. A value may stand in double quotes, a list in brackets; what needs
more than one line is not read.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

LINE = "---"


class BadHead(ValueError):
    """With a sentence that says which line, in the language of the page."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """``lines`` of the head as they are written there."""

    lines: Mapping[str, str]
    body: str

    def one(self, key: str) -> str:
        return _unquoted(self.lines.get(key, ""))

    def several(self, key: str) -> list[str]:
        """``a, "b, c", d`` with or without brackets around."""
        line = self.lines.get(key, "")
        if line.startswith("[") and line.endswith("]"):
            line = line[1:-1]
        found = next(csv.reader([line], skipinitialspace=True), [])
        return [item.strip() for item in found if item.strip()]


def read(text: str) -> Sheet:
    """Without a head, all of it is body."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != LINE:
        return Sheet({}, "\n".join(lines).strip())
    end = next((place for place, line in enumerate(lines[1:], 1) if line.rstrip() == LINE), None)
    if end is None:
        raise BadHead(_("The head begins with --- and never ends."))
    return Sheet(_head(lines[1:end]), "\n".join(lines[end + 1 :]).strip())


def write(head: Mapping[str, str | Sequence[str]], body: str) -> str:
    """What is empty is left out."""
    lines = [
        f"{key}: {_quoted(value) if isinstance(value, str) else ', '.join(map(_item, value))}"
        for key, value in head.items()
        if value
    ]
    return "\n".join([LINE, *lines, LINE, "", body.strip(), ""])


def _head(lines: list[str]) -> dict[str, str]:
    head: dict[str, str] = {}
    for number, line in enumerate(lines, 2):
        key, colon, value = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not colon or line[0] in " -":
            raise BadHead(_("Line %(number)s is no “key: value”.") % {"number": number})
        if key.strip() in head:
            raise BadHead(_("“%(key)s” stands there twice.") % {"key": key.strip()[:40]})
        head[key.strip()] = value.strip()
    return head


def _quoted(value: str) -> str:
    plain = " ".join(value.split())
    return json.dumps(plain, ensure_ascii=False) if plain.startswith('"') else plain


def _item(value: str) -> str:
    plain = " ".join(value.split())
    return '"{}"'.format(plain.replace('"', '""')) if re.search(r'[,"\[\]]', plain) else plain


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value
