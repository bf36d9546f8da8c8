"""C7: whatever an agent does, and in whatever order, they may nothing more afterwards."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.test import Client

from conftest import begin, make_staff
from kefu.conversations.models import Conversation, Inbox, Message
from kefu.people.models import (
    Brand,
    Customer,
    Invitation,
    Membership,
    SecondFactorRule,
    Staff,
    StaffToken,
    Team,
)
from kefu.people.roles import CAPABILITIES, Can, Role
from kefu.people.testing import signed_in
from tests.test_routes import STAFF_ROUTES, _named

STEPS = 400
LEADS_OUT = {"account/sessions/others/"}
TRIED = [route for route in STAFF_ROUTES if route.pattern not in LEADS_OUT]
OPEN = [route for route in TRIED if route.access and route.access.capability in CAPABILITIES[Role.AGENT]]


@pytest.fixture
def returned(returns: Team, lin: Customer, inbox: Inbox) -> Conversation:
    """Of the same brand, with another team."""
    conversation = begin(lin, inbox, "A return")
    Conversation.objects.filter(pk=conversation.pk).update(team=returns)
    return conversation


def body(
    dice: Random, people: list[Staff], teams: list[Team], things: list[dict[str, Any]]
) -> dict[str, Any]:
    """What some form of the desk could send, filled in as somebody with plans would."""
    chosen, team, one = dice.choice(people), dice.choice(teams), dice.choice(things)
    return {
        "to": dice.choice([str(chosen.pk), f"staff:{chosen.pk}", f"team:{team.pk}"]),
        "team": team.pk,
        "teams": [team.pk for team in teams],
        "role": "admin",
        "roles": ["agent"],
        "capacity": "99",
        "is_active": "",
        "email": "mine@example.test",
        "name": f"Name {dice.random()}",
        "alias": "Boss",
        "language": "en",
        "time_zone": "UTC",
        "scopes": [can.value for can in Can],
        "days": "365",
        "state": "away",
        "text": "Hello",
        "kind": dice.choice(["note", "reply"]),
        "note": "For you",
        "subject": "Mine now",
        "tag": one["tag"],
        "customer": one["customer_id"],
        "conversation": one["conversation_id"],
        "brand": one["brand"],
        "priority": "urgent",
        "act": dice.choice(["retry", "discard"]),
    }


def rights() -> list[Any]:
    """All that says who may what."""
    staff = Staff.objects.order_by("pk").values_list(
        "pk", "email", "role", "is_active", "capacity", "password"
    )
    members = Membership.objects.order_by("pk").values_list("staff", "team")
    rows = [model.objects.count() for model in (Invitation, SecondFactorRule, Brand, Team)]
    return [*staff, *members, *rows]


def state_of(conversations: list[Conversation]) -> list[Any]:
    ids = [conversation.pk for conversation in conversations]
    rows = Conversation.objects.filter(pk__in=ids).order_by("pk")
    told = Message.objects.filter(conversation__in=ids).order_by("pk")
    return [
        *rows.values("pk", "team", "assignee", "status", "subject", "priority", "fields"),
        *told.values_list("pk"),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_no_sequence_of_what_an_agent_may_do_gains_a_right(
    seed: int,
    mei: Staff,
    omar: Staff,
    charlie: Staff,
    support: Team,
    returns: Team,
    foreign_team: Team,
    brand: Brand,
    other_brand: Brand,
    inbox: Inbox,
    other_inbox: Inbox,
    lin: Customer,
    returned: Conversation,
) -> None:
    make_staff("the-admin", Role.ADMIN)
    foreign = begin(Customer.objects.create(name="Someone else"), other_inbox)
    hers = _named(begin(lin, inbox), brand, inbox, support, mei)
    things = [
        hers,
        hers
        | {
            "conversation_id": returned.pk,
            "number": returned.number,
            "staff_id": omar.pk,
            "team_id": returns.pk,
        },
        _named(foreign, other_brand, other_inbox, foreign_team, charlie),
    ]
    before, kept, theirs = rights(), state_of([returned, foreign]), {returned.pk, foreign.pk}
    dice, browser, done = Random(seed), signed_in(mei), 0
    for _ in range(STEPS):
        done += step(
            dice, browser, body(dice, [mei, omar, charlie], [support, returns, foreign_team], things), things
        )
        visible = set(
            Conversation.objects.visible_to(Staff.objects.get(pk=mei.pk)).values_list("pk", flat=True)
        )
        assert not visible & theirs
    assert done > STEPS / 40
    assert rights() == before and state_of([returned, foreign]) == kept
    for token in StaffToken.objects.all():
        assert token.staff == mei and set(token.scopes) <= CAPABILITIES[Role.AGENT]


def step(dice: Random, browser: Client, given: dict[str, Any], things: list[dict[str, Any]]) -> bool:
    """Whether it did something; every other door is one that agents may open."""
    route = dice.choice(dice.choice([TRIED, OPEN]))
    address = route.address(dice.choice(things))
    answer = browser.delete(address) if dice.random() < 0.2 else browser.post(address, given)
    assert answer.status_code < 500, (route.pattern, answer)
    return answer.status_code in {200, 201, 204, 302}
