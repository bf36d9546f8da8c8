"""A text that waits for somebody else's eyes before it is published."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kefu.articles.models.articles import Translation, Version
from kefu.lib.ids import uuid7
from kefu.people.models import Staff


class Outcome(models.TextChoices):
    PUBLISHED = "published", _("Published")
    SENT_BACK = "sent-back", _("Sent back for changes")
    CHANGED = "changed", _("Written anew before anybody looked")


class Review(models.Model):
    """Asked for once; ``outcome`` is empty while it waits. ``answer`` is what the reviewer wrote to the author."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="reviews")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    answer = models.CharField(max_length=500, blank=True, default="")
    answered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["translation"], condition=Q(outcome=""), name="one_open_review_a_text"
            )
        ]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.pk)
