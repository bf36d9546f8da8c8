"""What is found: the passages that search looks into, words that mean the same, and what was asked for."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from kefu.articles.models.articles import Translation
from kefu.conversations.models import Conversation
from kefu.lib.ids import uuid7
from kefu.people.models import Brand


class Passage(models.Model):
    """A part of a live version under one heading, as it is searched and quoted: plain text, with its anchor."""

    id = models.BigAutoField(primary_key=True)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=200, blank=True, default="")
    anchor = models.CharField(max_length=120, blank=True, default="")
    text = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["translation", "position"], name="passage_once")
        ]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.heading


class Synonyms(models.Model):
    """Words that customers use for the same thing."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="synonyms")
    words: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "synonyms"

    def __str__(self) -> str:
        return " = ".join(self.words)


class Where(models.TextChoices):
    """Where somebody searched."""

    SITE = "site"
    WIDGET = "widget"
    FORM = "form"
    CONSOLE = "console"
    ASSISTANT = "assistant"
    API = "api"


class Search(models.Model):
    """One search, for authors: its words with personal data masked, how much was found, what came of it.

    ``solved`` is what the customer said: null where nobody said anything.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="searches")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    where = models.CharField(max_length=10, choices=Where.choices)
    words = models.CharField(max_length=200)
    found = models.PositiveIntegerField()
    opened = models.ForeignKey(Translation, on_delete=models.SET_NULL, null=True, related_name="+")
    solved = models.BooleanField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["brand", "-at"], name="searches_of_brand"),
            models.Index(fields=["brand", "-at"], condition=Q(found=0), name="searches_that_failed"),
        ]

    def __str__(self) -> str:
        return self.words


class DayOfReading(models.Model):
    """How many read a text on one day, by the clock of UTC. Nothing is kept of who they were."""

    id = models.BigAutoField(primary_key=True)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="days_read")
    day = models.DateField()
    readers = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["translation", "day"], name="day_of_reading_once")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.readers}"


class Led(models.Model):
    """An article that somebody read shortly before they began a conversation anyway."""

    id = models.BigAutoField(primary_key=True)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="led")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["translation", "conversation"], name="led_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)
