"""The log, the readers' cursors, what could not be read, and what is to be sent out."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from kefu.lib.encryption import DataKey, EncryptedTextField, installation_key
from kefu.lib.ids import uuid7


class Era(models.Model):
    """One life of the database cluster. Transaction ids restart in a restored or moved cluster, so cursors carry it.

    Nothing leaves the house in an era that no admin has confirmed: a restored copy must not act.
    """

    number = models.PositiveIntegerField(primary_key=True)
    system_identifier = models.CharField(max_length=40)
    reason = models.CharField(max_length=40)
    raised_at = models.DateTimeField(auto_now_add=True)
    outbound_confirmed_at = models.DateTimeField(null=True)
    outbound_confirmed_by = models.UUIDField(null=True)


class Event(models.Model):
    """One fact: what happened to what, by whom, when. Append-only; partitioned by month.

    ``data`` holds ids, states and amounts, never what people said or who they are.
    """

    id = models.BigIntegerField(primary_key=True)
    era = models.PositiveIntegerField()
    xid = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "events_event"


class Audit(models.Model):
    """What an auditor asks for: sign-ins, rights, settings, reveals. Append-only, kept longer than the log."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    address = models.GenericIPAddressField(null=True)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="audit_at")]


class Reader(models.Model):
    """How far one function has read the log: a cursor ``(era, xid, id)``."""

    name = models.CharField(max_length=60, primary_key=True)
    era = models.PositiveIntegerField(default=0)
    xid = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)


class Parked(models.Model):
    """An event that a reader failed on: set aside with its reason, so that the next is not held up."""

    id = models.BigAutoField(primary_key=True)
    reader = models.CharField(max_length=60)
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    error = models.TextField()
    attempts = models.PositiveIntegerField(default=1)
    parked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reader", "event_id"], name="parked_once_per_reader")
        ]


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Delivery(models.Model):
    """A mail that is to leave: written in the verb's transaction, sent by a job, kept with its state."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    key = models.CharField(max_length=120, unique=True)
    template = models.CharField(max_length=60)
    recipient = EncryptedTextField()
    content = EncryptedTextField(null=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(auto_now_add=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state__in=["waiting", "sending"]),
                name="delivery_due",
            )
        ]

    event_kind = "delivery"

    def data_key(self) -> DataKey:
        return installation_key()


class SubjectId:
    """What ``events.record`` may be given as a subject besides a model: a kind and an id."""

    def __init__(self, kind: str, pk: UUID) -> None:
        self.event_kind = kind
        self.pk = pk
