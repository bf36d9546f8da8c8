"""What came of a form that was sent in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from kefu.conversations.models import Conversation, Inbox
from kefu.people.models import Customer


class Submission(models.Model):
    """A form that was sent in once: its id was given out with the form, so that sending it again finds this row.

    ``customer`` is whoever sent it, also after they were joined to somebody else. ``suspected`` names why it looks like
    spam, empty for most. Its links open nothing from ``revoked_at`` on.
    """

    id = models.UUIDField(primary_key=True)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="submissions")
    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="submission")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="submissions")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    expected_at = models.DateTimeField(null=True)
    suspected = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    event_kind = "submission"
