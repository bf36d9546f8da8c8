"""What was said: read page by page in the order of the numbers, and said."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.responses import Status as Answer
from pydantic import AwareDatetime, Field, model_validator

from kefu.conversations import bubbles, channels, posting
from kefu.conversations.api.shapes import KindName, MessagePage, MessageShown
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import AuthorKind, Conversation
from kefu.conversations.reach import are_sendable
from kefu.lib.ids import uuid7
from kefu.people.api import StaffCall, needs
from kefu.people.models import Staff
from kefu.people.roles import Can
from kefu.web.paging import PageAsked, opened, sealed
from kefu.web.rest import Count, Given, Prose, Refusal

router = Router(tags=["Messages"])

FileIds = Annotated[
    list[UUID], Field(max_length=posting.MOST_FILES, description="Of files uploaded before, each used once.")
]


class MessageSort(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"


class MessagesAsked(PageAsked):
    sort: MessageSort = Field(MessageSort.OLDEST, description="By number.")
    after: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="Only those after this number, the oldest first whatever `sort` says.",
    )

    @model_validator(mode="after")
    def _onwards(self) -> MessagesAsked:
        if self.after is not None:
            self.sort = MessageSort.OLDEST
        return self


class Words(Given):
    """Text or files, or both."""

    text: Prose = Field("", examples=["It left on Monday."])
    files: FileIds = []
    client_id: UUID | None = Field(
        None, description="Made by the sender. Sent again, it stores nothing a second time."
    )


Addresses = Annotated[list[Prose], Field(max_length=20, examples=[["Lin <lin@example.com>"]])]


class MailGiven(Given):
    """What is left out is as usual: to the customer, under the subject of their last mail."""

    to: Addresses | None = None
    cc: Addresses = []
    bcc: Addresses = []
    subject: Prose | None = None
    html: Prose = Field("", description="Cleaned before it leaves; the text stands beside it.")
    signature: bool = Field(
        True, description="Whether the author's, team's or mailbox's signature stands below."
    )
    later: AwareDatetime | None = Field(None, description="Not before this moment.")
    anyway: bool = Field(
        False, description="Also to addresses that mail came back from several times lately."
    )


class MessageGiven(Words):
    kind: KindName = KindName.REPLY
    mail: MailGiven | None = Field(
        None, description="For a reply in a conversation whose replies leave by mail."
    )
    seen_reply_seq: Count | None = Field(
        None,
        description="The last reply that the author has read. If others replied since: 409.",
    )


@router.get(
    "/conversations/{uuid:conversation_id}/messages",
    response=MessagePage,
    summary="What was said in a conversation",
    **needs(Can.READ_CONVERSATIONS),
)
def list_messages(request: StaffCall, conversation_id: UUID, asked: Query[MessagesAsked]) -> MessagePage:
    """Replies and notes. ``sort=newest`` begins at the end."""
    get_object_or_404(Conversation.objects.visible_to(request.auth.staff), pk=conversation_id)
    found, further = page_of(asked, f"messages of {conversation_id}", _read(conversation_id, asked.sort))
    return MessagePage(items=[MessageShown.of(bubble) for bubble in found], next=further)


Reading = Callable[[int | None, int], list[Bubble]]


def _read(conversation_id: UUID, sort: MessageSort) -> Reading:
    if sort == MessageSort.NEWEST:
        return lambda seq, limit: bubbles.before(conversation_id, seq, limit)[::-1]
    return lambda seq, limit: bubbles.after(conversation_id, seq or 0, limit)


def page_of(
    asked: MessagesAsked,
    name: str,
    read: Reading,
    number: Callable[[Bubble], int | None] = lambda bubble: bubble.seq,
) -> tuple[list[Bubble], str | None]:
    """One page and the cursor of the next, by whichever ``number`` the reader knows."""
    name = f"{name} {asked.sort}"
    place = int(opened(name, asked.cursor)[0]) if asked.cursor is not None else asked.after
    found = read(place, asked.limit + 1)
    more = len(found) > asked.limit
    return found[: asked.limit], sealed(name, [number(found[asked.limit - 1])]) if more else None


@router.post(
    "/conversations/{uuid:conversation_id}/messages",
    response={201: MessageShown, 200: MessageShown},
    summary="Reply, or leave a note",
    **needs(Can.ANSWER),
)
def say(request: StaffCall, conversation_id: UUID, given: MessageGiven) -> Answer[MessageShown]:
    """A reply goes to the customer, a note stays among colleagues. 200 if this `client_id` is known."""
    staff, client_id = request.auth.staff, given.client_id or uuid7()
    seen = Conversation.objects.visible_to(staff).select_related("customer", "inbox", "brand", "team")
    conversation = get_object_or_404(seen, pk=conversation_id)
    if given.mail is not None:
        return _shown(_say_by_mail(conversation, given, given.mail, by=staff, client_id=client_id))
    draft = posting.Draft(
        conversation_id=conversation_id,
        client_id=client_id,
        author_kind=AuthorKind.STAFF,
        author_id=staff.pk,
        text=given.text,
        may=may_write(staff),
        kind=given.kind,
        file_ids=sendable(given.files, by=staff.pk, client_id=client_id),
        seen=given.seen_reply_seq,
    )
    return _shown(posting.post_one(draft))


def _say_by_mail(
    conversation: Conversation, given: MessageGiven, mail: MailGiven, *, by: Staff, client_id: UUID
) -> posting.Posted:
    leaves_by = channels.composer_of(conversation, by) if given.kind == KindName.REPLY else None
    if leaves_by is None:
        raise Refusal(409, _("This does not leave by mail. Nothing was sent."))
    return leaves_by[0].reply(
        conversation,
        given.text,
        by=by,
        client_id=client_id,
        wanted=mail.model_dump(),
        file_ids=sendable(given.files, by=by.pk, client_id=client_id),
        seen=given.seen_reply_seq,
    )


def _shown(posted: posting.Posted) -> Answer[MessageShown]:
    return Answer(200 if posted.repeat else 201, MessageShown.of(bubbles.by_ids([posted.message_id])[0]))


def may_write(staff: Staff) -> Callable[[posting.Locked], bool]:
    return lambda locked: Conversation.objects.visible_to(staff).filter(pk=locked.id).exists()


def sendable(file_ids: list[UUID], *, by: UUID, client_id: UUID) -> tuple[UUID, ...]:
    if not are_sendable(file_ids, by=by, client_id=client_id):
        raise Refusal(404, _("A file of this message is missing or was already sent."))
    return tuple(dict.fromkeys(file_ids))
