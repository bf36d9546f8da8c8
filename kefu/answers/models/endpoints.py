"""The model that may phrase answers: where it is, what it may cost, and what was sent there."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.conversations.models import Conversation
from kefu.lib.encryption import DataKey, EncryptedTextField, installation_key
from kefu.lib.ids import uuid7


class Endpoint(models.Model):
    """One for the desk, OpenAI-compatible. ``address`` ends before ``/chat/completions``."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    only = models.BooleanField(default=True, unique=True, editable=False)
    is_on = models.BooleanField(default=False)
    address = models.CharField(max_length=300, blank=True, default="")
    model = models.CharField(max_length=100, blank=True, default="")
    key = EncryptedTextField(null=True)
    seconds = models.PositiveSmallIntegerField(
        default=6, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    calls_a_day = models.PositiveIntegerField(default=1_000)
    tokens_a_day = models.PositiveIntegerField(default=1_000_000)
    days_kept = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )

    event_kind = "endpoint"

    def __str__(self) -> str:
        return self.model

    def data_key(self) -> DataKey:
        return installation_key()


class Spent(models.Model):
    """What one day cost, reserved before a call leaves and corrected when it is back."""

    day = models.DateField(primary_key=True)
    calls = models.PositiveIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.day)


class Outcome(models.TextChoices):
    """What became of one call."""

    WAITING = "waiting", pgettext_lazy("model call", "Waiting")
    USED = "used", pgettext_lazy("model call", "Used")
    UNGROUNDED = "ungrounded", _("Not in the articles")
    LATE = "late", _("Too late or not reached")
    REFUSED = "refused", _("Refused by the endpoint")
    UNREADABLE = "unreadable", _("Not readable")


class Phrasing(models.Model):
    """One call: everything that was sent and everything that came back, for as long as the endpoint's row says."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    why = models.CharField(max_length=200, blank=True, default="")
    sent = EncryptedTextField()
    answered = EncryptedTextField(null=True)
    tokens = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    event_kind = "phrasing"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="phrasings_by_day")]

    def __str__(self) -> str:
        return self.outcome

    def data_key(self) -> DataKey:
        """The customer's own: what was sent about them is erased with them."""
        return self.conversation.customer.data_key()
