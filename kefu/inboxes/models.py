"""What several kinds of inboxes keep alike."""

from __future__ import annotations

from django.db import models

from kefu.conversations.models import Conversation
from kefu.people.models import Identity


class AnswerByMail(models.Model):
    """Promised to someone who wrote out of hours: what we answer also goes there, unless they read it here."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="answer_by_mail"
    )
    address = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10)
    promised_at = models.DateTimeField(auto_now_add=True)
