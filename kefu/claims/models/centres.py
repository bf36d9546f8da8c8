"""Where goods are sent back to."""

from __future__ import annotations

from django.db import models, transaction

from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7
from kefu.people.models import Brand


class ReturnCentre(models.Model):
    """A brand's true return address and whom to reach there, printed on every slip (侵害消费者权益行为处罚办法 8)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="return_centre")
    recipient = models.CharField(max_length=80)
    address = models.TextField(max_length=400)
    phone = models.CharField(max_length=40)
    packing = models.TextField(max_length=2_000, blank=True)

    event_kind = "return_centre"

    def __str__(self) -> str:
        return self.recipient

    @transaction.atomic
    def keep(self, *, by: Actor) -> None:
        """A brand has one: of two that were begun at once the later counts."""
        told = {name: getattr(self, name) for name in ("recipient", "address", "phone", "packing")}
        kept, _made = ReturnCentre.objects.update_or_create(brand=self.brand, defaults=told)
        self.pk, self._state.adding = kept.pk, False
        log.audit("return_centre.changed", self, by=by, brand=self.brand_id)
