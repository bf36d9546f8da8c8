"""Two scratch tables that every process shares. Both are UNLOGGED: quick, and empty after a crash."""

from __future__ import annotations

from django.db import models


class Cached(models.Model):
    key = models.TextField(primary_key=True)
    value = models.JSONField()
    expires = models.DateTimeField(null=True)

    class Meta:
        db_table = "database_cache"
        indexes = [models.Index(fields=["expires"], name="database_cache_expires")]


class Limited(models.Model):
    key = models.TextField(primary_key=True)
    free_at = models.DateTimeField()

    class Meta:
        db_table = "database_limits"
        indexes = [models.Index(fields=["free_at"], name="database_limits_free_at")]
