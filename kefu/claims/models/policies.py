"""The after-sales policy of a brand: a versioned document, published by a person and frozen from then on."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Staff
from kefu.people.reach import brands_of


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, staff: Staff) -> PolicyQuerySet:
        return self.filter(brand__in=brands_of(staff))

    def published(self) -> PolicyQuerySet:
        return self.filter(published_at__isnull=False)


class Policy(models.Model):
    """``terms`` is the body that ``kefu.claims.terms`` reads; ``scope`` narrows it: ``countries``, ``categories``,
    ``skus``, ``channels``, each a list, absent meaning all. A draft has no ``published_at``; what is published never
    changes: a new version begins as a copy.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="policies")
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    law_profile = models.CharField(max_length=12, blank=True)
    scope: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    terms: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    effective_from = models.DateTimeField(null=True)
    effective_to = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Policy]] = PolicyQuerySet.as_manager()
    event_kind = "policy"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name", "version"], name="policy_version_once"),
            models.UniqueConstraint(
                fields=["brand", "name"], condition=Q(published_at__isnull=True), name="one_draft_of_a_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
