"""What every format is read into: an article with its texts, as plain values, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar

from django.utils import dateparse
from django.utils.translation import gettext as _

from kefu.articles.models import Audience, Kind, News

Chosen = TypeVar("Chosen", Kind, Audience, News)

MOST_BYTES = 64 * 1024 * 1024
MOST_ARTICLES = 20_000
LONGEST_QUESTION = 200
# As other desks write the languages that we have. Traditional characters are not simplified ones: those are bad rows.
_LANGUAGES = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-hans": "zh-hans",
    "zh-hans-cn": "zh-hans",
    "zh-sg": "zh-hans",
}


class BadUpload(ValueError):
    """Nothing of it can be read; with a sentence for whoever sent it."""


class BadValue(ValueError):
    """One article cannot be taken; with a sentence."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture or document by what the text calls it; ``label`` is the version printed on it; ``own``: it is in the
    language of the text that names it, not for all.
    """

    name: str
    data: bytes
    label: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """``body`` is Markdown. Its pictures are called by the keys of ``files``; the others belong to the article."""

    language: str
    title: str
    body: str
    summary: str = ""
    questions: Sequence[str] = ()
    published: bool = True
    in_review: bool = False
    slug: str = ""
    files: Mapping[str, Attached] = field(default_factory=dict)
    attached: Sequence[Attached] = ()


@dataclass(frozen=True, slots=True)
class Shelved:
    """The category, by its slug, and what it is called where it is new here."""

    slug: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Incoming:
    """``place`` says where it stands in the upload. What is None is not told there, and stays as it is here."""

    place: str
    key: str
    texts: Sequence[Text]
    language: str
    category: Shelved | None = None
    kind: Kind | None = None
    audience: Audience | None = None
    news: News | None = None
    shown_from: datetime | None = None
    shown_until: datetime | None = None
    review_on: date | None = None
    owner: str = ""
    product_models: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    place: str
    key: str
    reason: str


def language_of(code: object) -> str:
    """Ours for what another desk calls it."""
    plain = str(code or "").strip().lower().replace("_", "-")
    if plain in _LANGUAGES:
        return _LANGUAGES[plain]
    if plain == "en" or plain.startswith("en-"):
        return "en"
    raise BadValue(_("The language “%s” is not kept here.") % str(code or "")[:20])


def kind_of(value: str) -> Kind | None:
    return _choice(Kind, value)


def audience_of(value: str) -> Audience | None:
    return _choice(Audience, value)


def news_of(value: str) -> News | None:
    return _choice(News, value)


def moment_of(value: str) -> datetime | None:
    """A day is its first moment, in UTC."""
    if not value:
        return None
    try:
        at = dateparse.parse_datetime(value) or datetime.fromisoformat(value)
    except ValueError as problem:
        raise BadValue(_("“%s” is no date like 2026-11-30.") % value[:40]) from problem
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def day_of(value: str) -> date | None:
    at = moment_of(value)
    return at.date() if at else None


def is_published(value: str) -> bool:
    """``draft`` and ``review`` are not; neither is what another desk has archived."""
    known = {"": True, "published": True, "draft": False, "review": False, "archived": False}
    if value.lower() not in known:
        raise BadValue(_("“%s” is no state: published, draft or review.") % value[:40])
    return known[value.lower()]


def is_in_review(value: str) -> bool:
    return value.lower() == "review"


def _choice(choices: type[Chosen], value: str) -> Chosen | None:
    if not value:
        return None
    try:
        return choices(value)
    except ValueError as problem:
        known = ", ".join(choices.values)
        raise BadValue(
            _("“%(value)s” is none of %(known)s.") % {"value": value[:40], "known": known}
        ) from problem
