"""Who can take a conversation, and where it can be handed over to."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation
from kefu.people.models import Presence, PresenceState, Staff, Team
from kefu.people.roles import CAPABILITIES, Can, Role
from kefu.web.joining import listed

ANSWERING = [role.value for role in Role if Can.ANSWER in CAPABILITIES[role]]


def able_to_take(conversation: Conversation) -> QuerySet[Staff]:
    """Active colleagues who answer, in a team of the conversation's brand."""
    able = Staff.objects.filter(
        is_active=True, role__in=ANSWERING, memberships__team__brand=conversation.brand_id
    )
    teams = Prefetch("teams", queryset=Team.objects.filter(brand=conversation.brand_id))
    return able.distinct().select_related("presence").prefetch_related(teams).order_by("name", "id")


def destinations(conversation: Conversation, by: Staff) -> list[tuple[str, str]]:
    """Pairs for a combobox: teams first, then colleagues with their teams and whether they are here."""
    teams = Team.objects.filter(brand=conversation.brand_id)
    if conversation.assignee_id is None:
        teams = teams.exclude(pk=conversation.team_id)
    people = able_to_take(conversation).exclude(pk=by.pk)
    return [
        *((f"team:{team.pk}", _("Team %(name)s") % {"name": team.name}) for team in teams),
        *((f"staff:{colleague.pk}", described(colleague)) for colleague in people),
    ]


def options(colleagues: Iterable[Staff]) -> list[tuple[str, str]]:
    return [(str(colleague.pk), described(colleague)) for colleague in colleagues]


def described(colleague: Staff) -> str:
    teams = listed(team.name for team in colleague.teams.all())
    return f"{colleague.name} · {teams} · {presence_of(colleague).label}"


def presence_of(colleague: Staff) -> PresenceState:
    """As they chose, while one of their screens is open."""
    presence: Presence | None = getattr(colleague, "presence", None)
    return presence.state if presence else PresenceState.OFFLINE
