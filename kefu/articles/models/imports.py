"""Articles that came from elsewhere: what each is called there, and how each import went."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.articles.models.articles import Article
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff

LONGEST_KEY = 200


class Format(models.TextChoices):
    MARKDOWN = "markdown", _("Markdown files in a zip")
    ZENDESK = "zendesk", _("Zendesk (JSON)")
    CHATWOOT = "chatwoot", _("Chatwoot (JSON)")
    CSV = "csv", _("Table (CSV)")


class ImportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped by a problem")


class Origin(models.Model):
    """What an article is called where it came from: the same key again is the same article."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="origins")
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+", db_index=False)
    format = models.CharField(max_length=10, choices=Format)
    key = models.CharField(max_length=LONGEST_KEY)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "format", "key"], name="article_once_per_source")
        ]

    def __str__(self) -> str:
        return self.key


class ArticleImport(models.Model):
    """One import: how far it is. ``done`` articles are stored for good; one that stopped goes on after them.

    ``file`` is where the upload is kept until the import has ended; a dry run keeps it, to be taken for good.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="article_imports")
    format = models.CharField(max_length=10, choices=Format)
    publish = models.BooleanField(default=False)
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    dry = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.WAITING)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    started_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    event_kind = "article_import"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["brand", "-created_at"], name="article_import_latest")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_going(self) -> bool:
        return self.state in (ImportState.WAITING, ImportState.RUNNING)


class BadArticle(models.Model):
    """One that could not be taken: where it stands in the upload, what it is called there, and why."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(
        ArticleImport, on_delete=models.CASCADE, related_name="bad_articles", db_index=False
    )
    place = models.CharField(max_length=200)
    key = models.CharField(max_length=LONGEST_KEY, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "id"], name="bad_article_in_order")]

    def __str__(self) -> str:
        return self.place
