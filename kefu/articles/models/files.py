"""Pictures and documents of articles."""

from __future__ import annotations

from django.db import models

from kefu.articles.models.articles import Article
from kefu.lib.ids import uuid7
from kefu.people.models import Staff


class ArticleFile(models.Model):
    """Stored under a random name, typed by content; seen by whoever may read its article.

    A manual's PDF has a ``version_label``, as it is printed on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    stored = models.CharField(max_length=120)
    sha256 = models.BinaryField(max_length=32)
    version_label = models.CharField(max_length=40, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
