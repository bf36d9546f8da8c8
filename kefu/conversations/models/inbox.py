"""One configured way in and out: here its row; what is particular to a kind lives in its adapter."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.hours.models import Schedule
from kefu.lib.encryption import DataKey, EncryptedTextField, installation_key
from kefu.lib.ids import secret_token, uuid7
from kefu.people.models import Brand, Team


class InboxKind(models.TextChoices):
    CHAT = "chat", _("Chat")
    EMAIL = "email", _("E-mail")
    FORM = "form", _("Form")


def new_key() -> str:
    return secret_token()[:22]


class Inbox(models.Model):
    """``key`` names it in public addresses; ``secrets`` (JSON) is what its adapter must keep to itself."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="inboxes")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="inboxes")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, related_name="inboxes")
    kind = models.CharField(max_length=12, choices=InboxKind, default=InboxKind.CHAT)
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=43, unique=True, default=new_key)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    settings: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    secrets = EncryptedTextField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "inbox"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="inbox_name_in_brand")
        ]
        verbose_name_plural = "inboxes"

    def __str__(self) -> str:
        return self.name

    def data_key(self) -> DataKey:
        return installation_key()


class FieldDefinition(models.Model):
    """A field of a brand's own on its conversations: order number, product model, …"""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        LONG = "long", _("Long text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="fields")
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    choices: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    place = models.PositiveSmallIntegerField(default=0)

    event_kind = "field"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "key"], name="field_key_in_brand")]
        ordering: ClassVar = ["place", "key"]
