"""What an admin has settled about an inbox, as it is stored: read strictly, or refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefu.web.joining import listed

MOST_ORIGINS = 50
LONGEST_LINE = 300
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
Parsed = TypeVar("Parsed")


class BadSettings(ValueError):
    """Settings that make no sense; the text is a sentence for the admin."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages; where one is missing, the other stands in."""

    zh: str = ""
    en: str = ""

    def __str__(self) -> str:
        return self.said_in(get_language() or "en")

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def said_in(self, language: str) -> str:
        return (self.zh or self.en) if language.startswith("zh") else (self.en or self.zh)


UNSAID = Words()


def origin_of(text: str) -> str:
    """``https://shop.example`` from what somebody pasted, or ``BadSettings``. No paths, no wildcards."""
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as problem:
        raise BadSettings(_not_an_origin(text)) from problem
    beyond = parts.path or parts.query or parts.fragment or parts.username or len(text.split()) != 1
    if parts.scheme not in {"http", "https"} or beyond or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", host):
        raise BadSettings(_not_an_origin(text))
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in {None, usual} else f"{parts.scheme}://{host}:{port}"


def _not_an_origin(text: str) -> str:
    sentence = _(
        "“%(text)s” is not the address of a website. Write it as https://www.example.com, without a path."
    )
    return sentence % {"text": text[:80]}


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return value


def only(stored: Any, known: Iterable[str]) -> None:
    if not isinstance(stored, dict):
        raise BadSettings(_("These settings are not readable."))
    if unknown := sorted(set(stored) - set(known)):
        raise BadSettings(_("There is no setting named %(name)s.") % {"name": listed(unknown)})


def flag_from(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadSettings(_("A switch is either on or off."))
    return value


def words_from(value: Any, longest: int) -> Words:
    only(value, ("zh", "en"))
    return Words(text_from(value.get("zh", ""), longest), text_from(value.get("en", ""), longest))


def line_from(value: Any) -> Words:
    return words_from(value, LONGEST_LINE)


def text_from(value: Any, longest: int) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise BadSettings(_("This text is not readable."))
    if len(value) > longest:
        sentence = _("“%(text)s…” is longer than %(most)d characters.")
        raise BadSettings(sentence % {"text": value[:20], "most": longest})
    return value.strip()


def several(value: Any, most: int, read: Callable[[Any], Parsed]) -> tuple[Parsed, ...]:
    if not isinstance(value, list):
        raise BadSettings(_("These settings are not readable."))
    if len(value) > most:
        raise BadSettings(_("At most %(most)d entries are possible here.") % {"most": most})
    return tuple(read(part) for part in value)


def origins_from(value: Any) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(several(value, MOST_ORIGINS, lambda part: origin_of(text_from(part, LONGEST_LINE))))
    )


def key_from(value: Any) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise BadSettings(_("A key has small letters, digits and _ only, and begins with a letter."))
    return value


def each_once(keys: list[str]) -> None:
    if len(set(keys)) < len(keys):
        raise BadSettings(_("The same key stands here twice."))
