"""How a brand's help centre looks and where it is found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kefu.lib.ids import uuid7
from kefu.people.models import Brand

Link = dict[str, str]


class Site(models.Model):
    """Decided without code: ``links`` and ``footer`` are lists of ``{"zh-hans": …, "en": …, "to": address}``;
    ``greetings`` by language code. ``host`` is a domain of the brand's own at which its pages stand; the logo is stored
    under a random name.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.OneToOneField(Brand, on_delete=models.CASCADE, related_name="site")
    host = models.CharField(max_length=253, blank=True, default="")
    greetings: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    links: models.JSONField[list[Link], list[Link]] = models.JSONField(default=list)
    footer: models.JSONField[list[Link], list[Link]] = models.JSONField(default=list)
    logo = models.CharField(max_length=120, blank=True, default="")
    logo_type = models.CharField(max_length=40, blank=True, default="")
    logo_width = models.PositiveIntegerField(null=True)
    logo_height = models.PositiveIntegerField(null=True)
    privacy: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)

    event_kind = "site"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["host"], condition=~Q(host=""), name="one_site_a_host")
        ]

    def __str__(self) -> str:
        return self.host or self.brand.slug
