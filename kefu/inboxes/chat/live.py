"""The visitors' live door: sending, the stream, typing and read marks. A token in a header lets in; no cookie ever."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone

from kefu.conversations import doors
from kefu.conversations.doors import in_thread, number_of, passing_text_of, text_of, uuid_of, uuids_of
from kefu.conversations.models import AuthorKind, Conversation
from kefu.conversations.posting import Draft, Posted
from kefu.events import nudges, stream
from kefu.events.log import Entry
from kefu.inboxes.chat.models import Visitor
from kefu.lib.ids import token_hash
from kefu.web.plain import Problem, Receive, Request, Send, answer

T = TypeVar("T")
SHOWN_KINDS = frozenset(
    {
        "message.posted",
        "conversation.started",
        "conversation.reopened",
        "conversation.solved",
        "conversation.closed",
        "conversation.pending",
        "conversation.held",
        "conversation.assigned",
        "conversation.handed_over",
    }
)


@dataclass(frozen=True, slots=True)
class VisitorViewer:
    """One browser: sees what its own customer and the desk said to each other at this brand, and nothing else."""

    ticket: str  # hash of its token, in hexadecimal
    visitor: UUID
    person: UUID
    name: str
    inbox: UUID
    inbox_key: str
    brand: UUID
    language: str
    kind: str = "visitor"

    def topics(self) -> list[str]:
        return [f"customer:{self.person}"]

    def may_see(self, entry: Entry) -> bool:
        return (
            entry.kind in SHOWN_KINDS
            and entry.data.get("kind") != "note"
            and entry.data.get("customer") == str(self.person)
            and entry.data.get("brand") == str(self.brand)
        )

    def may_hear(self, kind: str, data: dict[str, Any]) -> bool:
        if data.get("customer") != str(self.person) or data.get("brand") != str(self.brand):
            return False
        return kind == "read" or (kind == "typing" and data.get("side") == "staff" and not data.get("draft"))


def viewer_of_token(token_hex: str) -> VisitorViewer | None:
    return viewers_of([token_hex]).get(token_hex)


def viewers_of(tickets: Iterable[str]) -> dict[str, VisitorViewer]:
    """Those whose tokens are still good, by ticket; one query for all of them."""
    hashes = [bytes.fromhex(ticket) for ticket in tickets]
    rows = (
        Visitor.objects.filter(
            token_hash__in=hashes,
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
            inbox__is_active=True,
        )
        .select_related("inbox", "customer")
        .defer("inbox__secrets")
    )
    return {viewer.ticket: viewer for viewer in map(_viewer, rows)}


def _viewer(visitor: Visitor) -> VisitorViewer:
    return VisitorViewer(
        ticket=bytes(visitor.token_hash).hex(),
        visitor=visitor.pk,
        person=visitor.customer_id,
        name=visitor.customer.name,
        inbox=_the_same(visitor.inbox_id),
        inbox_key=_the_same(visitor.inbox.key),
        brand=_the_same(visitor.inbox.brand_id),
        language=_the_same(visitor.language or visitor.inbox.language),
    )


@lru_cache(maxsize=1000)
def _the_same(value: T) -> T:
    """Thousands of viewers share one inbox, so they share one object that names it."""
    return value


tickets = doors.Tickets(viewers_of)


async def handle(request: Request, receive: Receive, send: Send) -> None:
    """``/live/w/<key>/…``"""
    key, _, action = request.path.removeprefix("/live/w/").partition("/")
    door = DOORS.get((request.method, action))
    if door is None:
        raise Problem(404 if action not in {name for _method, name in DOORS} else 405)
    request.check_origin()
    viewer: VisitorViewer | None = None
    if request.bearer:
        viewer = await tickets.viewer(token_hash(request.bearer).hex())
    if viewer is None or viewer.inbox_key != key:
        raise Problem(401)
    await door(request, receive, send, viewer)


async def post_message(request: Request, receive: Receive, send: Send, viewer: VisitorViewer) -> None:
    given = await request.json(receive)
    doors.slow_down(viewer.ticket)
    draft = Draft(
        conversation_id=uuid_of(given.get("conversation")),
        client_id=uuid_of(given.get("client_id")),
        author_kind=AuthorKind.CUSTOMER,
        author_id=viewer.person,
        text=text_of(given.get("text", "")),
        may=lambda locked: locked.customer_id == viewer.person and locked.brand_id == viewer.brand,
        inbox_id=viewer.inbox,
        file_ids=uuids_of(given.get("files")),
    )
    await doors.post(draft, send, viewer.language, _acknowledged)


def _acknowledged(posted: Posted) -> dict[str, Any]:
    return {
        "conversation": posted.conversation_id,
        "seq": posted.reply_seq,
        "at": posted.at.isoformat(),
        "text": posted.text,
        "masked": posted.masked,
    }


async def show_events(request: Request, receive: Receive, send: Send, viewer: VisitorViewer) -> None:
    topics = dict.fromkeys(viewer.topics(), f"customer/{viewer.language}")
    await stream.show(request, receive, send, viewer, topics)


async def type_(request: Request, receive: Receive, send: Send, viewer: VisitorViewer) -> None:
    given = await request.json(receive)
    doors.slow_down(f"typing {viewer.ticket}")
    conversation = await in_thread(_own, viewer, uuid_of(given.get("conversation")))
    nudges.whisper(
        "typing",
        [f"conversation:{conversation.pk}"],
        conversation=conversation.pk,
        side="customer",
        person=viewer.person,
        name=viewer.name,
        preview=passing_text_of(given.get("text", ""))[:200],
        **conversation.scope(),
    )
    await answer(send, 204)


async def read(request: Request, receive: Receive, send: Send, viewer: VisitorViewer) -> None:
    given = await request.json(receive)
    marks = number_of(given.get("seq", 0)), number_of(given.get("delivered", 0))
    await in_thread(_mark_read, viewer, uuid_of(given.get("conversation")), *marks)
    await answer(send, 204)


def _own(viewer: VisitorViewer, conversation_id: UUID) -> Conversation:
    own = Conversation.objects.filter(customer=viewer.person, brand=viewer.brand, pk=conversation_id).first()
    if own is None:
        raise Problem(404)
    return own


def _mark_read(viewer: VisitorViewer, conversation_id: UUID, seq: int, delivered: int) -> None:
    _own(viewer, conversation_id).read_by_customer(read=seq, delivered=delivered)


DOORS = {
    ("POST", "messages"): post_message,
    ("GET", "events"): show_events,
    ("POST", "typing"): type_,
    ("POST", "read"): read,
}
