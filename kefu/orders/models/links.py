"""Which orders a conversation is about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kefu.conversations.models import Conversation
from kefu.lib.ids import uuid7
from kefu.orders.models.orders import Order
from kefu.people.models import Staff


class LinkedOrder(models.Model):
    """``linked_by`` is the colleague who said so; empty where the customer named number and second fact, or is known
    to be whose order it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="linked_orders", db_index=False
    )
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="linked")
    linked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    event_kind = "linked_order"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "order"], name="order_linked_once")
        ]
