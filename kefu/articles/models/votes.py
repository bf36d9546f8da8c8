"""Whether an article helped."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kefu.articles.models.articles import Translation, Version
from kefu.lib.ids import uuid7
from kefu.people.models import Staff


class Vote(models.Model):
    """One reader's answer, which they may change: ``voter`` is a hash of their browser's cookie or of who they are.

    A comment is masked before it is stored, and waits for an author until ``settled_at``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    translation = models.ForeignKey(Translation, on_delete=models.CASCADE, related_name="votes")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    voter = models.BinaryField(max_length=32)
    helped = models.BooleanField()
    comment = models.CharField(max_length=1000, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["translation", "voter"], name="one_vote_a_reader")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-at"], condition=~Q(comment="") & Q(settled_at=None), name="comments_that_wait"
            )
        ]

    def __str__(self) -> str:
        return "+" if self.helped else "-"
