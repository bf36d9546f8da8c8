"""What nobody needs any more: sessions that have ended, keys and codes that have been used or are old."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from kefu.people.models import CustomerToken, OneTimeCode, PasswordReset

KEPT = timedelta(days=7)


def sweep() -> None:
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    PasswordReset.objects.filter(expires_at__lt=now - KEPT).delete()
    OneTimeCode.objects.filter(expires_at__lt=now - KEPT).delete()
    CustomerToken.objects.filter(expires_at__lt=now - KEPT).delete()
