"""The help centre's search for programs: a colleague's, and those that speak for a customer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.utils.translation import get_language
from ninja import Query, Router
from ninja.errors import Throttled
from pydantic import BaseModel, Field, StringConstraints

from kefu.articles import searching
from kefu.articles.addresses import path_of
from kefu.articles.models import Where
from kefu.articles.search import LONGEST_QUERY, Found, Reader, find
from kefu.database import limits
from kefu.people.api import CustomerCaller, EitherCall, needs_or_own
from kefu.people.models import Brand
from kefu.people.reach import brands_of
from kefu.people.roles import Can
from kefu.web.rest import NO_NUL

SEARCHES_A_MINUTE = 120

router = Router(tags=["Articles"])

Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUERY, pattern=NO_NUL)]


class SearchAsked(BaseModel):
    q: Words = Field(description="What is asked, as people write it.")
    brand: UUID
    language: Annotated[str, StringConstraints(pattern="^(zh-hans|en)$")] | None = Field(
        None, description="What the reader reads; otherwise that of `Accept-Language`."
    )
    limit: Annotated[int, Field(ge=1, le=20)] = 10


class FoundShown(BaseModel):
    """An article with the passage that fits best."""

    article: UUID
    title: str
    language: str
    heading: str = Field(description="The one above the passage; empty before the first.")
    excerpt: str = Field(description="HTML: escaped, what was asked for in `<mark>`.")
    address: str = Field(description="Its page, at the passage.", examples=["/b/lumo/en/a/returns#s-when"])
    confidence: Annotated[
        float, Field(ge=0, le=1, examples=[0.82], description="How sure it is that this answers it.")
    ]

    @classmethod
    def of(cls, brand: Brand, found: Found) -> FoundShown:
        return cls(
            article=found.article_id,
            title=found.title,
            language=found.language,
            heading=found.heading,
            excerpt=found.excerpt,
            address=path_of(brand, found.language, found.slug, found.anchor),
            confidence=round(found.confidence, 3),
        )


class FoundPage(BaseModel):
    items: list[FoundShown]


@router.get("/articles/search", response=FoundPage, **needs_or_own(Can.READ_CONVERSATIONS))
def search_articles(request: EitherCall, asked: Query[SearchAsked]) -> FoundPage:
    """Find articles of a brand's help centre.

    The best first; of a brand that is not the token's, none. A colleague's token also finds articles for staff; a
    customer's finds what signed-in customers may read.
    """
    brand = brands_of(request.auth.staff).filter(pk=asked.brand).first()
    if not limits.hit(f"article search {request.auth.pk}", limit=SEARCHES_A_MINUTE, per=60):
        raise Throttled(wait=10)
    if brand is None:
        return FoundPage(items=[])
    reader = Reader.CUSTOMER if isinstance(request.auth, CustomerCaller) else Reader.STAFF
    language = asked.language or _language()
    found = find(brand, asked.q, language=language, reader=reader, limit=asked.limit)
    searching.note(brand, asked.q, where=Where.API, language=language, found=len(found))
    return FoundPage(items=[FoundShown.of(brand, one) for one in found])


def _language() -> str:
    return "zh-hans" if (get_language() or "").startswith("zh") else "en"
