"""Colleagues in front of live screens: what they may see is decided here from an event's own data.

``sees`` says in memory what ``Conversation.objects.visible_to`` says in SQL; a test compares all cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kefu.events.log import Entry
from kefu.events.viewers import Viewer
from kefu.people.models import Membership, Staff
from kefu.people.roles import CAPABILITIES, EVERY_BRAND, Can, Role
from kefu.people.sessions import staff_of_sessions

FOR_COLLEAGUES = {"staff.presence_chosen", "staff.renamed"}


@dataclass(slots=True)
class StaffViewer:
    """One colleague as of the last look. ``ticket`` is their session's key and never leaves the process."""

    ticket: str = field(repr=False)
    person: UUID
    name: str
    alias: str
    language: str
    role: Role
    teams: frozenset[str]
    brands: frozenset[str]
    kind: str = "staff"

    def can(self, capability: Can) -> bool:
        return capability in CAPABILITIES[self.role]

    def sees(self, *, brand: Any, team: Any, assignee: Any) -> bool:
        """Whether a conversation of this brand and team, assigned to this person, is theirs to see."""
        if not self.can(Can.READ_CONVERSATIONS):
            return False
        if self.can(Can.SEE_ALL):
            return self.role in EVERY_BRAND or str(brand) in self.brands
        return str(team) in self.teams or str(assignee) == str(self.person)

    def may_see(self, entry: Entry) -> bool:
        if entry.subject_kind == "conversation":
            return self._sees_conversation(entry)
        if entry.subject_kind == "staff":
            about_me = entry.subject_id == self.person
            return about_me or entry.kind in FOR_COLLEAGUES or self.can(Can.MANAGE_STAFF)
        return False

    def _sees_conversation(self, entry: Entry) -> bool:
        """Also the one that takes it away: whoever could see it until then is told that it went."""
        data = entry.data
        here = {"brand": data.get("brand"), "team": data.get("team"), "assignee": data.get("assignee")}
        if self.sees(**here):
            return True
        if entry.kind == "conversation.handed_over":
            return self.sees(**here | {"team": data.get("from_team"), "assignee": data.get("from_assignee")})
        if entry.kind == "conversation.assigned":
            return self.sees(**here | {"assignee": data.get("before")})
        return False

    def may_hear(self, kind: str, data: dict[str, Any]) -> bool:
        """Whispers about a conversation carry where it is; the one without is of the desk (who is here)."""
        if "team" in data:
            return self.sees(brand=data.get("brand"), team=data["team"], assignee=data.get("assignee"))
        return kind == "presence"

    def topics(self) -> list[str]:
        """Where what they may see is spoken of; ``may_see`` decides about each thing said there."""
        own = [f"staff:{self.person}", "colleagues"]
        if not self.can(Can.SEE_ALL):
            return own + [f"team:{team}" for team in sorted(self.teams)]
        return own + (
            ["all"] if self.role in EVERY_BRAND else [f"brand:{brand}" for brand in sorted(self.brands)]
        )


def viewer_of_session(session_key: str) -> StaffViewer | None:
    return viewers_of_sessions([session_key]).get(session_key)


def recheck(tickets: Iterable[str]) -> dict[str, Viewer]:
    """Those who may still look, as they are now, in three queries."""
    return dict(viewers_of_sessions(tickets))


def viewers_of_sessions(session_keys: Iterable[str]) -> dict[str, StaffViewer]:
    people = staff_of_sessions(session_keys)
    places = _places({staff.pk for staff in people.values()})
    return {key: viewer(staff, key, *places[staff.pk]) for key, staff in people.items()}


def viewer(staff: Staff, ticket: str, teams: Iterable[str], brands: Iterable[str]) -> StaffViewer:
    return StaffViewer(
        ticket=ticket,
        person=staff.pk,
        name=staff.name,
        alias=staff.alias,
        language=staff.language,
        role=Role(staff.role),
        teams=frozenset(teams),
        brands=frozenset(brands),
    )


def viewer_of(staff: Staff, ticket: str = "") -> StaffViewer:
    """For one colleague who has already been let in some other way."""
    return viewer(staff, ticket, *_places({staff.pk})[staff.pk])


def _places(staff_ids: set[UUID]) -> dict[UUID, tuple[set[str], set[str]]]:
    """By colleague, the teams that they are in and the brands of those."""
    places: dict[UUID, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    if staff_ids:
        rows = Membership.objects.filter(staff__in=staff_ids).values_list(
            "staff_id", "team_id", "team__brand_id"
        )
        for staff_id, team_id, brand_id in rows:
            places[staff_id][0].add(str(team_id))
            places[staff_id][1].add(str(brand_id))
    return places
