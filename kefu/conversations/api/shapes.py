"""What colleagues are shown of conversations, messages, customers and files, field by field."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from kefu.conversations.bubbles import Bubble, BubbleFile
from kefu.conversations.context import masked
from kefu.conversations.models import Conversation, Delivery, File, Inbox, Priority, Status, Tag
from kefu.people.models import Customer, Identity, IdentityKind
from kefu.web.paging import Page

TOWN = ("city", "region", "country")


class PriorityName(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @classmethod
    def of(cls, priority: int) -> PriorityName:
        return cls[Priority(priority).name]

    @property
    def priority(self) -> Priority:
        return Priority[self.name]


class AuthorName(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


class KindName(StrEnum):
    REPLY = "reply"
    NOTE = "note"


class Named(BaseModel):
    id: UUID
    name: str = Field(examples=["Support"])


class TagShown(Named):
    colour: str

    @classmethod
    def of(cls, tag: Tag) -> TagShown:
        return cls(id=tag.pk, name=tag.name, colour=tag.colour)


class InboxShown(Named):
    kind: str
    brand: UUID
    team: UUID
    language: str

    @classmethod
    def of(cls, inbox: Inbox) -> InboxShown:
        return cls(
            id=inbox.pk,
            name=inbox.name,
            kind=inbox.kind,
            brand=inbox.brand_id,
            team=inbox.team_id,
            language=inbox.language,
        )


class ConversationShown(BaseModel):
    id: UUID
    number: str = Field(
        description="As people say it. It opens nothing: calls take the id.", examples=["K-10482"]
    )
    subject: str = Field(examples=["Where is my parcel?"])
    topic: str = Field(examples=["delivery"])
    status: Status
    priority: PriorityName
    brand: UUID
    inbox: UUID
    customer: Named
    team: Named
    assignee: Named | None
    tags: list[TagShown]
    fields: dict[str, Any] = Field(
        description="The brand's own fields by key.", examples=[{"order": "A-1042"}]
    )
    follow_up_of: UUID | None
    created_at: datetime
    waiting_since: datetime | None = Field(
        description="Since when the customer has been waiting for an answer."
    )
    first_reply_at: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    last_message_at: datetime
    last_text: str = Field(description="How the last reply begins.", examples=["It left on Monday."])
    last_author: AuthorName | None
    last_seq: int = Field(description="The number of the last message or note.")
    last_reply_seq: int = Field(description="The number of the last reply, as both sides count them.")

    @classmethod
    def of(cls, conversation: Conversation) -> ConversationShown:
        assignee = conversation.assignee
        return cls(
            id=conversation.pk,
            number=conversation.public_number,
            subject=conversation.subject,
            topic=conversation.topic,
            status=Status(conversation.status),
            priority=PriorityName.of(conversation.priority),
            brand=conversation.brand_id,
            inbox=conversation.inbox_id,
            customer=Named(id=conversation.customer_id, name=conversation.customer.name),
            team=Named(id=conversation.team_id, name=conversation.team.name),
            assignee=Named(id=assignee.pk, name=assignee.name) if assignee else None,
            tags=[TagShown.of(tag) for tag in conversation.tags.all()],
            fields=conversation.fields,
            follow_up_of=conversation.follow_up_of_id,
            created_at=conversation.created_at,
            waiting_since=conversation.waiting_since,
            first_reply_at=conversation.first_reply_at,
            solved_at=conversation.solved_at,
            closed_at=conversation.closed_at,
            last_message_at=conversation.last_message_at,
            last_text=conversation.last_text,
            last_author=AuthorName(conversation.last_author) if conversation.last_author else None,
            last_seq=conversation.last_seq,
            last_reply_seq=conversation.last_reply_seq,
        )


class FileShown(BaseModel):
    id: UUID
    name: str
    type: str = Field(description="Found from the content, whatever was declared.", examples=["image/png"])
    size: int = Field(description="In bytes.")
    width: int | None = Field(description="Of an image, in pixels.")
    height: int | None
    image: bool

    @classmethod
    def of(cls, file: File | BubbleFile) -> FileShown:
        return cls(
            id=file.id,
            name=file.name,
            type=file.type,
            size=file.size,
            width=file.width,
            height=file.height,
            image=file.is_image if isinstance(file, File) else file.image,
        )


class AuthorShown(BaseModel):
    kind: AuthorName
    id: UUID | None
    name: str


class MessageShown(BaseModel):
    id: int
    conversation: UUID
    seq: int = Field(description="Numbers everything, notes included, without a gap.")
    reply_seq: int | None = Field(description="Numbers the replies alone; null for a note.")
    client_id: UUID
    kind: KindName
    author: AuthorShown
    text: str = Field(examples=["It left on Monday."])
    masked: list[str] = Field(
        description="What was masked in the text before it was stored.", examples=[["card"]]
    )
    files: list[FileShown]
    delivery: Delivery | None = Field(
        description="How it goes with a reply that leaves the desk, as by mail."
    )
    at: datetime

    @classmethod
    def of(cls, bubble: Bubble) -> MessageShown:
        return cls(
            id=bubble.id,
            conversation=bubble.conversation,
            seq=bubble.seq,
            reply_seq=bubble.reply_seq,
            client_id=bubble.client_id,
            kind=KindName(bubble.kind),
            author=AuthorShown(kind=AuthorName(bubble.author_kind), id=bubble.author_id, name=bubble.who),
            text=bubble.text,
            masked=list(bubble.masked),
            files=[FileShown.of(file) for file in bubble.files],
            delivery=Delivery(bubble.delivery) if bubble.delivery else None,
            at=bubble.at,
        )


class IdentityShown(BaseModel):
    id: UUID
    kind: IdentityKind
    value: str = Field(examples=["l***@example.com"])
    verified_at: datetime | None

    @classmethod
    def hinted(cls, identity: Identity) -> IdentityShown:
        """Enough to recognise it, too little to use it."""
        return cls(
            id=identity.pk,
            kind=IdentityKind(identity.kind),
            value=masked(identity),
            verified_at=identity.verified_at,
        )

    @classmethod
    def in_full(cls, identity: Identity, value: str) -> IdentityShown:
        return cls(
            id=identity.pk, kind=IdentityKind(identity.kind), value=value, verified_at=identity.verified_at
        )


class CustomerShown(BaseModel):
    id: UUID
    name: str
    language: str
    note: str
    identities: list[IdentityShown] = Field(
        description="Masked for colleagues; in full only under …/identities."
    )
    address: dict[str, str] = Field(
        description="For colleagues no more than the town; in full only under …/address."
    )
    created_at: datetime
    seen_at: datetime | None

    @classmethod
    def of(cls, customer: Customer) -> CustomerShown:
        address = customer.address
        return cls(
            id=customer.pk,
            name=customer.name,
            language=customer.language,
            note=customer.note,
            identities=[IdentityShown.hinted(identity) for identity in identities_of(customer)],
            address={part: address[part] for part in TOWN if part in address},
            created_at=customer.created_at,
            seen_at=customer.seen_at,
        )

    @classmethod
    def to_themselves(cls, customer: Customer) -> CustomerShown:
        """All that they have told us, and nothing that colleagues noted."""
        own = [IdentityShown.in_full(identity, str(identity.value)) for identity in identities_of(customer)]
        shown = {"note": "", "identities": own, "address": customer.address}
        return cls.of(customer).model_copy(update=shown)


class IdentitiesShown(BaseModel):
    items: list[IdentityShown]


def identities_of(customer: Customer) -> list[Identity]:
    """The oldest first."""
    return sorted(customer.identities.all(), key=lambda identity: identity.pk)


class ConversationPage(Page[ConversationShown]):
    pass


class MessagePage(Page[MessageShown]):
    pass


class CustomerPage(Page[CustomerShown]):
    pass


class InboxPage(Page[InboxShown]):
    pass


class TagPage(Page[TagShown]):
    pass
