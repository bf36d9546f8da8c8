"""C3 C5 C8 F12 I7: what each open stream gets is exactly what the policy says, and nobody else gets one."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

from conftest import begin, draft, make_staff
from kefu.conversations import posting
from kefu.conversations.models import Conversation, Inbox, Message, MessageKind
from kefu.events.models import Event
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Staff, Team
from kefu.people.roles import Role
from kefu.people.testing import begin_session
from tests.house import Browser, House, house, visitor

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("committed")]

MESSAGES = 1000
CANARY = "canary-of-a-note"


@pytest.fixture(scope="module")
def desk() -> Iterator[House]:
    with house() as desk:
        yield desk


@dataclass
class Stream:
    """One open screen, and the messages that it is shown, as (conversation, number)."""

    url: str
    headers: dict[str, str]
    policy: set[tuple[str, int]]
    watched: set[str] | None = None
    got: set[tuple[str, int]] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    raw: list[str] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", self.url, headers=self.headers) as answer:
            assert answer.status_code == 200
            event = ""
            async for line in answer.aiter_lines():
                self.raw.append(line)
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    self._take(event, json.loads(line[6:]))

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "ready":
            self.ready.set()
        elif event == "message":
            self.got.add((data["conversation"], data["seq"]))
        elif event == "changed":
            self.changes.add(data["conversation"])


@pytest.fixture
def people(support: Team, returns: Team, foreign_team: Team) -> list[Staff]:
    """Two brands, three teams, every role, ten of each."""
    teams = [support, returns, foreign_team]
    return [make_staff(f"{role}{number}", role, teams[number % 3]) for role in Role for number in range(6)]


@pytest.fixture
def conversations(inbox: Inbox, other_inbox: Inbox, returns: Team, people: list[Staff]) -> list[Conversation]:
    """Twenty, at both inboxes, some handed over, some assigned."""
    begun = [
        begin(Customer.objects.create(name=f"Customer {number}"), (inbox, other_inbox)[number % 2])
        for number in range(20)
    ]
    Conversation.objects.filter(pk__in=[one.pk for one in begun[4:8:2]]).update(team=returns)
    Conversation.objects.filter(pk=begun[8].pk).update(assignee=people[1])
    return begun


def test_fifty_streams_of_all_roles_get_exactly_what_the_policy_says(
    desk: House, people: list[Staff], conversations: list[Conversation], inbox: Inbox, other_inbox: Inbox
) -> None:
    visitors = [
        _visitor_of(conversation, inbox if conversation.inbox_id == inbox.pk else other_inbox)
        for conversation in conversations
    ]
    before = set(Message.objects.values_list("pk", flat=True))
    sent = asyncio.run(_listen_while(desk, people, conversations, visitors, before))
    assert len(sent) >= 50
    for stream in sent:
        assert stream.got == stream.policy
        if stream.watched is not None:
            assert stream.changes == stream.watched
        else:
            assert CANARY not in "".join(stream.raw)


def _visitor_of(conversation: Conversation, inbox: Inbox) -> Browser:
    browser = visitor(inbox)
    Conversation.objects.filter(pk=conversation.pk).update(customer=browser.customer)
    return browser


async def _listen_while(
    desk: House,
    people: list[Staff],
    conversations: list[Conversation],
    visitors: list[Browser],
    before: set[int],
) -> list[Stream]:
    from asgiref.sync import sync_to_async

    streams = await sync_to_async(_streams)(desk, people, conversations, visitors)
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=100)) as client:
        readers = [asyncio.create_task(stream.read(client)) for stream in streams]
        await asyncio.wait_for(asyncio.gather(*(stream.ready.wait() for stream in streams)), 30)
        await sync_to_async(_say_much)(conversations)
        await sync_to_async(_fill_in_the_policy)(streams, people, conversations, before)
        for _ in range(200):
            if all(stream.got >= stream.policy for stream in streams):
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)  # and nothing beyond it
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return streams


def _streams(
    desk: House, people: list[Staff], conversations: list[Conversation], visitors: list[Browser]
) -> list[Stream]:
    """Each colleague asks for the first twelve conversations, whether or not they are theirs to see."""
    watch = "&".join(f"watch={one.pk}" for one in conversations[:12])
    streams = [
        Stream(
            f"{desk.base}/live/console/events?{watch}",
            {"Cookie": f"kefu={begin_session(staff)}"},
            policy=set(),
            watched=set(),
        )
        for staff in people
    ]
    return streams + [
        Stream(f"{desk.base}/live/w/{one.key}/events", one.headers, policy=set()) for one in visitors
    ]


def _say_much(conversations: list[Conversation]) -> None:
    random.seed(42)
    fresh = list(
        Conversation.objects.filter(pk__in=[one.pk for one in conversations]).select_related("customer")
    )
    mei = Staff.objects.filter(role=Role.ADMIN).first()
    assert mei is not None
    drafts = []
    for number in range(MESSAGES):
        conversation = random.choice(fresh)
        if number % 5 == 0:
            drafts.append(draft(conversation, mei, CANARY, kind=MessageKind.NOTE))
        else:
            drafts.append(draft(conversation, (mei, conversation.customer)[number % 2], f"line {number}"))
    for place in range(0, MESSAGES, 50):
        outcomes = posting.post(drafts[place : place + 50])
        assert all(isinstance(outcome, posting.Posted) for outcome in outcomes)


def _fill_in_the_policy(
    streams: list[Stream], people: list[Staff], conversations: list[Conversation], before: set[int]
) -> None:
    """From the same question in SQL that the pages ask, not from what the streams ask in memory."""
    said = Message.objects.exclude(pk__in=before).filter(conversation__in=[one.pk for one in conversations])
    watched = [one.pk for one in conversations[:12]]
    for staff, stream in zip(people, streams, strict=False):
        seen = Conversation.objects.visible_to(staff)
        own = said.filter(conversation__in=seen)
        stream.policy = _pairs(own.filter(conversation__in=watched).values_list("conversation_id", "seq"))
        stream.watched = {str(one) for one in own.values_list("conversation_id", flat=True).distinct()}
    for conversation, stream in zip(conversations, streams[len(people) :], strict=True):
        replies = said.filter(conversation=conversation.pk, kind=MessageKind.REPLY)
        stream.policy = _pairs(replies.values_list("conversation_id", "reply_seq"))


def _pairs(rows: Any) -> set[tuple[str, int]]:
    return {(str(conversation), seq) for conversation, seq in rows}


def test_a_right_that_ends_while_a_stream_is_open_ends_what_it_gets(
    desk: House, mei: Staff, support: Team, inbox: Inbox, lin: Customer, admin: Staff
) -> None:
    """C3, C5: decided at every send, not when the stream was opened."""
    conversation = begin(lin, inbox)
    stream = Stream(
        f"{desk.base}/live/console/events?watch={conversation.pk}",
        {"Cookie": f"kefu={begin_session(mei)}"},
        policy=set(),
    )

    async def story() -> None:
        from asgiref.sync import sync_to_async

        async with httpx.AsyncClient(timeout=30) as client:
            reader = asyncio.create_task(stream.read(client))
            await asyncio.wait_for(stream.ready.wait(), 10)
            await sync_to_async(posting.post)([draft(conversation, lin, "hers to see")])
            for _ in range(100):
                if stream.got:
                    break
                await asyncio.sleep(0.05)
            await sync_to_async(mei.leave)(support, by=admin)
            await asyncio.sleep(5)
            await sync_to_async(posting.post)([draft(conversation, lin, "no longer hers")])
            await asyncio.sleep(1)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    asyncio.run(story())
    assert "hers to see" in "".join(stream.raw)
    assert "no longer hers" not in "".join(stream.raw)


def test_the_live_doors_let_in_only_those_who_come_from_our_own_pages(
    desk: House, mei: Staff, inbox: Inbox, other_inbox: Inbox, lin: Customer
) -> None:
    """F12, C1, C2, C4: cookie with a foreign origin, token at another inbox, token in the address, foreign ids."""
    conversation, theirs = begin(lin, inbox), begin(Customer.objects.create(), other_inbox)
    cookie = {"Cookie": f"kefu={begin_session(mei)}"}
    guest, stranger = visitor(inbox), visitor(other_inbox)
    console, chat = f"{desk.base}/live/console", f"{desk.base}/live/w/{inbox.key}"

    def said(conversation_id: UUID) -> dict[str, str]:
        return {"conversation": str(conversation_id), "client_id": str(uuid7()), "text": "x"}

    def status(method: str, url: str, headers: dict[str, str], body: Any = None) -> int:
        return httpx.request(method, url, headers=headers, json=body, timeout=10).status_code

    ours = {"Origin": desk.base}
    assert status("POST", f"{console}/messages", cookie | ours, said(conversation.pk)) == 201
    for foreign in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        ours | {"Sec-Fetch-Site": "cross-site"},
    ):
        assert status("POST", f"{console}/messages", cookie | foreign, said(conversation.pk)) == 403
    for path in ("messages", "typing", "read"):
        body = said(theirs.pk) | {"seq": 1}
        assert status("POST", f"{console}/{path}", cookie | ours, body) == 404
        assert status("POST", f"{chat}/{path}", guest.headers, body) == 404
        assert (
            status("POST", f"{chat}/{path}", guest.headers, body | {"conversation": str(conversation.pk)})
            == 404
        )
        assert status("POST", f"{chat}/{path}", stranger.headers, body) == 401
        assert status("POST", f"{chat}/{path}", {}, body) == 401
        assert (
            status("POST", f"{chat}/{path}", guest.headers | {"Origin": "https://evil.example"}, body) == 403
        )
    for method, url in (("GET", f"{chat}/events?token={guest.token}"), ("GET", f"{console}/events")):
        assert status(method, url, {}) == 401
    assert status("GET", f"{console}/nothing", cookie) == 404
    assert status("GET", f"{console}/messages", cookie) == 405
    assert status("GET", f"{desk.base}/live/console/events", cookie | {"Host": "evil.example"}) == 400
    assert Event.objects.filter(kind="message.posted", subject_id=theirs.pk).count() == 1


def test_half_a_character_that_somebody_types_reaches_no_screen(desk: House, inbox: Inbox) -> None:
    """C5: what is typed goes on unstored; what cannot be written out would break the line to every screen."""
    guest = visitor(inbox)
    conversation = begin(guest.customer, inbox)
    said = f'{{"conversation": "{conversation.pk}", "client_id": "{uuid7()}", "text": "\\ud800"}}'
    for path in ("typing", "messages"):
        url = f"{desk.base}/live/w/{inbox.key}/{path}"
        assert httpx.post(url, content=said, headers=guest.headers, timeout=10).status_code == 422
