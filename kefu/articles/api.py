"""The help centre's part of the API: articles, their texts and versions, categories, what readers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status as Answer
from pydantic import Field

from kefu.articles import arranging, heard, reviewing, shelves, writing
from kefu.articles.apishapes import (
    ArticleKind,
    ArticlePage,
    ArticleShown,
    CategoryGiven,
    CategoryPage,
    CategoryShown,
    NewArticle,
    NewCategory,
    NewText,
    PlaceGiven,
    PublicationGiven,
    ReaderComment,
    TextGiven,
    TextShown,
    VersionBrief,
    VersionPage,
    VersionShown,
    VotesShown,
)
from kefu.articles.arranging import Place
from kefu.articles.models import Article, Audience, Category, Kind, Translation, Version
from kefu.articles.shelves import Shelf
from kefu.articles.writing import Overtaken
from kefu.lib.ids import uuid7
from kefu.people.api import StaffCall, needs
from kefu.people.models import Brand, Staff
from kefu.people.reach import brands_of, colleagues_of
from kefu.people.roles import Can
from kefu.web.contract import VERSIONED
from kefu.web.paging import Order as Sorting
from kefu.web.paging import PageAsked, cut
from kefu.web.rest import Language, Refusal, answered
from kefu.web.versions import seen_version, tagged

router = Router(tags=["Articles"])
NEWEST = Sorting("articles", ("-id",))
LATEST = Sorting("versions", ("-number",))
IN_ORDER = Sorting("categories", ("position", "id"))
READING, WRITING, PUBLISHING = (
    needs(can) for can in (Can.READ_CONVERSATIONS, Can.WRITE_ARTICLES, Can.PUBLISH_ARTICLES)
)
MOST_COMMENTS = 50
TEXT = "/articles/{uuid:article_id}/texts/{language}"


def _versioned(access: dict[str, Any]) -> dict[str, Any]:
    return access | {"openapi_extra": access["openapi_extra"] | VERSIONED}


class ArticlesAsked(PageAsked):
    brand: UUID | None = None
    category: UUID | None = None
    kind: ArticleKind | None = None
    audience: Audience | None = None
    owner: UUID | None = None
    language: Language | None = Field(None, description="Told in it.")
    published: bool | None = Field(None, description="In any language, or in none.")
    archived: bool = False


class CategoriesAsked(PageAsked):
    brand: UUID | None = None


# -- articles


@router.get("/articles", response=ArticlePage, summary="List articles", **READING)
def list_articles(request: StaffCall, asked: Query[ArticlesAsked]) -> ArticlePage:
    """Those of one's brands, drafts and articles for staff too, the last begun first. Words are in their texts."""
    found = cut(_around(_narrowed(_articles(request), asked)), NEWEST, asked)
    return ArticlePage(items=[ArticleShown.of(article) for article in found.rows], next=found.next)


def _articles(request: StaffCall) -> QuerySet[Article]:
    return Article.objects.filter(brand__in=brands_of(request.auth.staff))


def _around(articles: QuerySet[Article]) -> QuerySet[Article]:
    """With their texts, but not the words of these: two queries, however many there are."""
    texts = Translation.objects.with_source().select_related("latest", "live", "brand__site", "article")
    brief = texts.defer("latest__body", "live__body").order_by("language")
    return articles.prefetch_related(Prefetch("translations", brief))


def _narrowed(articles: QuerySet[Article], asked: ArticlesAsked) -> QuerySet[Article]:
    wanted = {name: getattr(asked, name) for name in ("brand", "category", "kind", "audience", "owner")}
    found = articles.filter(**{name: value for name, value in wanted.items() if value is not None})
    found = found.filter(archived_at__isnull=not asked.archived)
    if asked.language is not None:
        found = found.filter(translations__language=asked.language)
    if asked.published is not None:
        live = Article.objects.filter(translations__live__isnull=False)
        found = found.filter(pk__in=live) if asked.published else found.exclude(pk__in=live)
    return found


@router.post("/articles", response={201: ArticleShown}, summary="Begin an article", **WRITING)
def begin_article(request: StaffCall, given: NewArticle) -> HttpResponseBase:
    """In the language that it is first written in. Nobody outside reads it before its text is published."""
    by = request.auth.staff
    brand = get_object_or_404(brands_of(by), pk=given.brand)
    with transaction.atomic():
        text = writing.begin(
            brand, language=given.text.language, said=given.text.said(), by=by, kind=Kind(given.kind)
        )
        arranging.arrange(text.article, _place(given, brand, by), by=by)
    return _told(request, text.article_id, 201)


@router.get("/articles/{uuid:article_id}", response=ArticleShown, summary="One article", **READING)
def get_article(request: StaffCall, article_id: UUID) -> HttpResponseBase:
    return _told(request, article_id)


@router.put(
    "/articles/{uuid:article_id}", response=ArticleShown, summary="Put an article in its place", **WRITING
)
def arrange_article(request: StaffCall, article_id: UUID, given: PlaceGiven) -> HttpResponseBase:
    """What it is beside its words, all at once; what is left out is emptied. Showing a published article to more
    readers takes the right to publish: otherwise 409.
    """
    article = _article(request, article_id)
    by = request.auth.staff
    arranging.arrange(article, _place(given, article.brand, by), by=by)
    return _told(request, article_id)


@router.put(
    "/articles/{uuid:article_id}/archive", response=ArticleShown, summary="Archive an article", **PUBLISHING
)
def archive_article(request: StaffCall, article_id: UUID) -> HttpResponseBase:
    """Readers no longer find it in any language."""
    arranging.archive(_article(request, article_id), by=request.auth.staff)
    return _told(request, article_id)


@router.delete(
    "/articles/{uuid:article_id}/archive",
    response=ArticleShown,
    summary="Bring an article back from the archive",
    **PUBLISHING,
)
def bring_article_back(request: StaffCall, article_id: UUID) -> HttpResponseBase:
    """As it was: what was published is read again."""
    arranging.bring_back(_article(request, article_id), by=request.auth.staff)
    return _told(request, article_id)


def _article(request: StaffCall, article_id: UUID) -> Article:
    """Raises ``Http404`` for what is not for them."""
    return get_object_or_404(_articles(request).select_related("brand"), pk=article_id)


def _told(request: StaffCall, article_id: UUID, status: int = 200) -> HttpResponseBase:
    article = get_object_or_404(_around(_articles(request)), pk=article_id)
    return answered(Answer(status, ArticleShown.of(article)))


def _place(given: PlaceGiven, brand: Brand, by: Staff) -> Place:
    category = get_object_or_404(Category, pk=given.category, brand=brand) if given.category else None
    owner = get_object_or_404(colleagues_of(by), pk=given.owner) if given.owner else by
    same = ("audience", "review_on", "shown_from", "shown_until", "product_models")
    return Place(
        **{name: getattr(given, name) for name in same},
        kind=Kind(given.kind),
        category=category,
        owner=owner,
        news=given.news or "",
    )


# -- texts


@router.post(
    "/articles/{uuid:article_id}/texts", response={201: TextShown}, summary="Translate an article", **WRITING
)
def translate_article(request: StaffCall, article_id: UUID, given: NewText) -> HttpResponseBase:
    """Begin its text in another language. 409 where there is one: change that."""
    article = _article(request, article_id)
    text = writing.translate(article, language=given.language, said=given.said(), by=request.auth.staff)
    return _text_told(request, text.article_id, given.language, 201)


@router.get(TEXT, response=TextShown, summary="The text of an article in one language", **READING)
def get_text(request: StaffCall, article_id: UUID, language: Language) -> HttpResponseBase:
    """As saved last, published or not; the version's number is its ETag. What readers see is `live_version`."""
    return _text_told(request, article_id, language)


@router.put(TEXT, response=TextShown, summary="Write the text of an article", **_versioned(WRITING))
def write_text(
    request: StaffCall, article_id: UUID, language: Language, given: TextGiven
) -> HttpResponseBase:
    """All of it, as a new version. Readers go on seeing the published one until this is published. The same words again
    make no version.
    """
    return _act(
        request,
        article_id,
        language,
        lambda text, seen: writing.write(text, given.said(), by=request.auth.staff, seen=seen),
    )


@router.put(f"{TEXT}/review", response=TextShown, summary="Ask for a review of a text", **_versioned(WRITING))
def ask_for_review(request: StaffCall, article_id: UUID, language: Language) -> HttpResponseBase:
    """By those who may publish. Asking again while it waits changes nothing."""
    return _act(request, article_id, language, lambda text, _seen: reviewing.ask(text, by=request.auth.staff))


@router.put(
    f"{TEXT}/publication",
    response=TextShown,
    summary="Publish the text of an article",
    **_versioned(PUBLISHING),
)
def publish_text(
    request: StaffCall, article_id: UUID, language: Language, given: PublicationGiven
) -> HttpResponseBase:
    """What was saved last; it is found from the same moment. With `If-Match`, only what you have read."""
    return _act(
        request,
        article_id,
        language,
        lambda text, seen: writing.publish(text, by=request.auth.staff, at=given.at, seen=seen),
    )


@router.delete(
    f"{TEXT}/publication", response=TextShown, summary="Withdraw the text of an article", **PUBLISHING
)
def withdraw_text(request: StaffCall, article_id: UUID, language: Language) -> HttpResponseBase:
    """Readers no longer find it, and nothing appears by itself; what it said stays with its authors."""
    return _act(
        request, article_id, language, lambda text, _seen: writing.withdraw(text, by=request.auth.staff)
    )


def _text(request: StaffCall, article_id: UUID, language: Language) -> Translation:
    seen = Translation.objects.visible_to(request.auth.staff).with_source()
    around = seen.select_related("latest", "live", "brand__site", "article")
    return get_object_or_404(around, article=article_id, language=language)


def _text_told(
    request: StaffCall, article_id: UUID, language: Language, status: int = 200
) -> HttpResponseBase:
    shown = TextShown.of(_text(request, article_id, language))
    return tagged(answered(Answer(status, shown)), shown.version)


def _act(
    request: StaffCall,
    article_id: UUID,
    language: Language,
    verb: Callable[[Translation, UUID | None], object],
) -> HttpResponseBase:
    """The verb gets the id of the version that the caller saw; 412 where another was saved since."""
    text = _text(request, article_id, language)
    try:
        verb(text, _seen(request, text))
    except Overtaken as problem:
        raise Refusal(412, str(problem)) from problem
    return _text_told(request, article_id, language)


def _seen(request: StaffCall, text: Translation) -> UUID | None:
    number = seen_version(request)
    if number is None:
        return None
    known = text.versions.filter(number=number).values_list("pk", flat=True).first()
    return known or uuid7()  # a version that was never there has been overtaken


# -- versions, and what readers say


@router.get(f"{TEXT}/versions", response=VersionPage, summary="List the versions of a text", **READING)
def list_versions(
    request: StaffCall, article_id: UUID, language: Language, asked: Query[PageAsked]
) -> VersionPage:
    """The latest first."""
    versions = _text(request, article_id, language).versions.defer("body")
    found = cut(versions, LATEST, asked)
    return VersionPage(items=[VersionBrief.of(version) for version in found.rows], next=found.next)


@router.get(
    f"{TEXT}/versions/{{int:number}}", response=VersionShown, summary="One version of a text", **READING
)
def get_version(request: StaffCall, article_id: UUID, language: Language, number: int) -> VersionShown:
    if number > 2**31 - 1:
        raise Refusal(404, _("It does not exist, or is not for this token."))
    text = _text(request, article_id, language)
    return VersionShown.of(get_object_or_404(Version, translation=text, number=number))


@router.get(f"{TEXT}/votes", response=VotesShown, summary="Whether a text helped its readers", **WRITING)
def get_votes(request: StaffCall, article_id: UUID, language: Language) -> VotesShown:
    """How many said so, and the comments that no author has seen to yet."""
    text = _text(request, article_id, language)
    counted = text.votes.aggregate(
        yes=Count("pk", filter=Q(helped=True)), no=Count("pk", filter=Q(helped=False))
    )
    waiting = heard.comments(request.auth.staff).filter(translation=text).order_by("-at")[:MOST_COMMENTS]
    return VotesShown(
        helped=counted["yes"],
        not_helped=counted["no"],
        comments=[ReaderComment.of(vote) for vote in waiting],
    )


# -- categories


@router.get("/article-categories", response=CategoryPage, summary="List categories of articles", **READING)
def list_categories(request: StaffCall, asked: Query[CategoriesAsked]) -> CategoryPage:
    """In the order of the shelves."""
    rows = Category.objects.filter(brand__in=brands_of(request.auth.staff))
    if asked.brand is not None:
        rows = rows.filter(brand=asked.brand)
    found = cut(rows, IN_ORDER, asked)
    return CategoryPage(items=[CategoryShown.of(category) for category in found.rows], next=found.next)


@router.post(
    "/article-categories", response={201: CategoryShown}, summary="Begin a category of articles", **PUBLISHING
)
def begin_category(request: StaffCall, given: NewCategory) -> Answer[CategoryShown]:
    """Behind the others of its brand."""
    by = request.auth.staff
    brand = get_object_or_404(brands_of(by), pk=given.brand)
    return Answer(201, CategoryShown.of(shelves.put_up(brand, _shelf(given, brand), by=by)))


@router.put(
    "/article-categories/{uuid:category_id}",
    response=CategoryShown,
    summary="Change a category of articles",
    **PUBLISHING,
)
def change_category(request: StaffCall, category_id: UUID, given: CategoryGiven) -> CategoryShown:
    """All of it at once. Its descriptions stay."""
    category = _category(request, category_id)
    shelves.change(category, _shelf(given, category.brand, category), by=request.auth.staff)
    return CategoryShown.of(category)


@router.delete(
    "/article-categories/{uuid:category_id}",
    response={204: None},
    summary="Remove a category of articles",
    **PUBLISHING,
)
def remove_category(request: StaffCall, category_id: UUID) -> Answer[None]:
    """409 while articles or other categories stand in it."""
    shelves.remove(_category(request, category_id), by=request.auth.staff)
    return Answer(204, None)


def _category(request: StaffCall, category_id: UUID) -> Category:
    seen = Category.objects.filter(brand__in=brands_of(request.auth.staff))
    return get_object_or_404(seen.select_related("brand"), pk=category_id)


def _shelf(given: CategoryGiven, brand: Brand, category: Category | None = None) -> Shelf:
    parent = get_object_or_404(Category, pk=given.parent, brand=brand) if given.parent else None
    described = category.descriptions if category else {}
    return Shelf(given.names.by_language(), given.slug, described, given.icon, parent)
