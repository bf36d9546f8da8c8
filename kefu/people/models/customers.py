"""Those who are served: one person, known by one or more identities."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kefu.lib.encryption import DataKey, EncryptedTextField, blind_index, key_ring
from kefu.lib.ids import uuid7


def new_wrapped_key() -> bytes:
    return DataKey.make(key_ring())[1]


class Customer(models.Model):
    """A person whom the desk serves. What identifies them is encrypted under a key of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, blank=True)
    wrapped_key = models.BinaryField(default=new_wrapped_key)
    fields: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    address_text = EncryptedTextField(null=True)
    phrase = EncryptedTextField(null=True)  # for their own eyes: see ``kefu.people.phrases``
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")

    event_kind = "customer"
    actor_kind = "customer"

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="customer_newest")]

    def __str__(self) -> str:
        return self.name or str(_("Visitor"))

    @property
    def actor_id(self) -> UUID:
        return self.pk

    @cached_property
    def _key(self) -> DataKey:
        return key_ring().unwrap(bytes(self.wrapped_key))

    def data_key(self) -> DataKey:
        return self._key

    @property
    def address(self) -> dict[str, str]:
        """Where they live: ``name line1 line2 city region postal_code country phone``, as many as are known."""
        found: dict[str, str] = json.loads(self.address_text) if self.address_text else {}
        return found

    @address.setter
    def address(self, address: dict[str, str]) -> None:
        self.address_text = json.dumps(address, ensure_ascii=False) if address else ""


class IdentityKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    USER = "user", _("Account")  # the id that the brand's own site or app knows them by


class Identity(models.Model):
    """One thing that a customer is known by. Unverified until they proved that it is theirs.

    ``scope`` is the inbox for ids of the brand's site or app (never shared across inboxes), the order source for ids
    of a shop, empty for addresses.
    Only one customer can hold a verified identity; anyone may claim one unverified.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=8, choices=IdentityKind)
    scope = models.UUIDField(null=True)
    value = EncryptedTextField()
    index = models.BinaryField(max_length=32, db_index=True)
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "identity"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "scope", "index"],
                condition=models.Q(verified_at__isnull=False),
                nulls_distinct=False,
                name="verified_identity_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "scope", "index"],
                nulls_distinct=False,
                name="identity_once_per_customer",
            ),
        ]

    def data_key(self) -> DataKey:
        return self.customer.data_key()

    @staticmethod
    def index_of(kind: str, value: str) -> bytes:
        return blind_index(value.strip().lower(), purpose=f"identity.{kind}")


class OneTimeCode(models.Model):
    """Six digits sent to an address to prove that it is theirs: ten minutes, five tries, single use."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    index = models.BinaryField(max_length=32, db_index=True)
    asked_by = models.UUIDField()
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    event_kind = "code"


class CustomerSession(models.Model):
    """A customer signed in on the web pages, in one browser. The token itself is only in that browser's cookie."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="sessions")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    event_kind = "customer_session"


class CustomerToken(models.Model):
    """Lets a program act as one customer for a while, such as an assistant that talks with them.

    It is had through a colleague's token, ends with that one, and opens nothing that the colleague may not see. Only
    its hash is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tokens")
    through = models.ForeignKey("people.StaffToken", on_delete=models.CASCADE, related_name="for_customers")
    token_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    event_kind = "customer_token"
