from kefu.conversations.models.conversation import (
    LIVE,
    AuthorKind,
    Conversation,
    Priority,
    Reading,
    Status,
    Tag,
    Tagging,
)
from kefu.conversations.models.inbox import FieldDefinition, Inbox, InboxKind
from kefu.conversations.models.message import Delivery, File, Message, MessageKind, MessageWords

__all__ = [
    "LIVE",
    "AuthorKind",
    "Conversation",
    "Delivery",
    "FieldDefinition",
    "File",
    "Inbox",
    "InboxKind",
    "Message",
    "MessageKind",
    "MessageWords",
    "Priority",
    "Reading",
    "Status",
    "Tag",
    "Tagging",
]
