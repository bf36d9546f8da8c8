"""Where new conversations go by what they are about: once, and never against a person."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import begin, says
from kefu import reactions
from kefu.answers import intents, routing
from kefu.answers.models import About, Destination, Intent
from kefu.conversations import flows, timeline
from kefu.conversations.models import Conversation, Inbox
from kefu.events import log
from kefu.events.log import Entry
from kefu.people.models import Brand, Customer, Refused, Staff, Team
from kefu.people.testing import signed_in

WANTS_TO_RETURN = "I want to return the lamp, it does not fit. How do I send it back?"
WAS_CHEATED = (
    "Someone called pretending to be your support and asked for my verification code, is this a scam?"
)


@pytest.fixture
def _to_returns(brand: Brand, returns: Team, admin: Staff) -> None:
    routing.decide(brand, {Intent.RETURN: returns}, by=admin)


def told() -> list[Entry]:
    with connection.cursor() as db:
        db.execute(f"SELECT {log.COLUMNS} FROM events_event ORDER BY id")
        return log.entries(db.fetchall())


def read_log() -> None:
    """As the worker does, one reader after the other, from the beginning: every fact comes again."""
    intents.set_intents([one for one in told() if one.kind == "message.posted"])
    routing.send([one for one in told() if one.kind in routing.HEARS])


def moves_of(conversation: Conversation) -> list[Entry]:
    return log.about(conversation.pk, ["conversation.handed_over"])


@pytest.mark.usefixtures("_to_returns")
def test_a_new_conversation_goes_to_the_team_named_for_it_once_with_the_reason(
    lin: Customer, inbox: Inbox, returns: Team, mei: Staff, omar: Staff
) -> None:
    reactions.stand_beside()
    conversation = begin(lin, inbox, WANTS_TO_RETURN)
    for _again in range(3):
        read_log()
    conversation.refresh_from_db()
    assert (conversation.team, conversation.assignee) == (returns, None)
    assert len(moves_of(conversation)) == 1
    about = About.objects.get()
    assert (about.sent_to, about.set_by) == (returns, None)
    [fact] = [
        one
        for one in timeline.between(conversation.pk, conversation.created_at, about.sent_at + one_day())  # type: ignore[operator]
        if one.kind == "conversation.handed_over"
    ]
    assert fact.sentence == "Sent to Returns: Return or exchange"
    page = signed_in(omar).get(f"/console/c/{conversation.pk}/").content.decode()
    assert "Sent to Returns: Return or exchange" in page
    assert "Sent to Returns because of this" in page
    conversation.hand_over(to=mei, by=omar)
    assert "handed over to Mei" in signed_in(mei).get(f"/console/c/{conversation.pk}/").content.decode()


def one_day() -> object:
    from datetime import timedelta

    return timedelta(days=1)


@pytest.mark.usefixtures("_to_returns")
def test_what_is_not_sure_stays_where_it_came_in(lin: Customer, inbox: Inbox, support: Team) -> None:
    conversation = begin(lin, inbox, WANTS_TO_RETURN)
    intents.set_intents([one for one in told() if one.kind == "message.posted"])
    About.objects.update(probability=routing.SURE - 0.01)
    read = [one for one in told() if one.kind in routing.HEARS]
    routing.send(read)
    conversation.refresh_from_db()
    assert conversation.team == support


@pytest.mark.usefixtures("_to_returns")
def test_nothing_moves_against_a_person(
    lin: Customer, inbox: Inbox, support: Team, mei: Staff, senior: Staff
) -> None:
    """Taken, given back, or corrected before the log was read."""
    taken = begin(lin, inbox, WANTS_TO_RETURN)
    given_back = begin(lin, inbox, WANTS_TO_RETURN)
    corrected = begin(lin, inbox, WANTS_TO_RETURN)
    taken.take(by=mei)
    given_back.take(by=mei)
    given_back.assign(to=None, by=mei)
    intents.set_intent(corrected, Intent.WARRANTY, by=mei)
    read_log()
    assert not [one for each in (taken, given_back, corrected) for one in moves_of(each)]
    assert {each.team for each in Conversation.objects.all()} == {support}


@pytest.mark.usefixtures("_to_returns")
def test_a_person_who_sent_it_on_is_not_overruled(
    lin: Customer, inbox: Inbox, support: Team, mei: Staff, omar: Staff
) -> None:
    conversation = begin(lin, inbox, WANTS_TO_RETURN)
    read_log()
    conversation.hand_over(to=support, by=omar)
    intents.set_intent(conversation, Intent.RETURN, by=mei)
    read_log()
    conversation.refresh_from_db()
    assert conversation.team == support
    assert len(moves_of(conversation)) == 2


def test_what_a_colleague_says_sends_what_nobody_has_taken(
    lin: Customer, inbox: Inbox, brand: Brand, support: Team, returns: Team, mei: Staff, admin: Staff
) -> None:
    routing.decide(brand, {Intent.WARRANTY: returns}, by=admin)
    conversation = begin(lin, inbox, "hm")
    mine = begin(lin, inbox, "hm")
    mine.take(by=mei)
    read_log()
    for each in (conversation, mine):
        intents.set_intent(each, Intent.WARRANTY, by=mei)
    for _again in range(2):
        read_log()
    conversation.refresh_from_db()
    mine.refresh_from_db()
    assert (conversation.team, mine.team) == (returns, support)
    assert len(moves_of(conversation)) == 1


def test_a_correction_sends_on_what_a_guess_sent_wrongly(
    lin: Customer, inbox: Inbox, brand: Brand, returns: Team, mei: Staff, admin: Staff
) -> None:
    fraud = Team.objects.create(brand=brand, name="Fraud")
    routing.decide(brand, {Intent.RETURN: returns, Intent.FRAUD: fraud}, by=admin)
    conversation = begin(lin, inbox, WANTS_TO_RETURN)
    read_log()
    says(lin, WAS_CHEATED, in_=conversation)
    read_log()
    conversation.refresh_from_db()
    assert conversation.team == returns  # a second guess moves nothing
    intents.set_intent(conversation, Intent.FRAUD, by=mei)
    read_log()
    conversation.refresh_from_db()
    assert conversation.team == fraud


@pytest.mark.usefixtures("_to_returns")
def test_a_topic_that_names_a_team_wins(lin: Customer, inbox: Inbox, support: Team) -> None:
    """Also where it names the team that the form has anyway."""
    opening = flows.Opening(start_id=uuid4(), text=WANTS_TO_RETURN, team_id=support.pk)
    conversation = flows.start(lin, inbox, opening)[0]
    unnamed = flows.start(lin, inbox, replace(opening, start_id=uuid4(), team_id=None))[0]
    read_log()
    assert not moves_of(conversation)
    assert moves_of(unnamed)


@pytest.mark.usefixtures("_to_returns")
def test_an_answered_conversation_and_a_follow_up_stay(
    lin: Customer, inbox: Inbox, support: Team, mei: Staff
) -> None:
    answered = begin(lin, inbox, WANTS_TO_RETURN)
    says(mei, "Let me look", in_=answered)
    answered.refresh_from_db()
    if answered.assignee_id is not None:
        answered.assign(to=None, by=mei)
    closed = begin(lin, inbox, "Hello")
    closed.solve(by=mei)
    closed.close(by=mei)
    following = flows.follow_up(closed, by=mei)
    says(lin, WANTS_TO_RETURN, in_=following)
    read_log()
    assert not moves_of(answered)
    assert not moves_of(following)


def test_another_brand_keeps_its_own(
    lin: Customer, other_inbox: Inbox, brand: Brand, other_brand: Brand, returns: Team, admin: Staff
) -> None:
    with pytest.raises(Refused):
        routing.decide(other_brand, {Intent.RETURN: returns}, by=admin)
    Destination.objects.create(brand=other_brand, intent=Intent.RETURN, team=returns)  # however it came about
    conversation = begin(lin, other_inbox, WANTS_TO_RETURN)
    read_log()
    assert not moves_of(conversation)


@pytest.mark.usefixtures("_to_returns")
def test_looking_costs_the_same_however_many_there_are(lin: Customer, inbox: Inbox, mei: Staff) -> None:
    costs = []
    for count in (1, 12):
        for _each in range(count):
            begin(lin, inbox, WANTS_TO_RETURN).take(by=mei)
        posted = [one for one in told() if one.kind == "message.posted"]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            intents.set_intents(posted)
            routing.send(posted)
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.usefixtures("committed")
def test_a_guess_and_somebody_who_takes_it_at_the_same_moment(
    lin: Customer, inbox: Inbox, brand: Brand, returns: Team, mei: Staff, admin: Staff
) -> None:
    """Whoever comes first: nobody loses what they have taken."""
    routing.decide(brand, {Intent.RETURN: returns}, by=admin)
    for _round in range(6):
        conversation = begin(lin, inbox, WANTS_TO_RETURN)
        intents.set_intents([one for one in told() if one.kind == "message.posted"])
        guessed = [one for one in told() if one.kind in routing.HEARS]
        barrier = threading.Barrier(3)

        def at_once(what: object, *given: object, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            try:
                what(*given)  # type: ignore[operator]
            finally:
                connection.close()

        def take(conversation: Conversation = conversation) -> None:
            Conversation.objects.get(pk=conversation.pk).take(by=mei)

        threads = [
            threading.Thread(target=at_once, args=(take,)),
            threading.Thread(target=at_once, args=(routing.send, guessed)),
            threading.Thread(target=at_once, args=(routing.send, guessed)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        conversation.refresh_from_db()
        assert conversation.assignee == mei
        assert len(moves_of(conversation)) <= 1


def test_an_admin_names_the_teams_of_a_brand(
    admin: Staff, supervisor: Staff, mei: Staff, brand: Brand, returns: Team, foreign_team: Team
) -> None:
    address = f"/console/settings/intents/brands/{brand.pk}/"
    for nobody in (supervisor, mei):
        assert signed_in(nobody).get(address).status_code == 403
        assert signed_in(nobody).post(address, {"return": str(returns.pk)}).status_code == 403
    browser = signed_in(admin)
    assert browser.get(f"/console/settings/intents/brands/{uuid4()}/").status_code == 404
    assert "Returns" in browser.get(address).content.decode()
    refused = browser.post(address, {"return": str(foreign_team.pk)})
    assert refused.status_code == 422
    assert not Destination.objects.exists()
    for _twice in range(2):
        assert browser.post(address, {"return": str(returns.pk)}).status_code == 302
    assert [*Destination.objects.values_list("brand", "intent", "team")] == [(brand.pk, "return", returns.pk)]
    page = browser.get("/console/settings/intents/").content.decode()
    assert "Return or exchange → Returns" in page
    browser.post(address, {})
    assert not Destination.objects.exists()


def test_the_page_of_intents_asks_as_much_of_many_brands(admin: Staff, brand: Brand, returns: Team) -> None:
    browser = signed_in(admin)
    browser.get("/console/settings/intents/")
    costs = []
    for count in (1, 5):
        for number in range(count):
            more = Brand.objects.create(slug=f"b{count}-{number}", name=f"B {count} {number}")
            team = Team.objects.create(brand=more, name="Returns")
            routing.decide(more, {Intent.RETURN: team}, by=admin)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/console/settings/intents/").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.usefixtures("_to_returns")
def test_beside_a_conversation_stands_who_deals_with_it(
    lin: Customer, inbox: Inbox, mei: Staff, returns: Team
) -> None:
    conversation = begin(lin, inbox, WANTS_TO_RETURN)
    conversation.take(by=mei)
    read_log()
    page = signed_in(mei).get(f"/console/c/{conversation.pk}/").content.decode()
    assert "Returns deals with this. Hand it over if it is not yours." in page
