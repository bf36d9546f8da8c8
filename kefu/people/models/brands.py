from __future__ import annotations

from django.conf import settings
from django.db import models, transaction

from kefu.events import log
from kefu.events.actors import Actor
from kefu.lib.ids import uuid7


class Brand(models.Model):
    """A name that customers know. Inboxes, teams, articles and policies belong to one; customers are shared."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40, unique=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    accent = models.CharField(max_length=7, default="#2f6f4f")
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "brand"

    def __str__(self) -> str:
        return self.name

    @classmethod
    @transaction.atomic
    def found(cls, *, name: str, slug: str, language: str, time_zone: str, accent: str, by: Actor) -> Brand:
        brand = cls.objects.create(
            name=name, slug=slug, language=language, time_zone=time_zone, accent=accent
        )
        log.audit("brand.founded", brand, by=by)
        return brand

    @transaction.atomic
    def change(self, *, name: str, language: str, time_zone: str, accent: str, by: Actor) -> None:
        """Its slug stays: it stands in addresses that customers have."""
        self.refresh_from_db(from_queryset=Brand.objects.select_for_update(no_key=True))
        if (self.name, self.language, self.time_zone, self.accent) != (name, language, time_zone, accent):
            self.name, self.language, self.time_zone, self.accent = name, language, time_zone, accent
            self.save(update_fields=["name", "language", "time_zone", "accent"])
            log.audit("brand.changed", self, by=by)
