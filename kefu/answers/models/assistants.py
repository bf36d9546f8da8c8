"""The assistant: where it is switched on, and how far it has come with one customer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from kefu.conversations.models import Conversation, Inbox
from kefu.lib.ids import uuid7
from kefu.orders.models import Order

_SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Assistant(models.Model):
    """Of one chat or form. From ``answer_from`` it answers, from ``offer_from`` it offers articles and a person, below
    a person is asked; two whose confidence differs by less than ``near`` are asked about. After ``seconds`` without an
    answer a person takes over. ``collects`` names fields of the brand that it asks for before it gives up; ``topics``
    by intent the topic of a form whose questions it asks (see ``collecting``).
    What was written before ``on_since`` is not its.
    """

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, primary_key=True, related_name="assistant")
    is_on = models.BooleanField(default=False)
    on_since = models.DateTimeField(null=True)
    answer_from = models.FloatField(default=0.6, validators=_SHARE)
    offer_from = models.FloatField(default=0.3, validators=_SHARE)
    near = models.FloatField(default=0.05, validators=_SHARE)
    seconds = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(3), MaxValueValidator(120)]
    )
    looks_up_orders = models.BooleanField(default=True)
    phrases = models.BooleanField(default=False)
    collects: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    topics: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField())
    )

    event_kind = "assistant"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answer_from__gte=F("offer_from")), name="offers_before_answers"
            )
        ]

    def __str__(self) -> str:
        return str(self.inbox_id)


class Stage(models.TextChoices):
    """``ASKING``: its question waits for an answer. The last two are for good."""

    HELPING = "helping"
    ASKING = "asking"
    HANDED_OVER = "handed over"
    ENDED = "ended"


class WhyPerson(models.TextChoices):
    """Why a person was asked to take over."""

    ASKED = "asked", _("The customer asked for a person.")
    SECURITY = "security", _("It is about fraud or somebody else's access.")
    DANGER = "danger", _("Somebody may be in danger.")
    COMPLAINT = "complaint", _("The customer complains or is angry.")
    NO_HELP = "no help", _("What the assistant gave did not help.")
    UNSURE = "unsure", _("No article was sure enough.")
    SLOW = "slow", _("It took too long.")
    ORDER = "order", _("The order could not be looked up.")
    MONEY = "money", _("It is about money, which a person decides.")
    FAILED = "failed", _("The assistant failed.")


class Talk(models.Model):
    """How far the assistant has come in one conversation. ``awaits`` is what its question is about: ``choice`` among
    ``choices``, ``number``, ``fact``, ``field`` (``choices`` has those still to ask), ``question`` of the form's
    ``topic``. ``asked`` is what was asked so far for a person to know, as ``{"key", "value"}``, and last the one that
    is open, as ``{"key", "tries"}``. ``seen_seq`` is the last message it dealt with.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="talk"
    )
    stage = models.CharField(max_length=11, choices=Stage.choices, default=Stage.HELPING)
    why = models.CharField(max_length=10, choices=WhyPerson.choices, blank=True, default="")
    awaits = models.CharField(max_length=8, blank=True, default="")
    choices: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    wanted = models.CharField(max_length=12, blank=True, default="")
    order_number = models.CharField(max_length=80, blank=True, default="")
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, related_name="+")
    topic = models.CharField(max_length=90, blank=True, default="", db_default="")
    asked: models.JSONField[list[Any], list[Any]] = models.JSONField(
        default=list, db_default=Value([], models.JSONField())
    )
    misses = models.PositiveSmallIntegerField(default=0)
    has_asked = models.BooleanField(default=False)
    seen_seq = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    event_kind = "talk"

    def __str__(self) -> str:
        return self.stage


class Band(models.TextChoices):
    """What was done with one message."""

    ANSWERED = "answered", _("Answered")
    OFFERED = "offered", _("Offered articles")
    ASKED = "asked", _("Asked back")
    ORDER = "order", _("Looked up an order")
    HANDED_OVER = "handed over", _("Handed over")
    THANKED = "thanked", _("It helped")


class Turn(models.Model):
    """One message of a customer and what the assistant did with it: ``found`` is what was retrieved, the best first,
    as ``{"translation", "title", "heading", "confidence"}``. ``helped`` is what the customer said of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    talk = models.ForeignKey(Talk, on_delete=models.CASCADE, related_name="turns")
    message = models.ForeignKey(
        "conversations.Message", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    band = models.CharField(max_length=11, choices=Band.choices)
    found: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    helped = models.BooleanField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message"], name="one_turn_a_message")]
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["-at"], name="turns_by_day")]

    def __str__(self) -> str:
        return self.band
