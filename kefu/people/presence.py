"""Choosing one's presence, being seen, and who is here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from kefu.events import log, nudges
from kefu.events.actors import Actor
from kefu.people.models import Presence, PresenceState, Staff
from kefu.people.models.presence import GONE_AFTER, state_of

TOPIC = "colleagues"

# Written every ten seconds each at most, however many processes have screens; tells who was away before.
SEEN = """
    WITH before AS (SELECT staff_id, seen_at FROM people_presence WHERE staff_id = ANY(%(ids)s)),
    wrote AS (
        INSERT INTO people_presence AS p (staff_id, chosen, seen_at, changed_at)
        SELECT id, 'online', now(), now() FROM people_staff WHERE id = ANY(%(ids)s) AND is_active ORDER BY id
        ON CONFLICT (staff_id) DO UPDATE SET seen_at = now()
        WHERE p.seen_at IS NULL OR p.seen_at < now() - interval '10 seconds'
        RETURNING staff_id, chosen
    )
    SELECT wrote.staff_id, wrote.chosen FROM wrote LEFT JOIN before USING (staff_id)
    WHERE before.seen_at IS NULL OR before.seen_at < now() - make_interval(secs => %(gone)s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """``chosen`` by hand; ``shown`` to others."""

    chosen: PresenceState
    shown: PresenceState


@dataclass(frozen=True, slots=True)
class Colleague:
    """What others see of someone who answers."""

    id: UUID
    name: str
    alias: str
    role: str
    state: PresenceState
    capacity: int
    team_ids: frozenset[UUID]


@transaction.atomic
def choose(staff: Staff, state: PresenceState, *, by: Actor) -> None:
    """Online, busy or away, until chosen otherwise. Offline is computed, never chosen."""
    if state == PresenceState.OFFLINE:
        raise ValueError("Offline is what one is without a screen.")
    presence, _made = Presence.objects.select_for_update().get_or_create(staff=staff)
    if presence.chosen != state:
        before, presence.chosen = presence.chosen, state
        presence.save(update_fields=["chosen", "changed_at"])
        log.record("staff.presence_chosen", staff, by=by, before=before, after=state)
        if by.actor_id != staff.pk:
            log.audit("staff.presence_chosen", staff, by=by, before=before, after=state)
        transaction.on_commit(lambda: tell(staff.pk, presence.state))


def seen(staff_ids: Iterable[UUID]) -> None:
    """Each of these has a screen open now. One statement."""
    ids = sorted(set(staff_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(SEEN, {"ids": ids, "gone": GONE_AFTER.total_seconds()})
        arrived = cursor.fetchall()
    for staff_id, chosen in arrived:
        tell(staff_id, PresenceState(chosen))


def tell(staff_id: UUID, state: PresenceState) -> None:
    nudges.whisper("presence", [TOPIC], staff=staff_id, state=state.value)


def of(people: Iterable[Staff]) -> dict[UUID, Standing]:
    """Of each of these, in one query."""
    people = list(people)
    known = {presence.staff_id: presence for presence in Presence.objects.filter(staff__in=people)}
    absent = Presence()
    return {staff.pk: _standing(known.get(staff.pk, absent)) for staff in people}


def _standing(presence: Presence) -> Standing:
    return Standing(chosen=PresenceState(presence.chosen), shown=presence.state)


def colleagues_with_presence() -> list[Colleague]:
    """Everyone active, by name, in two queries."""
    people = Staff.objects.active().select_related("presence").prefetch_related("memberships")
    return [_colleague(staff) for staff in people]


def _colleague(staff: Staff) -> Colleague:
    presence: Presence | None = getattr(staff, "presence", None)
    return Colleague(
        id=staff.pk,
        name=staff.name,
        alias=staff.alias,
        role=staff.role,
        state=state_of(presence.chosen, presence.seen_at) if presence else PresenceState.OFFLINE,
        capacity=staff.capacity,
        team_ids=frozenset(membership.team_id for membership in staff.memberships.all()),
    )
