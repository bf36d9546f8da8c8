"""Where new conversations go by what they are about: to the team that their brand has named for it.

A guess sends a conversation once, and only one that still waits where it came in; what a colleague says it is about
sends it too. Whatever a person has taken, assigned or handed over stays where it is, and so does what began with a
form's topic that names a team.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.answers.classifier import Guess
from kefu.answers.models import About, Destination, Intent
from kefu.conversations.models import LIVE, Conversation, Status
from kefu.conversations.timeline import Fact
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.events.log import Entry
from kefu.people.models import Brand, Refused, Staff, Team

GUESSED = "conversation.intent_guessed"
SET = "conversation.intent_set"
HEARS = {GUESSED, SET}
SURE = 0.6  # as for the assistant: see docs/answers.md for how often such a guess is right

_PLACED = """
SELECT DISTINCT subject_id FROM events_event
WHERE subject_id = ANY(%s) AND (
    (kind IN ('conversation.assigned', 'conversation.handed_over') AND actor_kind = 'staff')
    OR (kind = 'conversation.started' AND data ->> 'team_named' = 'true')
)
"""


@transaction.atomic
def decide(brand: Brand, teams: Mapping[Intent, Team | None], *, by: Staff) -> None:
    """Which team gets what; None leaves it where it came in. ``Refused`` for a team of another brand."""
    Brand.objects.select_for_update().get(pk=brand.pk)
    if any(team.brand_id != brand.pk for team in teams.values() if team is not None):
        raise Refused(_("This team belongs to another brand. Nothing was changed."))
    before = {one.intent: one.team_id for one in Destination.objects.filter(brand=brand)}
    wanted = {intent.value: team.pk for intent, team in teams.items() if team is not None}
    if before == wanted:
        return
    Destination.objects.filter(brand=brand).delete()
    Destination.objects.bulk_create(
        Destination(brand=brand, intent=intent, team_id=team) for intent, team in wanted.items()
    )
    log.audit("destinations.decided", brand, by=by, **{intent: str(team) for intent, team in wanted.items()})


def tell(guesses: Mapping[UUID, Guess]) -> None:
    """The guesses that may send a conversation somewhere, as facts. Whoever guesses holds rows of ``About``, and every
    verb locks the conversation before those: moving it in the same transaction could deadlock.
    """
    sure = {conversation: guess for conversation, guess in guesses.items() if guess.probability >= SURE}
    named = Destination.objects.filter(intent__in={guess.intent for guess in sure.values()})
    known = {*named.values_list("brand", "intent")} if sure else set()
    if known:
        waiting = Conversation.objects.filter(pk__in=list(sure), assignee=None, about__sent_at=None)
        told = [
            (one, {**one.scope(), "intent": str(sure[one.pk].intent)})
            for one in waiting.order_by("id")
            if (one.brand_id, sure[one.pk].intent) in known
        ]
        log.record_each(GUESSED, told, by=SYSTEM)


@transaction.atomic
def send(entries: list[Entry]) -> None:
    """Reader: conversations that have just been guessed, or said by a colleague, to be about something. What holds is
    what they are about by now. Looking takes five statements however many there are; each that moves is handed over.
    """
    now = timezone.now()
    for conversation, team, intent in _due({entry.subject_id for entry in entries}):
        conversation.hand_over(to=team, by=SYSTEM, because=intent)
        About.objects.filter(pk=conversation.pk).update(sent_to=team, sent_at=now)


def sentence(fact: Fact) -> str:
    """Handed over, by somebody or by what it is about."""
    label = dict(Intent.choices).get(fact.data.get("because", ""), "")
    if not label:
        return _("%(who)s handed over to %(whom)s")
    return _("Sent to %(whom)s: {intent}").format(intent=str(label).replace("%", "%%"))


def _due(conversations: Iterable[UUID]) -> Iterator[tuple[Conversation, Team, str]]:
    """Read after the lock: what a colleague does at the same moment has been done, or comes after and stands."""
    unassigned = Conversation.objects.filter(pk__in=list(conversations), assignee=None, status__in=LIVE)
    locked = list(
        unassigned.select_for_update(no_key=True, of=("self",)).select_related("inbox").order_by("id")
    )
    ids = [one.pk for one in locked]
    abouts = About.objects.in_bulk(ids)
    teams = _teams({one.brand_id for one in locked})
    placed = _placed(ids)
    for one in locked:
        about = abouts.get(one.pk)
        if about is not None and one.pk not in placed and _may_move(one, about):
            team = teams.get((one.brand_id, about.intent))
            if team is not None and team.pk != one.team_id:
                yield one, team, about.intent


def _may_move(conversation: Conversation, about: About) -> bool:
    if conversation.team_id not in (conversation.inbox.team_id, about.sent_to_id):
        return False
    if about.set_by_id is not None:
        return True
    is_new = conversation.first_reply_at is None and conversation.follow_up_of_id is None
    return (
        is_new and conversation.status == Status.OPEN and about.sent_at is None and about.probability >= SURE
    )


def _teams(brands: Iterable[UUID]) -> dict[tuple[UUID, str], Team]:
    found = Destination.objects.filter(brand__in=list(brands), team__brand=F("brand")).select_related("team")
    return {(one.brand_id, one.intent): one.team for one in found}


def _placed(conversations: list[UUID]) -> set[UUID]:
    """Those that a person has put somewhere, and those whose form's topic named a team."""
    with connection.cursor() as db:
        db.execute(_PLACED, [conversations])
        return {row[0] for row in db.fetchall()}
