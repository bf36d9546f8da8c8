"""What was said, and the files that came with it. Rows come into being only in ``posting``."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import pgettext_lazy

from kefu.conversations.models.conversation import AuthorKind, Conversation
from kefu.conversations.models.inbox import Inbox
from kefu.lib.ids import uuid7


class MessageKind(models.TextChoices):
    REPLY = "reply"  # both sides see it
    NOTE = "note"  # only staff ever see it


class Delivery(models.TextChoices):
    """Of a reply that leaves the desk by a channel which tells how it went."""

    WAITING = "waiting", pgettext_lazy("message", "Waiting to leave")
    SENT = "sent", pgettext_lazy("message", "Sent")
    FAILED = "failed", pgettext_lazy("message", "Not sent")
    BOUNCED = "bounced", pgettext_lazy("message", "Came back")
    WITHDRAWN = "withdrawn", pgettext_lazy("message", "Withdrawn")


class Message(models.Model):
    """``commitment`` is sha256(salt + text), so that a transcript can be sealed later and still be erased.

    ``delivery`` is kept by ``delivering``; ``leaves_at`` is for one that shall leave later. ``has_original``: what
    came looked like more than its text, and is kept by the room it came through.
    """

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    seq = models.PositiveIntegerField()
    reply_seq = models.PositiveIntegerField(null=True)
    client_id = models.UUIDField()
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=MessageKind, default=MessageKind.REPLY)
    author_kind = models.CharField(max_length=8, choices=AuthorKind)
    author_id = models.UUIDField(null=True)
    text = models.TextField(blank=True)
    masked: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    has_files = models.BooleanField(default=False)
    has_original = models.BooleanField(default=False, db_default=False)
    delivery = models.CharField(max_length=9, choices=Delivery, blank=True, default="", db_default="")
    leaves_at = models.DateTimeField(null=True)
    salt = models.BinaryField(max_length=16)
    commitment = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    event_kind = "message"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_numbered"),
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_once"),
        ]


class MessageWords(models.Model):
    """The search index over one message, kept by a reader of the log."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="words")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["words"], name="message_words", fastupdate=False)]


class File(models.Model):
    """An upload: stored under a random name outside any web root, typed by content, images re-encoded.

    ``held``: something other than a message has it, which keeps it from being swept away as unsent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, null=True, related_name="files")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, related_name="files")
    uploader_kind = models.CharField(max_length=8, choices=AuthorKind)
    uploader_id = models.UUIDField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    stored = models.CharField(max_length=80, unique=True)
    thumb = models.CharField(max_length=80, blank=True)
    sha256 = models.BinaryField(max_length=32)
    held = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "file"

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(message__isnull=True, held=False),
                name="file_unsent",
            )
        ]

    @property
    def is_image(self) -> bool:
        return bool(self.thumb)
