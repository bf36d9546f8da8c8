"""Who tells where shipments are: a tracking service, with its keys."""

from __future__ import annotations

import json
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.encryption import DataKey, EncryptedTextField
from kefu.lib.ids import uuid7
from kefu.lib.keys import key_ring
from kefu.people.models import Brand, Staff
from kefu.people.models.customers import new_wrapped_key
from kefu.people.reach import brands_of


class TrackingKind(models.TextChoices):
    WEBHOOK = "webhook", _("Signed webhook")
    KUAIDI100 = "kuaidi100", _("Kuaidi100")


class TrackingServiceQuerySet(models.QuerySet["TrackingService"]):
    def visible_to(self, staff: Staff) -> TrackingServiceQuerySet:
        return self.filter(brand__in=brands_of(staff))


class TrackingService(models.Model):
    """Of one brand, whose shipments alone it may tell about. ``secrets`` are sealed: ``secret`` signs what comes in;
    ``customer`` and ``key`` are our account at Kuaidi100. ``address`` is empty for the service's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="tracking_services")
    kind = models.CharField(max_length=12, choices=TrackingKind)
    name = models.CharField(max_length=60)
    address = models.URLField(max_length=300, blank=True)
    wrapped_key = models.BinaryField(default=new_wrapped_key)
    secrets_text = EncryptedTextField(default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[TrackingService]] = TrackingServiceQuerySet.as_manager()
    event_kind = "tracking_service"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="tracking_service_name_in_brand")
        ]

    def __str__(self) -> str:
        return self.name

    def data_key(self) -> DataKey:
        return key_ring().unwrap(bytes(self.wrapped_key))

    @property
    def secrets(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.secrets_text) if self.secrets_text else {}
        return found

    @secrets.setter
    def secrets(self, secrets: dict[str, str]) -> None:
        self.secrets_text = json.dumps(secrets) if secrets else ""
