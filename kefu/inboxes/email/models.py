"""Mail as the desk keeps it: where it comes from, what came, what it was as a mail, and what is to leave."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefu.conversations.models import Inbox, Message
from kefu.lib.encryption import DataKey, EncryptedTextField, blind_index, installation_key
from kefu.lib.ids import uuid7
from kefu.people.models import Customer

TOKEN_BYTES = 16


def index_of(address: str) -> bytes:
    """What an address is found by, since it is kept encrypted only."""
    return blind_index(address.strip().lower(), purpose="mail.address")


class MailAddress(models.Model):
    """An address of the desk's own: mail to it belongs to this inbox, mail from it is our own."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="mail_addresses")
    address = models.CharField(max_length=254, unique=True)
    is_main = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["inbox"], condition=models.Q(is_main=True), name="mail_address_one_main"
            ),
            models.CheckConstraint(
                condition=models.Q(address=models.functions.Lower("address")), name="mail_address_small"
            ),
        ]
        ordering: ClassVar = ["-is_main", "address"]

    def __str__(self) -> str:
        return self.address


class MailFolder(models.Model):
    """How far one folder at the mail server has been read. A new UIDVALIDITY means: everything once more.

    ``trouble`` names why it could not be read since ``trouble_since``; empty while all is well.
    """

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="mail_folders")
    name = models.CharField(max_length=255)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, blank=True)
    trouble_since = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["inbox", "name"], name="mail_folder_once")]
        ordering: ClassVar = ["id"]


class Way(models.TextChoices):
    IMAP = "imap", "IMAP"
    LMTP = "lmtp", "LMTP"
    PIPE = "pipe", _("Pipe")
    WEBHOOK = "webhook", _("Webhook")


class MailKind(models.TextChoices):
    HUMAN = "human", _("Written by a person")
    AUTOMATIC = "automatic", _("Automatic answer")
    BOUNCE = "bounce", _("Delivery report")
    BULK = "bulk", _("List or bulk mail")
    LOOP = "loop", _("Loop")


class ReceivedState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("received mail", "Waiting")
    TAKEN = "taken", pgettext_lazy("received mail", "Taken in")
    PASSED_OVER = "passed over", pgettext_lazy("received mail", "Passed over")
    ASIDE = "aside", pgettext_lazy("received mail", "Set aside")


class ReceivedMail(models.Model):
    """A mail as it arrived, kept raw under the name ``stored``; the mail server is told only once this is committed.

    ``once`` tells the same mail from another: however it arrives, and however often. ``envelope`` is JSON with
    ``sender`` and ``recipients`` as the mail server said them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="received_mails")
    once = models.BinaryField(max_length=32)
    way = models.CharField(max_length=8, choices=Way)
    stored = models.CharField(max_length=80, unique=True)
    size = models.PositiveIntegerField()
    envelope = EncryptedTextField(null=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=ReceivedState, default=ReceivedState.WAITING)
    kind = models.CharField(max_length=9, choices=MailKind, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    event_kind = "received_mail"

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["inbox", "once"], name="received_mail_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["inbox", "state", "id"],
                condition=models.Q(state__in=["waiting", "passed over", "aside"]),
                name="received_mail_not_taken",
            )
        ]

    def data_key(self) -> DataKey:
        return installation_key()

    @property
    def recipients(self) -> list[str]:
        found: list[str] = json.loads(self.envelope or "{}").get("recipients", [])
        return found

    @property
    def return_path(self) -> str | None:
        """None where nobody said it; empty for reports."""
        found: str | None = json.loads(self.envelope or "{}").get("sender")
        return found


class Letter(models.Model):
    """What a message was as a mail. ``received`` is the original.

    ``header_id`` is its Message-ID, without brackets. ``head`` is JSON: ``subject``, ``from``, ``to``, ``cc``,
    ``reply_to`` (people are pairs of name and address), ``date``, ``references``, ``invitation``, ``refused_files``,
    ``problems``. ``html`` is well-formed and never cleaned: only ``clean_mail`` may show it. ``quoted`` and
    ``signature`` are what the message's text leaves out. ``verdict``: what is known about the sender.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="letter")
    received = models.OneToOneField(ReceivedMail, on_delete=models.PROTECT, related_name="letter")
    header_id = models.TextField()
    head = EncryptedTextField()
    html = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    signature = models.TextField(blank=True)
    verdict: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    event_kind = "letter"

    def data_key(self) -> DataKey:
        return installation_key()

    @property
    def headers(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.head or "{}")
        return found


class InlinePicture(models.Model):
    """Which of a message's files a mail's text shows where: ``cid:`` addresses lead to them."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="pictures")
    content_id = models.CharField(max_length=255)
    file = models.OneToOneField("conversations.File", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "content_id"], name="inline_picture_once")
        ]


class OutgoingState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("outgoing mail", "Waiting")
    SENDING = "sending", pgettext_lazy("outgoing mail", "Being sent")
    SENT = "sent", pgettext_lazy("outgoing mail", "Sent")
    FAILED = "failed", pgettext_lazy("outgoing mail", "Not sent")
    BOUNCED = "bounced", pgettext_lazy("outgoing mail", "Came back")
    CANCELLED = "cancelled", pgettext_lazy("outgoing mail", "Withdrawn")


class OutgoingMail(models.Model):
    """A message that leaves as a mail: written in the verb's transaction, sent by a job, kept with its state.

    ``token`` is in its reply address and its bounce address; whoever has it may answer into this conversation as far
    as ``threading`` lets them. ``content`` is what the mail is made of (``composing``); the Message-ID comes from the
    id and is the same on every attempt. ``error`` is a word of ``sending``, never what a server said about people.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="outgoing_mails", db_index=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="outgoing")
    token = models.BinaryField(max_length=TOKEN_BYTES, unique=True)
    content = EncryptedTextField()
    is_automatic = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=OutgoingState, default=OutgoingState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    event_kind = "outgoing_mail"

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["inbox", "next_at"],
                condition=models.Q(state__in=["waiting", "sending"]),
                name="outgoing_mail_due",
            ),
            models.Index(
                fields=["inbox", "id"],
                condition=models.Q(state__in=["failed", "bounced"]),
                name="outgoing_mail_lost",
            ),
        ]

    def data_key(self) -> DataKey:
        return installation_key()


class UnprovenSender(models.Model):
    """An address in whose name mail comes that nothing vouches for: it has a customer of its own, so that a forged
    sender joins nobody's history, and a true one is still not a stranger each time.
    """

    index = models.BinaryField(max_length=32, primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")


class Postmark(models.Model):
    """What the desk must remember about an address it writes to: how often mail came back from there, and when it
    last had an automatic answer.
    """

    index = models.BinaryField(max_length=32, primary_key=True)
    bounces = models.PositiveIntegerField(default=0)
    bounced_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answers_today = models.PositiveSmallIntegerField(default=0)
