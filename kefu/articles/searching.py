"""What was searched for, kept for authors; and what came of it."""

from __future__ import annotations

from kefu.articles.models import Search, Translation
from kefu.articles.models.finding import Where
from kefu.people.models import Brand
from kefu.privacy.masking import mask

LONGEST_WORDS = 200


def note(brand: Brand, query: str, *, where: Where | str, language: str, found: int) -> Search:
    """One search, its words masked."""
    words = mask(" ".join(query.split())).text[:LONGEST_WORDS]
    return Search.objects.create(brand=brand, language=language, where=where, words=words, found=found)


def opened(search: Search, translation: Translation) -> None:
    """The result that its reader went on to."""
    search.opened = translation
    search.save(update_fields=["opened"])


def answered(search: Search, *, solved: bool) -> None:
    """The customer says whether it helped: nobody else may."""
    search.solved = solved
    search.save(update_fields=["solved"])
