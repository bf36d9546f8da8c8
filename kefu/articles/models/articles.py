"""Articles: one matter each, told in one or both languages, every saving kept as a version."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff
from kefu.people.reach import brands_of

LONGEST_TITLE = 160
LONGEST_SUMMARY = 300
LONGEST_BODY = 200_000
MOST_QUESTIONS = 50


class Kind(models.TextChoices):
    FAQ = "faq", _("Question and answer")
    HOW_TO = "how-to", _("How-to")
    MANUAL = "manual", _("Product manual")
    ANNOUNCEMENT = "announcement", _("Announcement")


class News(models.TextChoices):
    """What an announcement is about."""

    PRODUCT = "product", _("Product news")
    PROMOTION = "promotion", _("Promotion")
    SERVICE = "service", _("Service notice")
    MAINTENANCE = "maintenance", _("Maintenance")


class Audience(models.TextChoices):
    """Each sees what those before it see."""

    EVERYONE = "everyone", _("Everyone")
    CUSTOMERS = "customers", _("Signed-in customers")
    STAFF = "staff", _("Staff only")


class Stage(models.TextChoices):
    """Of what is not published yet."""

    WRITING = "writing", _("Being written")
    REVIEW = "review", _("Waiting for review")


class Category(models.Model):
    """A shelf of the help centre. ``names`` and ``descriptions`` by language code; ``slug`` stands in addresses."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="categories")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    slug = models.SlugField(max_length=60)
    names: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    descriptions: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    icon = models.CharField(max_length=40, default="book-open")
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "category"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "slug"], name="category_slug_in_brand")
        ]
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.named_in(get_language() or settings.LANGUAGE_CODE)

    def named_in(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()), self.slug)

    def described_in(self, language: str) -> str:
        return self.descriptions.get(language, "")


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, staff: Staff) -> ArticleQuerySet:
        return self.filter(brand__in=brands_of(staff))


class Article(models.Model):
    """One matter. What it says stands in its translations; ``review_on`` is the day its owner looks at it again.

    An announcement has ``news`` and is shown between ``shown_from`` and ``shown_until``; a manual names the models
    it is for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="articles")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.FAQ)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="articles")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.EVERYONE)
    source_language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="articles_owned")
    review_on = models.DateField(null=True)
    position = models.PositiveIntegerField(default=0)
    news = models.CharField(max_length=12, choices=News.choices, blank=True, default="")
    shown_from = models.DateTimeField(null=True)
    shown_until = models.DateTimeField(null=True)
    product_models: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Article]] = ArticleQuerySet.as_manager()
    event_kind = "article"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="announcement") | Q(news=""), name="news_of_announcements_only"
            ),
            models.CheckConstraint(
                condition=Q(shown_until=None) | Q(shown_from=None) | Q(shown_until__gt=F("shown_from")),
                name="shown_until_after_from",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["brand", "kind", "position", "id"], name="article_in_order"),
            models.Index(
                fields=["review_on"],
                condition=Q(review_on__isnull=False, archived_at=None),
                name="article_to_review",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class TranslationQuerySet(models.QuerySet["Translation"]):
    def with_source(self) -> TranslationQuerySet:
        """``source_live``: the id of what the article says now in its own language, which ``is_behind`` asks for."""
        source = Translation.objects.filter(
            article=OuterRef("article"), language=OuterRef("article__source_language")
        )
        return self.annotate(source_live=Subquery(source.values("live")[:1]))

    def visible_to(self, staff: Staff) -> TranslationQuerySet:
        return self.filter(article__brand__in=brands_of(staff))

    def published(self) -> TranslationQuerySet:
        return self.filter(live__isnull=False, article__archived_at=None)

    def shown_now(self) -> TranslationQuerySet:
        """Of what is published: announcements only on their days."""
        now = timezone.now()
        begun = Q(article__shown_from=None) | Q(article__shown_from__lte=now)
        going_on = Q(article__shown_until=None) | Q(article__shown_until__gt=now)
        return self.published().filter(begun & going_on)

    def for_customers(self, *, signed_in: bool) -> TranslationQuerySet:
        """What a customer may read today. Everything that is shown outside the desk is found through here."""
        audiences = [Audience.EVERYONE, Audience.CUSTOMERS] if signed_in else [Audience.EVERYONE]
        return self.shown_now().filter(article__audience__in=audiences)


class Translation(models.Model):
    """An article in one language: ``latest`` is what was saved last, ``live`` what readers see, absent before it is
    published and once it is withdrawn. ``follows`` is the version of the article's own language that it says.

    ``publish_at``: then, what is ``latest`` at that time goes live.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="translations")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    slug = models.CharField(max_length=120)
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.WRITING)
    latest = models.ForeignKey("Version", on_delete=models.PROTECT, null=True, related_name="+")
    live = models.ForeignKey("Version", on_delete=models.PROTECT, null=True, related_name="+")
    follows = models.ForeignKey("Version", on_delete=models.PROTECT, null=True, related_name="+")
    publish_at = models.DateTimeField(null=True)
    first_published_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Translation]] = TranslationQuerySet.as_manager()
    event_kind = "translation"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["article", "language"], name="one_translation_a_language"),
            models.UniqueConstraint(fields=["brand", "language", "slug"], name="article_slug_in_brand"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["publish_at"], condition=Q(publish_at__isnull=False), name="translation_to_publish"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def is_behind(self) -> bool:
        """Whether the article's own language has gone on since this was written. For those found ``with_source``."""
        source: UUID | None = self.source_live  # type: ignore[attr-defined]
        return self.language != self.article.source_language and source not in (None, self.follows_id)

    @property
    def is_public(self) -> bool:
        return self.live_id is not None


class Version(models.Model):
    """What one saving said, kept unchanged. ``body`` is Markdown; ``questions`` are other ways in which customers ask
    for it, found by search and shown nowhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=LONGEST_TITLE)
    summary = models.CharField(max_length=LONGEST_SUMMARY, blank=True, default="")
    body = models.TextField(max_length=LONGEST_BODY, blank=True, default="")
    questions: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True, default="")
    written_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["translation", "number"], name="version_number_once")
        ]
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return self.title


class Redirect(models.Model):
    """A slug that an article once had: its readers are sent on."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    slug = models.CharField(max_length=120)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="redirects")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "language", "slug"], name="redirect_slug_once")
        ]

    def __str__(self) -> str:
        return self.slug
