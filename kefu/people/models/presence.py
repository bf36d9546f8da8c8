"""Who is at the desk just now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefu.people.models.staff import Staff

GONE_AFTER = timedelta(seconds=30)


class PresenceState(models.TextChoices):
    ONLINE = "online", _("Online")
    BUSY = "busy", _("Busy")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")


class Presence(models.Model):
    """What someone chose, and when one of their screens was last open. Both decide what others see."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    chosen = models.CharField(max_length=8, choices=PresenceState, default=PresenceState.ONLINE)
    seen_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    @property
    def state(self) -> PresenceState:
        return state_of(self.chosen, self.seen_at)


def state_of(chosen: str, seen_at: datetime | None) -> PresenceState:
    """Offline without an open screen, whatever was chosen."""
    if seen_at is None or seen_at < timezone.now() - GONE_AFTER:
        return PresenceState.OFFLINE
    return PresenceState(chosen)
