"""The visitors' part of the API, for apps that show the chat in their own way: one's own, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import File as Upload
from ninja import Query, Router, UploadedFile
from ninja.responses import Status as Answer
from ninja.security import HttpBearer
from pydantic import BaseModel, Field, StringConstraints

from kefu.conversations import bubbles, files, posting
from kefu.conversations.api.files import kept
from kefu.conversations.api.messages import MessagesAsked, MessageSort, Words, page_of, sendable
from kefu.conversations.api.shapes import AuthorName, FileShown
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import AuthorKind, Conversation, File, Status
from kefu.inboxes.chat import enquiries, standing, visitors
from kefu.inboxes.chat.live import viewer_of_token
from kefu.inboxes.chat.models import Visitor
from kefu.lib.ids import token_hash, uuid7
from kefu.people.api import UploadPace, within_pace, wrong_token
from kefu.web.paging import Order, Page, PageAsked, cut
from kefu.web.rest import NO_NUL, Count, Given

LATEST = Order("visitor.conversations", ("-last_message_at", "-id"))


# -- who is calling


@dataclass(frozen=True, slots=True)
class VisitorCaller:
    visitor: Visitor

    @property
    def pk(self) -> UUID:
        return self.visitor.pk


class VisitorCall(HttpRequest):
    auth: VisitorCaller


class VisitorBearer(HttpBearer):
    openapi_description = "The token that one browser or app was given when its chat began."

    def authenticate(self, request: HttpRequest, token: str) -> VisitorCaller:
        known = viewer_of_token(token_hash(token).hex())
        visitor = visitors.known_by(token, at=known.inbox_key) if known else None
        if visitor is None:
            raise wrong_token(request)
        within_pace(f"visitor {visitor.pk}")
        visitors.renew(visitor, language=visitor.language)
        return VisitorCaller(visitor)


router = Router(tags=["Visitors"], auth=VisitorBearer())


# -- what is shown: allowed field by field, never a note, never a colleague's own name


class VisitorShown(BaseModel):
    id: UUID
    name: str
    verified: bool = Field(description="Whether they have proved who they are, and so see their history.")
    inbox: UUID


class OwnConversationShown(BaseModel):
    id: UUID
    number: str = Field(examples=["K-10482"])
    status: Status
    subject: str
    created_at: datetime
    last_message_at: datetime
    last_seq: int
    read_seq: int = Field(description="How far the customer has read.")
    staff_read_seq: int

    @classmethod
    def of(cls, conversation: Conversation) -> OwnConversationShown:
        return cls(
            id=conversation.pk,
            number=conversation.public_number,
            status=Status(conversation.status),
            subject=conversation.subject,
            created_at=conversation.created_at,
            last_message_at=conversation.last_message_at,
            last_seq=conversation.last_reply_seq,
            read_seq=conversation.customer_read_seq,
            staff_read_seq=conversation.staff_read_seq,
        )


class PublicAuthor(BaseModel):
    kind: AuthorName
    name: str
    initials: str


class OwnMessageShown(BaseModel):
    conversation: UUID
    seq: int = Field(description="Numbers the replies of both sides without a gap.")
    client_id: UUID
    author: PublicAuthor
    text: str
    masked: list[str]
    files: list[FileShown]
    at: datetime

    @classmethod
    def of(cls, bubble: Bubble) -> OwnMessageShown:
        return cls.model_validate(bubble.for_customer())


class OwnConversationPage(Page[OwnConversationShown]):
    pass


class OwnMessagePage(Page[OwnMessageShown]):
    pass


class EnquiryGiven(Words):
    topic: Annotated[str, StringConstraints(max_length=40, pattern=NO_NUL)] = ""
    answers: dict[
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, StringConstraints(max_length=4000, pattern=NO_NUL)],
    ] = Field(
        {},
        description="To the questions that the inbox asks for this topic.",
        max_length=20,
        json_schema_extra={"additionalProperties": False},
    )


class ReadGiven(Given):
    seq: Count = Field(description="The last reply that the customer has read.")


# -- operations


@router.get("/visitor", response=VisitorShown, summary="Who the visitor is")
def get_visitor(request: VisitorCall) -> VisitorShown:
    visitor = request.auth.visitor
    return VisitorShown(
        id=visitor.pk,
        name=visitor.customer.name,
        verified=visitor.verified_at is not None,
        inbox=visitor.inbox_id,
    )


@router.get("/visitor/conversations", response=OwnConversationPage, summary="One's own conversations")
def list_own_conversations(request: VisitorCall, asked: Query[PageAsked]) -> OwnConversationPage:
    found: Any = cut(standing.of_visitor(request.auth.visitor), LATEST, asked)
    return OwnConversationPage(items=[OwnConversationShown.of(row) for row in found.rows], next=found.next)


@router.post("/visitor/conversations", response={201: OwnConversationShown}, summary="Begin a conversation")
def begin_own_conversation(request: VisitorCall, given: EnquiryGiven) -> Answer[OwnConversationShown]:
    visitor, client_id = request.auth.visitor, given.client_id or uuid7()
    conversation = enquiries.open_conversation(
        visitor,
        start_id=client_id,
        topic_key=given.topic,
        answers=given.answers,
        text=given.text,
        file_ids=sendable(given.files, by=visitor.customer_id, client_id=client_id),
    )
    return Answer(201, _shown(conversation))


@router.get(
    "/visitor/conversations/{uuid:conversation_id}", response=OwnConversationShown, summary="One of one's own"
)
def get_own_conversation(request: VisitorCall, conversation_id: UUID) -> OwnConversationShown:
    return OwnConversationShown.of(_own(request, conversation_id))


@router.put(
    "/visitor/conversations/{uuid:conversation_id}/solution",
    response=OwnConversationShown,
    summary="Say that it is done",
)
def end_own_conversation(request: VisitorCall, conversation_id: UUID) -> OwnConversationShown:
    """Writing again reopens it."""
    conversation = _own(request, conversation_id)
    conversation.solve(by=request.auth.visitor.customer)
    return _shown(conversation)


@router.put(
    "/visitor/conversations/{uuid:conversation_id}/reading",
    response={204: None},
    summary="Say how far the customer has read",
)
def read_own_conversation(request: VisitorCall, conversation_id: UUID, given: ReadGiven) -> None:
    _own(request, conversation_id).read_by_customer(read=given.seq, delivered=given.seq)


@router.get(
    "/visitor/conversations/{uuid:conversation_id}/messages",
    response=OwnMessagePage,
    summary="What both sides said",
)
def list_own_messages(
    request: VisitorCall, conversation_id: UUID, asked: Query[MessagesAsked]
) -> OwnMessagePage:
    _own(request, conversation_id)
    found, further = page_of(
        asked,
        f"replies of {conversation_id}",
        _reading(conversation_id, asked.sort),
        lambda bubble: bubble.reply_seq,
    )
    return OwnMessagePage(items=[OwnMessageShown.of(bubble) for bubble in found], next=further)


@router.post(
    "/visitor/conversations/{uuid:conversation_id}/messages",
    response={201: OwnMessageShown, 200: OwnMessageShown},
    summary="Write",
)
def write_own_message(request: VisitorCall, conversation_id: UUID, given: Words) -> Answer[OwnMessageShown]:
    """In a closed conversation this begins its follow-up; the answer says where the message went."""
    own, visitor = _own(request, conversation_id), request.auth.visitor
    client_id = given.client_id or uuid7()
    draft = posting.Draft(
        conversation_id=own.pk,
        client_id=client_id,
        author_kind=AuthorKind.CUSTOMER,
        author_id=visitor.customer_id,
        text=given.text,
        may=lambda locked: (
            locked.customer_id == visitor.customer_id and locked.brand_id == visitor.inbox.brand_id
        ),
        inbox_id=visitor.inbox_id,
        file_ids=sendable(given.files, by=visitor.customer_id, client_id=client_id),
    )
    posted = posting.post_one(draft)
    return Answer(200 if posted.repeat else 201, OwnMessageShown.of(bubbles.by_ids([posted.message_id])[0]))


@router.post(
    "/visitor/files",
    response={201: FileShown},
    summary="Upload a file as the customer",
    throttle=UploadPace(),
)
def upload_own_file(request: VisitorCall, file: Annotated[UploadedFile, Upload()]) -> Answer[FileShown]:
    """Up to 25 MB, as for colleagues."""
    return Answer(201, FileShown.of(kept(file, by=request.auth.visitor.customer)))


@router.get("/visitor/files/{uuid:file_id}/content", summary="A file of one's own conversations")
def get_own_file_content(request: VisitorCall, file_id: UUID) -> HttpResponseBase:
    return files.answer(get_object_or_404(_own_files(request.auth.visitor), pk=file_id))


def _own(request: VisitorCall, conversation_id: UUID) -> Conversation:
    own: Conversation = get_object_or_404(standing.of_visitor(request.auth.visitor), pk=conversation_id)
    return own


def _shown(conversation: Conversation) -> OwnConversationShown:
    conversation.refresh_from_db()
    return OwnConversationShown.of(conversation)


def _reading(conversation_id: UUID, sort: MessageSort) -> Any:
    if sort == MessageSort.NEWEST:
        return lambda seq, limit: bubbles.replies_before(conversation_id, seq, limit)[::-1]
    return lambda seq, limit: bubbles.replies_after(conversation_id, seq or 0, limit)


def _own_files(visitor: Visitor) -> Any:
    """Sent in replies of theirs, or their own that wait to be sent; what hangs on a note is not there."""
    sent = files.for_customers() & Q(conversation__in=standing.of_visitor(visitor))
    return File.objects.filter(
        sent | Q(message=None, uploader_kind="customer", uploader_id=visitor.customer_id)
    )
