"""The agents' live door: sending, the stream, typing and read marks, outside Django's request cycle.

What middleware checks elsewhere is checked here: host, origin, body size, session, capability, pace.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from kefu.conversations import doors
from kefu.conversations.doors import in_thread, number_of, text_of, uuid_of, uuids_of
from kefu.conversations.models import AuthorKind, Conversation, MessageKind
from kefu.conversations.posting import Draft, Locked, Posted
from kefu.events import nudges, stream
from kefu.events.screens import Screen
from kefu.people.models import Staff
from kefu.people.roles import Can
from kefu.people.viewers import StaffViewer, viewers_of_sessions
from kefu.web.plain import Problem, Receive, Request, Send, answer

MOST_WATCHED = 12
LANGUAGES = {code for code, _name in settings.LANGUAGES}

tickets = doors.Tickets(viewers_of_sessions)


async def handle(request: Request, receive: Receive, send: Send) -> None:
    """``/live/console/…``"""
    action = request.path.removeprefix("/live/console/")
    door = DOORS.get((request.method, action))
    if door is None:
        raise Problem(404 if action not in {name for _method, name in DOORS} else 405)
    if request.method == "POST":
        request.require_origin()
    viewer: StaffViewer | None = await tickets.viewer(request.cookies.get(settings.SESSION_COOKIE_NAME, ""))
    if viewer is None:
        raise Problem(401)
    await door(request, receive, send, viewer)


async def post_message(request: Request, receive: Receive, send: Send, viewer: StaffViewer) -> None:
    given = await request.json(receive)
    if not viewer.can(Can.ANSWER):
        raise Problem(403)
    doors.slow_down(viewer.ticket)
    draft = Draft(
        conversation_id=uuid_of(given.get("conversation")),
        client_id=uuid_of(given.get("client_id")),
        author_kind=AuthorKind.STAFF,
        author_id=viewer.person,
        text=text_of(given.get("text", "")),
        may=lambda locked: may_write(viewer, locked),
        kind=MessageKind.NOTE if given.get("kind") == "note" else MessageKind.REPLY,
        file_ids=uuids_of(given.get("files")),
        seen=None if given.get("seen_reply_seq") is None else number_of(given["seen_reply_seq"]),
    )
    await doors.post(draft, send, viewer.language, _acknowledged)


def may_write(viewer: StaffViewer, locked: Locked) -> bool:
    return viewer.sees(brand=locked.brand_id, team=locked.team_id, assignee=locked.assignee_id)


def _acknowledged(posted: Posted) -> dict[str, Any]:
    return {
        "conversation": posted.conversation_id,
        "seq": posted.seq,
        "reply_seq": posted.reply_seq,
        "at": posted.at.isoformat(),
        "text": posted.text,
        "masked": posted.masked,
    }


async def show_events(request: Request, receive: Receive, send: Send, viewer: StaffViewer) -> None:
    watched = [uuid_of(value) for name, value in request.query_list if name == "watch"][:MOST_WATCHED]
    if watched:
        watched = await in_thread(_watchable, viewer.person, watched)
    topics = dict.fromkeys(viewer.topics(), "desk")
    language = request.query.get("language", viewer.language)
    if language not in LANGUAGES:
        raise Problem(422)
    topics |= {f"conversation:{conversation}": f"console/{language}" for conversation in watched}
    await stream.show(request, receive, send, viewer, topics)


def _watchable(staff_id: UUID, conversations: list[UUID]) -> list[UUID]:
    staff = Staff.objects.get(pk=staff_id)
    visible = Conversation.objects.visible_to(staff).filter(pk__in=conversations)
    return [conversation.pk for conversation in _noted(visible)]


async def type_(request: Request, receive: Receive, send: Send, viewer: StaffViewer) -> None:
    given = await request.json(receive)
    doors.slow_down(f"typing {viewer.ticket}")
    conversation = await in_thread(_get_visible, viewer.person, uuid_of(given.get("conversation")))
    if not viewer.can(Can.ANSWER):
        raise Problem(403)
    nudges.whisper(
        "typing",
        [f"conversation:{conversation.pk}", f"customer:{conversation.customer_id}"],
        conversation=conversation.pk,
        side="staff",
        person=viewer.person,
        name=viewer.alias,
        draft=bool(given.get("note")),
        **conversation.scope(),
    )
    await answer(send, 204)


async def read(request: Request, receive: Receive, send: Send, viewer: StaffViewer) -> None:
    given = await request.json(receive)
    await in_thread(
        _mark_read, viewer.person, uuid_of(given.get("conversation")), number_of(given.get("seq"))
    )
    await answer(send, 204)


def _get_visible(staff_id: UUID, conversation_id: UUID) -> Conversation:
    staff = Staff.objects.get(pk=staff_id)
    conversation = Conversation.objects.visible_to(staff).filter(pk=conversation_id).first()
    if conversation is None:
        raise Problem(404)
    return conversation


def _mark_read(staff_id: UUID, conversation_id: UUID, seq: int) -> None:
    conversation = _get_visible(staff_id, conversation_id)
    conversation.read_by_staff(Staff.objects.get(pk=staff_id), seq)


DOORS = {
    ("POST", "messages"): post_message,
    ("GET", "events"): show_events,
    ("POST", "typing"): type_,
    ("POST", "read"): read,
}


# -- who else is here: never stored, told by whisper when a screen comes or goes and again every few seconds

# Where the watched conversations stand, no older than the last tick: who may hear of them is decided by it.
_places: dict[str, dict[str, Any]] = {}


def tell_viewing(screen: Screen, on: bool) -> None:
    viewer = screen.viewer
    if isinstance(viewer, StaffViewer):
        for conversation in _watched_by(screen):
            place = _places.get(conversation)
            if place is not None and viewer.sees(**_who_may(place)):
                _whisper_viewing(conversation, place, viewer, on=on)


def tell_again(screens: list[Screen]) -> None:
    """In a thread, with one query for all that is watched."""
    watched = {conversation for screen in screens for conversation in _watched_by(screen)}
    _noted(Conversation.objects.filter(pk__in=watched))
    for conversation in _places.keys() - watched:
        _places.pop(conversation, None)
    for screen in screens:
        tell_viewing(screen, True)


def _watched_by(screen: Screen) -> list[str]:
    return [
        topic.removeprefix("conversation:") for topic in screen.topics if topic.startswith("conversation:")
    ]


def _noted(conversations: QuerySet[Conversation]) -> list[Conversation]:
    found = list(conversations.only("brand", "inbox", "team", "assignee", "customer"))
    _places.update({str(conversation.pk): conversation.scope() for conversation in found})
    return found


def _who_may(place: dict[str, Any]) -> dict[str, Any]:
    return {name: place[name] for name in ("brand", "team", "assignee")}


def _whisper_viewing(conversation: str, place: dict[str, Any], viewer: StaffViewer, *, on: bool) -> None:
    nudges.whisper(
        "viewing",
        [f"conversation:{conversation}"],
        conversation=conversation,
        staff=viewer.person,
        name=viewer.alias,
        on=on,
        **_who_may(place),
    )


def staff_among(screens: list[Screen]) -> set[UUID]:
    return {screen.viewer.person for screen in screens if isinstance(screen.viewer, StaffViewer)}
