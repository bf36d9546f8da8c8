"""A browser that has talked to us: a token in its storage, a customer on our side."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kefu.conversations.models import Inbox
from kefu.lib.ids import uuid7
from kefu.people.models import Customer


class Visitor(models.Model):
    """One browser at one inbox. An unverified browser has a customer of its own, so it sees only what it said itself;
    when it proves who it is (``verified_at``), that customer is merged into the known one, whose history it then sees.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="visitors")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="visitors")
    token_hash = models.BinaryField(max_length=32, unique=True)
    verified_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    event_kind = "visitor"


class SpentProof(models.Model):
    """A signed proof that has been used: kept until it expires, so that it cannot be used again."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+")
    proof = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["inbox", "proof"], name="proof_once")]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="proof_expiry")]
