"""Articles for somebody who is about to ask: offered while they write, counted as having spared a question only when
they say so themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction

from kefu.articles import searching
from kefu.articles.models import Search, Where
from kefu.articles.search import Found, Reader, find
from kefu.people.models import Brand

SURE_ENOUGH = 0.3
SHORTEST = 2
MOST = 3
VALID = timedelta(days=1)
_SALT = "kefu.articles.suggesting"


def suggest(brand: Brand, text: str, *, language: str, reader: Reader) -> list[Found]:
    """At most three that may well answer it; nothing while too little is written, or nothing comes near."""
    if len(text.strip()) < SHORTEST:
        return []
    found = find(brand, text, language=language, reader=reader, limit=MOST)
    return found if is_worth_showing(found) else []


def is_worth_showing(found: Sequence[Found]) -> bool:
    return bool(found) and found[0].confidence >= SURE_ENOUGH


def open_one(
    brand: Brand, text: str, article: UUID, *, language: str, reader: Reader, where: Where
) -> str | None:
    """They look at one of those suggested: noted. Answers what ``settle`` knows it by; None if it is not theirs."""
    found = suggest(brand, text, language=language, reader=reader)
    chosen = next((one for one in found if one.article_id == article), None)
    if chosen is None:
        return None
    with transaction.atomic():
        noted = searching.note(brand, text, where=where, language=language, found=len(found))
        noted.opened_id = chosen.translation_id
        noted.save(update_fields=["opened"])
    return signing.dumps([str(noted.pk), where], salt=_SALT)


def settle(brand: Brand, ticket: str, *, solved: bool, where: Where) -> bool:
    """Whether it answered their question, as they say. False for a ticket that is not ours, or is too old."""
    try:
        noted, given_at = signing.loads(ticket, salt=_SALT, max_age=VALID)
    except signing.BadSignature:
        return False
    if given_at != where:
        return False
    return bool(Search.objects.filter(pk=noted, brand=brand).update(solved=solved))
