"""What was handed in with a claim: kept as it came, with its hash."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.claims.models.claims import Claim, ClaimLine
from kefu.conversations.models import File
from kefu.lib.ids import uuid7


class EvidenceKind(models.TextChoices):
    PHOTO = "photo", pgettext_lazy("evidence", "Photo")
    VIDEO = "video", _("Video")
    INVOICE = "invoice", _("Invoice")
    RECEIPT = "receipt", _("Receipt")
    DOCUMENT = "doc", _("Document")
    INSPECTION = "inspection", _("Photo from the inspection")


class Evidence(models.Model):
    """Immutable: never changed, only handed in again. ``file`` carries type, size, hash and who uploaded it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="evidence")
    line = models.ForeignKey(ClaimLine, on_delete=models.CASCADE, null=True, related_name="evidence")
    file = models.OneToOneField(File, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=EvidenceKind)
    at = models.DateTimeField(auto_now_add=True)

    event_kind = "evidence"

    class Meta:
        ordering: ClassVar = ["at", "id"]
