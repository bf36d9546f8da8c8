"""Articles that were read shortly before a conversation began anyway: the list from which authors learn.

A reader's browser carries what they read in a signed cookie of ours, or in the page that the chat begins from.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from kefu.articles.models import Led, Translation
from kefu.conversations.models import Conversation

COOKIE = "__Host-kefu-read" if settings.KEFU_SECURE else "kefu-read"
LASTS = timedelta(minutes=30)
MOST = 5
_signer = TimestampSigner(salt="kefu.articles.leading")


def remember(request: HttpRequest, response: HttpResponse, read: Translation) -> None:
    """The last few of them, for half an hour from now."""
    before = [pk for pk in _told(token_of(request)) if pk != read.pk]
    token = _signer.sign_object([str(pk) for pk in [*before, read.pk][-MOST:]])
    response.set_cookie(
        COOKIE, token, max_age=LASTS, httponly=True, samesite="Lax", secure=settings.KEFU_SECURE
    )


def token_of(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def note(conversation: Conversation, token: str) -> None:
    """``token`` as the browser brought it: one that is none of ours, or too old, says nothing. Twice is once."""
    read = Translation.objects.filter(pk__in=_told(token), brand=conversation.brand_id)
    Led.objects.bulk_create(
        (Led(translation=one, conversation=conversation) for one in read), ignore_conflicts=True
    )


def _told(token: str) -> list[UUID]:
    try:
        return [UUID(pk) for pk in _signer.unsign_object(token, max_age=LASTS)] if token else []
    except (BadSignature, ValueError, TypeError):
        return []
