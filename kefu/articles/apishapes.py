"""What programs are shown of articles, and what they may give, field by field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from kefu.articles import sites
from kefu.articles.addresses import address_of
from kefu.articles.forms import ICONS, LONGEST_QUESTION
from kefu.articles.models import Article, Audience, Category, News, Stage, Translation, Version, Vote
from kefu.articles.models.articles import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, MOST_QUESTIONS
from kefu.articles.writing import Said
from kefu.web.paging import Page
from kefu.web.rest import NO_NUL, Given, Language

SOMETHING = r"^[^\x00]*\S[^\x00]*$"
MOST_MODELS = 50


def _in_utc(at: datetime) -> datetime:
    """Whatever zone it was given in; the very ends of the calendar have no other zone."""
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC) if 1 < at.year < 9999 else at.replace(tzinfo=UTC)


def _known_icon(name: str) -> str:
    if name not in ICONS:
        raise ValueError(_("There is no such icon."))
    return name


class ArticleKind(StrEnum):
    """``Kind``, under a name that is not also the claims'."""

    FAQ = "faq"
    HOW_TO = "how-to"
    MANUAL = "manual"
    ANNOUNCEMENT = "announcement"


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Title = Annotated[str, StringConstraints(max_length=LONGEST_TITLE, pattern=SOMETHING)]
Summary = Annotated[str, StringConstraints(max_length=LONGEST_SUMMARY, pattern=NO_NUL)]
Body = Annotated[str, StringConstraints(max_length=LONGEST_BODY, pattern=NO_NUL)]
Question = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION, pattern=NO_NUL)]
Note = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Model = Annotated[str, StringConstraints(max_length=80, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(max_length=60, pattern=NO_NUL)]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Icon = Annotated[str, AfterValidator(_known_icon), Field(json_schema_extra={"enum": list(ICONS)})]


# -- articles and their texts


class TextBrief(BaseModel):
    """An article in one language, without its words."""

    language: Language
    title: str = Field(description="As saved last.", examples=["How do I return something?"])
    address: str = Field(
        description="Its public page.", examples=["https://desk.example/b/lumo/en/a/returns"]
    )
    version: int = Field(description="The number of what was saved last.")
    live_version: int | None = Field(description="The number of what readers see; null where nothing is.")
    stage: Stage = Field(description="Of what is not published yet.")
    behind: bool = Field(description="The article's own language has gone on since this was written.")
    publish_at: datetime | None = Field(description="Then, what is saved last goes live.")
    published_at: datetime | None

    @classmethod
    def of(cls, text: Translation) -> TextBrief:
        """Of those found ``with_source``, with ``latest`` and ``live``."""
        return cls(**_brief(text))


class TextShown(TextBrief):
    """With what was saved last."""

    article: UUID
    summary: str
    body: str = Field(description="Markdown: CommonMark, tables, callouts. No HTML.")
    questions: list[str] = Field(
        description="Other ways in which customers ask for it; only search sees them."
    )

    @classmethod
    def of(cls, text: Translation) -> TextShown:
        latest = _latest(text)
        return cls(
            **_brief(text),
            article=text.article_id,
            summary=latest.summary,
            body=latest.body,
            questions=latest.questions,
        )


class ArticleShown(BaseModel):
    id: UUID
    brand: UUID
    kind: ArticleKind
    audience: Audience
    category: UUID | None
    owner: UUID | None
    review_on: date | None = Field(description="The day its owner looks at it again.")
    news: News | None = Field(description="What an announcement is about.")
    shown_from: datetime | None = Field(description="Of an announcement.")
    shown_until: datetime | None = Field(description="Of an announcement.")
    product_models: list[str] = Field(examples=[["LQ-E20"]])
    source_language: Language
    archived_at: datetime | None
    created_at: datetime
    texts: list[TextBrief]

    @classmethod
    def of(cls, article: Article) -> ArticleShown:
        return cls(
            id=article.pk,
            brand=article.brand_id,
            kind=ArticleKind(article.kind),
            audience=Audience(article.audience),
            category=article.category_id,
            owner=article.owner_id,
            review_on=article.review_on,
            news=News(article.news) if article.news else None,
            shown_from=article.shown_from,
            shown_until=article.shown_until,
            product_models=article.product_models,
            source_language=Language(article.source_language),
            archived_at=article.archived_at,
            created_at=article.created_at,
            texts=[TextBrief.of(text) for text in article.translations.all()],
        )


class ArticlePage(Page[ArticleShown]):
    pass


class VersionBrief(BaseModel):
    number: int
    title: str
    note: str = Field(description="What its author wrote about the change.")
    written_by: UUID | None
    written_at: datetime

    @classmethod
    def of(cls, version: Version) -> VersionBrief:
        return cls(
            number=version.number,
            title=version.title,
            note=version.note,
            written_by=version.written_by_id,
            written_at=version.written_at,
        )


class VersionShown(VersionBrief):
    summary: str
    body: str
    questions: list[str]

    @classmethod
    def of(cls, version: Version) -> VersionShown:
        brief = VersionBrief.of(version).model_dump()
        return cls(**brief, summary=version.summary, body=version.body, questions=version.questions)


class VersionPage(Page[VersionBrief]):
    pass


def _brief(text: Translation) -> dict[str, Any]:
    latest = _latest(text)
    return {
        "language": Language(text.language),
        "title": latest.title,
        "address": sites.absolute(sites.of(text.brand), address_of(text)),
        "version": latest.number,
        "live_version": text.live.number if text.live else None,
        "stage": Stage(text.stage),
        "behind": text.is_behind,
        "publish_at": text.publish_at,
        "published_at": text.published_at,
    }


def _latest(text: Translation) -> Version:
    """There is one from the beginning."""
    assert text.latest is not None
    return text.latest


# -- what readers say


class ReaderComment(BaseModel):
    id: UUID
    helped: bool
    comment: str = Field(description="Personal data is masked before it is stored.")
    at: datetime

    @classmethod
    def of(cls, vote: Vote) -> ReaderComment:
        return cls(id=vote.pk, helped=vote.helped, comment=vote.comment, at=vote.at)


class VotesShown(BaseModel):
    helped: int
    not_helped: int
    comments: list[ReaderComment] = Field(description="Those that wait for an author, the latest first.")


# -- categories


class NamesGiven(Given):
    """One at least."""

    zh: Name = ""
    en: Name = ""

    def by_language(self) -> dict[str, str]:
        return {"zh-hans": self.zh, "en": self.en}


class NamesShown(BaseModel):
    zh: str
    en: str


class CategoryShown(BaseModel):
    id: UUID
    brand: UUID
    parent: UUID | None
    slug: str
    names: NamesShown
    icon: str
    position: int

    @classmethod
    def of(cls, category: Category) -> CategoryShown:
        names = NamesShown(zh=category.names.get("zh-hans", ""), en=category.names.get("en", ""))
        return cls(
            id=category.pk,
            brand=category.brand_id,
            parent=category.parent_id,
            slug=category.slug,
            names=names,
            icon=category.icon,
            position=category.position,
        )


class CategoryPage(Page[CategoryShown]):
    pass


class CategoryGiven(Given):
    names: NamesGiven = Field(examples=[{"zh": "退换", "en": "Returns"}])
    slug: Slug = Field(examples=["returns"])
    icon: Icon = "book-open"
    parent: UUID | None = Field(None, description="Categories stand in two levels.")


class NewCategory(CategoryGiven):
    brand: UUID


# -- what is given


class TextGiven(Given):
    title: Title = Field(examples=["How do I return something?"])
    summary: Summary = ""
    body: Body = Field("", description="Markdown.", examples=["## Within 30 days\n\nUnused and complete."])
    questions: list[Question] = Field([], max_length=MOST_QUESTIONS)
    note: Note = Field("", description="What changed, for colleagues.")

    def said(self) -> Said:
        return Said(self.title, self.body, self.summary, self.questions, self.note)


class NewText(TextGiven):
    language: Language


class PlaceGiven(Given):
    kind: ArticleKind = ArticleKind.FAQ
    audience: Audience = Audience.EVERYONE
    category: UUID | None = None
    owner: UUID | None = Field(None, description="A colleague of your brands; yourself if left out.")
    review_on: date | None = None
    news: News | None = Field(None, description="Of an announcement.")
    shown_from: Moment | None = None
    shown_until: Moment | None = None
    product_models: list[Model] = Field([], max_length=MOST_MODELS)


class NewArticle(PlaceGiven):
    brand: UUID
    text: NewText


class PublicationGiven(Given):
    at: Moment | None = Field(None, description="Then; at once if left out or past.")
