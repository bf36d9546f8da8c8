"""What several kinds of inboxes keep alike."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kefu.conversations.models import Conversation
from kefu.lib.ids import uuid7
from kefu.people.models import Brand, Identity


class PromiseReason(models.TextChoices):
    ASKED = "asked"  # they left an address to be answered at
    LEFT = "left"  # they left the chat before they had read the answer


class PromiseState(models.TextChoices):
    KEPT = "kept"  # answers leave as mails
    RESTING = "resting"  # they are back in the chat
    ENDED = "ended"  # whoever reads that mailbox wants no more of them


class AnswerByMail(models.Model):
    """What we answer in this conversation also goes to an address, unless they read it here.

    ``mailed_seq``: up to which reply number it is settled what left as a mail. ``mailed_at``: when one last did,
    None if none did since they last wrote by mail.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="answer_by_mail"
    )
    address = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10)
    promised_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=5, choices=PromiseReason, default=PromiseReason.ASKED)
    state = models.CharField(max_length=7, choices=PromiseState, default=PromiseState.KEPT)
    mailed_seq = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)


class MailRefusal(models.Model):
    """Whoever reads this mailbox wants no mail of the brand there that they did not ask for (RFC 8058).

    ``index`` finds the address, which is not kept here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+", db_index=False)
    index = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    event_kind = "mail_refusal"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "index"], name="mail_refusal_once")]
