"""What a list says of a conversation whose last reply had files and no words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefu.conversations.models import Conversation, File
from kefu.web.joining import listed


def last_sent(conversations: Iterable[Conversation]) -> dict[UUID, str]:
    """By conversation, in words. One query, and none where everyone wrote something."""
    silent = [one.pk for one in conversations if one.last_reply_seq and not one.last_text]
    sent = groupby(_of_the_last_reply(silent) if silent else (), lambda file: file.conversation_id)
    return {conversation: in_words(list(files)) for conversation, files in sent if conversation}


def _of_the_last_reply(conversations: list[UUID]) -> Iterable[File]:
    last = File.objects.filter(
        conversation__in=conversations, message__reply_seq=F("conversation__last_reply_seq")
    )
    return last.only("conversation", "name", "thumb").order_by("conversation", "id")


def in_words(files: list[File]) -> str:
    if all(file.is_image for file in files):
        return ngettext("Photo", "%(count)d photos", len(files)) % {"count": len(files)}
    return _("File: %(name)s") % {"name": listed(file.name for file in files)}
