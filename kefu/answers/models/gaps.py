"""What customers ask and no article answers."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.articles.models import Translation
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff


class GapState(models.TextChoices):
    OPEN = "open", pgettext_lazy("gap", "Open")
    DRAFTED = "drafted", _("Being written")
    DISMISSED = "dismissed", pgettext_lazy("gap", "Not needed")


class Gap(models.Model):
    """One question in many words. ``asked_as`` are some of them, masked; ``key`` keeps a question that comes again
    from being suggested twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="gaps")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    key = models.CharField(max_length=200)
    words = models.CharField(max_length=200)
    asked_as: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    conversations: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    times = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=GapState.choices, default=GapState.OPEN)
    translation = models.ForeignKey(Translation, on_delete=models.SET_NULL, null=True, related_name="+")
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    event_kind = "gap"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "language", "key"], name="one_gap_a_question")
        ]
        indexes: ClassVar = [models.Index(fields=["brand", "state", "-times"], name="gaps_by_times")]

    def __str__(self) -> str:
        return self.words
