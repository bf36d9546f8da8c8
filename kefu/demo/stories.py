"""A dialogue as it took place: who said what when, and what the desk did in between.

Written down as messages and facts with their times, and as the row that the verbs would have left behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from kefu.conversations.models import Inbox, Priority, Status
from kefu.demo.dialogues import Dialogue, told
from kefu.lib.ids import uuid7
from kefu.people.models import Customer, Staff, Team

_EVENTS = {
    Status.PENDING: "conversation.pending",
    Status.HOLD: "conversation.held",
    Status.SOLVED: "conversation.solved",
    Status.CLOSED: "conversation.closed",
}


@dataclass(frozen=True, slots=True)
class Said:
    at: datetime
    author: Customer | Staff
    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    at: datetime
    kind: str
    by: Customer | Staff
    data: dict[str, Any]


@dataclass(slots=True)
class Desk:
    """Who may answer in which team and language."""

    teams: Mapping[str, Team]
    answering: Mapping[tuple[UUID, str], list[Staff]]
    supervisor: Staff

    def someone_in(self, team: Team, language: str, random: Random) -> Staff:
        return random.choice(self.answering[team.pk, language])


@dataclass(slots=True)
class Story:
    dialogue: Dialogue
    inbox: Inbox
    customer: Customer
    team: Team
    words: dict[str, str]
    began: datetime
    now: datetime
    id: UUID = field(default_factory=uuid7)
    assignee: Staff | None = None
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    waiting_since: datetime | None = None
    first_reply_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    said: list[Said] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def play(self, desk: Desk, random: Random) -> Story:
        """Up to now: what lies ahead has not happened yet."""
        at = self.began
        self._record(at, "conversation.started", self.customer)
        for line in self.dialogue.lines:
            at += line.pause or _gap(line.kind, random)
            if at >= self.now:
                break
            getattr(self, f"_{line.kind}")(at, line.text, desk, random)
        return self

    def _pause(self, at: datetime, text: str, desk: Desk, random: Random) -> None:
        """Nothing happens for a while."""

    def _customer(self, at: datetime, text: str, desk: Desk, random: Random) -> None:
        if self.status != Status.OPEN:
            before, self.status, self.solved_at = self.status, Status.OPEN, None
            self._record(at, "conversation.reopened", self.customer, before=before)
        self.waiting_since = self.waiting_since or at
        self._say(at, self.customer, text, random)

    def _agent(self, at: datetime, text: str, desk: Desk, random: Random) -> None:
        agent = self._in_charge(at, desk, random)
        self.waiting_since, self.first_reply_at = None, self.first_reply_at or at
        self._say(at, agent, text, random)

    def _note(self, at: datetime, text: str, desk: Desk, random: Random) -> None:
        self._say(at, self._in_charge(at, desk, random), text, random, note=True)

    def _handover(self, at: datetime, text: str, desk: Desk, random: Random) -> None:
        by = self._in_charge(at, desk, random)
        self._say(at, by, text, random, note=True)
        before = {"from_team": self.team.pk, "from_assignee": by.pk}
        if "high" in self.dialogue.marks:
            self.assignee = desk.supervisor
        else:
            self.team, self.assignee = desk.teams["returns"], None
        self._record(at + timedelta(seconds=4), "conversation.handed_over", by, **before)

    def _status(self, at: datetime, name: str, desk: Desk, random: Random) -> None:
        before, self.status = self.status, Status(name)
        self._record(at, _EVENTS[self.status], self._in_charge(at, desk, random), before=before)
        if self.status == Status.SOLVED:
            self.solved_at, self.waiting_since = at, None
        elif self.status == Status.CLOSED:
            self.closed_at, self.waiting_since = at, None

    def _in_charge(self, at: datetime, desk: Desk, random: Random) -> Staff:
        if self.assignee is None:
            self.assignee = desk.someone_in(self.team, self.dialogue.language, random)
            self._record(at - timedelta(seconds=9), "conversation.assigned", self.assignee, before=None)
            self._set_priority(at, desk)
        return self.assignee

    def _set_priority(self, at: datetime, desk: Desk) -> None:
        if "high" in self.dialogue.marks and self.priority == Priority.NORMAL:
            self.priority = Priority.HIGH
            marks = {"before": int(Priority.NORMAL), "after": int(Priority.HIGH)}
            self._record(at - timedelta(seconds=5), "conversation.prioritised", desk.supervisor, **marks)

    def _say(
        self, at: datetime, author: Customer | Staff, text: str, random: Random, *, note: bool = False
    ) -> None:
        words = {**self.words, "agent": author.alias if isinstance(author, Staff) else ""}
        self.said.append(Said(at, author, told(text, words, random), note))

    def tagged(self, tag: UUID) -> None:
        if self.assignee and self.first_reply_at:
            self._record(
                self.first_reply_at + timedelta(seconds=3), "conversation.tagged", self.assignee, tag=tag
            )

    def _record(self, at: datetime, kind: str, by: Customer | Staff, **data: Any) -> None:
        scope = {
            "brand": self.inbox.brand_id,
            "inbox": self.inbox.pk,
            "team": self.team.pk,
            "assignee": self.assignee.pk if self.assignee else None,
            "customer": self.customer.pk,
        }
        self.facts.append(Fact(at, kind, by, {**scope, **data}))


def _gap(kind: str, random: Random) -> timedelta:
    seconds = {
        "customer": (20, 150),
        "agent": (25, 170),
        "note": (15, 50),
        "handover": (30, 90),
        "status": (20, 240),
    }.get(kind, (0, 0))
    return timedelta(seconds=random.uniform(*seconds))
