from __future__ import annotations

from typing import ClassVar

from django.db import models

from kefu.lib.encryption import DataKey, EncryptedTextField, installation_key
from kefu.lib.ids import uuid7


class AnsweredCall(models.Model):
    """A call of the API that had its effect, and its answer: kept for a day under the caller's own key.

    The answer may name customers, so it is stored encrypted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    caller = models.UUIDField()
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    answer = EncryptedTextField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "call"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caller", "key"], name="call_answered_once")]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="call_answered_at")]

    def __str__(self) -> str:
        return f"{self.key} of {self.caller}"

    def data_key(self) -> DataKey:
        return installation_key()
