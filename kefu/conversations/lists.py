"""The lists of the console: mine, team, unassigned, waiting longest, all. Paged by key, counted to 99."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kefu.conversations.models import AuthorKind, Conversation, InboxKind, Priority, Reading, Status
from kefu.people.models import Staff, Team
from kefu.people.roles import Can

PAGE = 30
COUNTED = 100
TOO_LONG_SECONDS = 15 * 60


class View(StrEnum):
    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    ALL = "all"


LABELS: dict[View, str | Promise] = {
    View.MINE: _("Mine"),
    View.TEAM: _("My teams"),
    View.UNASSIGNED: _("Unassigned"),
    View.WAITING: _("Waiting longest"),
    View.ALL: _("All"),
}
EMPTY: dict[View, tuple[str | Promise, str | Promise]] = {
    View.MINE: (_("Nothing is assigned to you"), _("Take a conversation from the unassigned ones.")),
    View.TEAM: (_("Your teams have no open conversations"), _("New ones appear here automatically.")),
    View.UNASSIGNED: (_("Nobody waits to be taken"), _("New conversations appear here automatically.")),
    View.WAITING: (_("Nobody is waiting for an answer"), _("Whoever writes next appears here.")),
    View.ALL: (_("There are no conversations yet"), _("They begin when a customer writes.")),
}
EMPTY_OF_KIND = (
    _("Nothing came in this way"),
    _("Choose every channel above to see the others in this list."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list, seen by one colleague."""

    conversation: Conversation
    unread: int
    mine: bool

    @property
    def unread_shown(self) -> str:
        return str(self.unread) if self.unread < COUNTED else "99+"

    @property
    def moment(self) -> datetime:
        return self.conversation.waiting_since or self.conversation.last_message_at

    @property
    def is_answered(self) -> bool:
        return self.conversation.last_author == AuthorKind.STAFF

    @property
    def pills(self) -> list[tuple[str, str | Promise]]:
        """Only what needs an eye."""
        return [*self._urgency(), *self._waiting(), *self._standing()]

    def _urgency(self) -> list[tuple[str, str | Promise]]:
        priority = Priority(self.conversation.priority)
        kinds = {Priority.URGENT: "bad", Priority.HIGH: "warn"}
        return [(kinds[priority], priority.label)] if priority in kinds else []

    def _waiting(self) -> list[tuple[str, str | Promise]]:
        since = self.conversation.waiting_since
        if since is None or self.conversation.status != Status.OPEN:
            return []
        late = (timezone.now() - since).total_seconds() > TOO_LONG_SECONDS
        return [("warn", _("Waiting too long"))] if late else []

    def _standing(self) -> list[tuple[str, str | Promise]]:
        status = Status(self.conversation.status)
        return [] if status == Status.OPEN else [("good" if status == Status.SOLVED else "", status.label)]


@dataclass(frozen=True, slots=True)
class Listing:
    view: View
    rows: Sequence[Row]
    older: str


def teams_of(agent: Staff) -> list[UUID]:
    """Whose conversations the team lists show: one's own, or with the right to it all of one's brands."""
    if not agent.can(Can.SEE_ALL):
        return agent.team_ids
    teams = Team.objects.all() if agent.sees_every_brand else Team.objects.filter(brand__teams__staff=agent)
    return list(teams.order_by().values_list("pk", flat=True).distinct())


def page(
    view: View,
    agent: Staff,
    teams: Sequence[UUID],
    before: str = "",
    limit: int = PAGE,
    kind: InboxKind | None = None,
) -> Listing:
    """``before`` is the ``older`` of the page above; with ``kind`` only what came in by inboxes of it. Four queries,
    whatever the size of the desk.
    """
    found = _ids(view, agent, teams, before, limit + 1, kind)
    rows = _rows(agent, [id_ for id_, _place in found[:limit]])
    older = cursor_text(*found[limit - 1]) if len(found) > limit else ""
    return Listing(view, rows, older)


def _rows(agent: Staff, ids: Sequence[UUID]) -> list[Row]:
    visible = Conversation.objects.visible_to(agent).filter(pk__in=ids)
    shown = visible.select_related("customer", "assignee", "inbox").only(*_SHOWN)
    known = {one.pk: one for one in shown}
    read = dict(
        Reading.objects.filter(staff=agent, conversation__in=ids).values_list("conversation_id", "seq")
    )
    return [_row(known[id_], read.get(id_, 0), agent) for id_ in ids if id_ in known]


_SHOWN = (
    *(
        "subject",
        "status",
        "priority",
        "waiting_since",
        "last_message_at",
        "last_reply_seq",
        "last_text",
        "last_author",
    ),
    *("customer__name", "assignee__name", "inbox__name", "inbox__kind"),
)


def _row(conversation: Conversation, read: int, agent: Staff) -> Row:
    asked = conversation.last_author == AuthorKind.CUSTOMER
    unread = max(0, conversation.last_reply_seq - read) if asked else 0
    return Row(conversation, unread, conversation.assignee_id == agent.pk)


def counts(agent: Staff, teams: Sequence[UUID], kind: InboxKind | None = None) -> dict[View, int]:
    """Exact up to 99; ``COUNTED`` means more. All is not counted."""
    with connection.cursor() as db:
        params: dict[str, Any] = {"me": agent.pk, "teams": list(teams), "most": COUNTED, "kind": kind}
        db.execute(_COUNTS if kind is None else _COUNTS_OF_KIND, params)
        row: Any = db.fetchone()
    return dict(zip((View.MINE, View.TEAM, View.UNASSIGNED, View.WAITING), row, strict=True))


def count_shown(number: int) -> str:
    return str(number) if number < COUNTED else "99+"


# -- the queries: one index walk for each team, merged; an IN list over teams would read and sort all of them

_LIVE = "status IN ('open', 'pending', 'hold')"
_WAITING = "status = 'open' AND waiting_since IS NOT NULL"

_COUNTS = f"""
SELECT
    (SELECT count(*) FROM (SELECT FROM conversations_conversation
        WHERE assignee_id = %(me)s AND {_LIVE} LIMIT %(most)s) counted),
    (SELECT count(*) FROM (SELECT FROM conversations_conversation
        WHERE team_id = ANY(%(teams)s::uuid[]) AND {_LIVE} LIMIT %(most)s) counted),
    (SELECT count(*) FROM (SELECT FROM conversations_conversation
        WHERE team_id = ANY(%(teams)s::uuid[]) AND {_LIVE} AND assignee_id IS NULL LIMIT %(most)s) counted),
    (SELECT count(*) FROM (SELECT FROM conversations_conversation
        WHERE team_id = ANY(%(teams)s::uuid[]) AND {_WAITING} LIMIT %(most)s) counted)
"""  # noqa: S608 - constant conditions

_LATEST = """
SELECT id, last_message_at AS place FROM conversations_conversation
WHERE {which} AND (last_message_at, id) < (%(at)s::timestamptz, %(id)s::uuid)
ORDER BY last_message_at DESC, id DESC LIMIT %(limit)s
"""
_LONGEST = f"""
SELECT id, waiting_since AS place FROM conversations_conversation
WHERE {{of}} AND {_WAITING} AND (waiting_since, id) > (%(at)s::timestamptz, %(id)s::uuid)
ORDER BY waiting_since, id LIMIT %(limit)s
"""  # noqa: S608 - constant conditions
_OF_TEAMS = "SELECT found.* FROM unnest(%(teams)s::uuid[]) AS team(id) CROSS JOIN LATERAL ({walk}) found"
_NEWEST_FIRST = "ORDER BY place DESC, id DESC LIMIT %(limit)s"
_OLDEST_FIRST = "ORDER BY place, id LIMIT %(limit)s"


def _latest_of_teams(which: str) -> str:
    return _OF_TEAMS.format(walk=_LATEST.format(which=f"team_id = team.id AND {which}"))


_MINE = _LATEST.format(which=f"assignee_id = %(me)s AND {_LIVE}")
_SEEN = f"({_latest_of_teams('true')}) UNION ({_LATEST.format(which='assignee_id = %(me)s')})"
_QUERIES = {
    View.MINE: _MINE,
    View.TEAM: f"{_latest_of_teams(_LIVE)} {_NEWEST_FIRST}",
    View.UNASSIGNED: f"{_latest_of_teams(f'{_LIVE} AND assignee_id IS NULL')} {_NEWEST_FIRST}",
    View.WAITING: f"{_OF_TEAMS.format(walk=_LONGEST.format(of='team_id = team.id'))} {_OLDEST_FIRST}",
    View.ALL: f"SELECT * FROM ({_SEEN}) seen {_NEWEST_FIRST}",  # noqa: S608
}
_EVERYTHING = _LATEST.format(which="true")

# -- of one kind of inbox: an index walk for each team and inbox of it, since a kind may be too rare to be met soon

_PLACES = """
    SELECT team.id AS team, inbox.id AS inbox
    FROM people_team team JOIN conversations_inbox inbox ON inbox.brand_id = team.brand_id
    WHERE team.id = ANY(%(teams)s::uuid[]) AND inbox.kind = %(kind)s
"""
_HERE = "team_id = place.team AND inbox_id = place.inbox"
_OF_KIND = "inbox_id = ANY(ARRAY(SELECT id FROM conversations_inbox WHERE kind = %(kind)s))"
_OF_PLACES = f"SELECT found.* FROM ({_PLACES}) place CROSS JOIN LATERAL ({{walk}}) found"  # noqa: S608


def _latest_of_places(which: str) -> str:
    return _OF_PLACES.format(walk=_LATEST.format(which=f"{_HERE} AND {which}"))


_MINE_OF_KIND = _LATEST.format(which=f"assignee_id = %(me)s AND {_LIVE} AND {_OF_KIND}")
_ALL_OF_KIND = f"{_latest_of_places('true')} {_NEWEST_FIRST}"
_SEEN_OF_KIND = (
    f"({_latest_of_places('true')}) UNION ({_LATEST.format(which=f'assignee_id = %(me)s AND {_OF_KIND}')})"
)
_QUERIES_OF_KIND = {
    View.MINE: _MINE_OF_KIND,
    View.TEAM: f"{_latest_of_places(_LIVE)} {_NEWEST_FIRST}",
    View.UNASSIGNED: f"{_latest_of_places(f'{_LIVE} AND assignee_id IS NULL')} {_NEWEST_FIRST}",
    View.WAITING: f"{_OF_PLACES.format(walk=_LONGEST.format(of=_HERE))} {_OLDEST_FIRST}",
    View.ALL: f"SELECT * FROM ({_SEEN_OF_KIND}) seen {_NEWEST_FIRST}",  # noqa: S608
}


_COUNTED = (
    f"(SELECT count(*) FROM (SELECT FROM ({_PLACES}) place"  # noqa: S608 - constant conditions
    f" CROSS JOIN LATERAL (SELECT FROM conversations_conversation WHERE {_HERE} AND {{which}} LIMIT %(most)s) found"
    " LIMIT %(most)s) counted)"
)
_COUNTED_LIVE = _COUNTED.format(which=_LIVE)
_COUNTED_UNASSIGNED = _COUNTED.format(which=f"{_LIVE} AND assignee_id IS NULL")
_COUNTED_WAITING = _COUNTED.format(which=_WAITING)
_COUNTS_OF_KIND = f"""
SELECT
    (SELECT count(*) FROM (SELECT FROM conversations_conversation
        WHERE assignee_id = %(me)s AND {_LIVE} AND {_OF_KIND} LIMIT %(most)s) counted),
    {_COUNTED_LIVE}, {_COUNTED_UNASSIGNED}, {_COUNTED_WAITING}
"""  # noqa: S608 - constant conditions


def _ids(
    view: View, agent: Staff, teams: Sequence[UUID], before: str, limit: int, kind: InboxKind | None
) -> list[tuple[UUID, datetime]]:
    all_brands = view == View.ALL and agent.can(Can.SEE_ALL) and agent.sees_every_brand
    at, id_ = _cursor(before) or _edge(view)
    params: dict[str, Any] = {"me": agent.pk, "teams": list(teams), "at": at, "id": id_, "limit": limit}
    everything, queries = (_EVERYTHING, _QUERIES) if kind is None else (_ALL_OF_KIND, _QUERIES_OF_KIND)
    with connection.cursor() as db:
        db.execute(everything if all_brands else queries[view], params | {"kind": kind})
        return list(db.fetchall())


def _edge(view: View) -> tuple[str, str]:
    if view == View.WAITING:
        return "-infinity", str(UUID(int=0))
    return "infinity", str(UUID(int=2**128 - 1))


def cursor_text(id_: UUID, place: datetime) -> str:
    return f"{place.isoformat()}_{id_}"


def _cursor(text: str) -> tuple[str, str] | None:
    """None for anything that we never handed out."""
    moment, _, id_ = text.partition("_")
    try:
        found = parse_datetime(moment)
        return (found.astimezone(UTC).isoformat(), str(UUID(id_))) if found and found.tzinfo else None
    except (ValueError, OverflowError):  # an offset can lead out of all years
        return None
