"""What a conversation is about, and what the classifier has been taught."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.conversations.models import Conversation
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff, Team


class Intent(models.TextChoices):
    ORDER_STATUS = "order-status", pgettext_lazy("intent", "Order status")
    REFUND = "refund", pgettext_lazy("intent", "Refund")
    RETURN = "return", pgettext_lazy("intent", "Return or exchange")
    WARRANTY = "warranty", pgettext_lazy("intent", "Warranty")
    TECHNICAL = "technical", pgettext_lazy("intent", "Technical help")
    ACCOUNT = "account", pgettext_lazy("intent", "Account")
    COMPLAINT = "complaint", pgettext_lazy("intent", "Complaint")
    FRAUD = "fraud", pgettext_lazy("intent", "Fraud report")
    OTHER = "other", pgettext_lazy("intent", "Other")


class About(models.Model):
    """What the classifier took a conversation for (``guess``) and what it is taken for: the same until ``set_by``
    somebody says otherwise. Those are what it learns from; the words stay where they were said. ``sent_to`` is the team
    that it went to because of that.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="about"
    )
    intent = models.CharField(max_length=12, choices=Intent.choices)
    guess = models.CharField(max_length=12, choices=Intent.choices)
    probability = models.FloatField()
    lesson = models.ForeignKey("Lesson", on_delete=models.SET_NULL, null=True, related_name="+")
    set_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(null=True)
    sent_to = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    sent_at = models.DateTimeField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-set_at"], condition=Q(set_by__isnull=False), name="intents_set_by_people")
        ]

    def __str__(self) -> str:
        return self.intent


class Destination(models.Model):
    """The team that gets one brand's new conversations about something. Without a row they stay where they came in."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="destinations", db_index=False)
    intent = models.CharField(max_length=12, choices=Intent.choices)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "intent"], name="one_destination_an_intent")
        ]

    def __str__(self) -> str:
        return self.intent


class LessonState(models.TextChoices):
    """Of one retraining."""

    WAITING = "waiting", pgettext_lazy("retraining", "Waiting")
    IN_USE = "in use", pgettext_lazy("retraining", "In use")
    REPLACED = "replaced", pgettext_lazy("retraining", "Replaced")
    WORSE = "worse", pgettext_lazy("retraining", "Not used, it was worse")
    FAILED = "failed", pgettext_lazy("retraining", "Failed")


class Lesson(models.Model):
    """One retraining from the desk's own conversations and the model that came of it. Without one in use, the model
    that comes with Kefu answers. ``figures``: right answers in the held-out part by language, of this one and of the
    one that it was measured against.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=8, choices=LessonState.choices, default=LessonState.WAITING)
    model = models.BinaryField(null=True)
    figures: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    examples = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    event_kind = "lesson"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="in use"), name="one_lesson_in_use"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="waiting"), name="one_lesson_waits"),
        ]
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return str(_("Model %(number)s") % {"number": self.number})
