"""Who sees a conversation is said twice, in SQL for pages and in memory for screens: both must agree."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import begin, make_staff
from kefu.conversations.models import Conversation, Inbox
from kefu.conversations.screens import topics_of
from kefu.events import log
from kefu.events.log import Entry
from kefu.people.models import Brand, Customer, Staff, Team
from kefu.people.roles import Role
from kefu.people.testing import begin_session
from kefu.people.viewers import recheck, viewer_of


@pytest.fixture
def everyone(support: Team, returns: Team, foreign_team: Team) -> list[Staff]:
    """Every role in every combination of teams."""
    places: list[tuple[Team, ...]] = [(), (support,), (returns,), (foreign_team,), (support, foreign_team)]
    return [
        make_staff(f"{role}{number}", role, *teams)
        for role, (number, teams) in product(Role, enumerate(places))
    ]


@pytest.fixture
def everything(
    inbox: Inbox, other_inbox: Inbox, returns: Team, lin: Customer, everyone: list[Staff]
) -> list[Conversation]:
    """In every team, unassigned and assigned to one of each role, whether or not they are in the team."""
    assignees = [
        None,
        *[staff for staff in everyone if staff.email.startswith(tuple(f"{role}1" for role in Role))],
    ]
    made = []
    for home, team in ((inbox, inbox.team), (inbox, returns), (other_inbox, other_inbox.team)):
        for assignee in assignees:
            conversation = begin(lin, home)
            Conversation.objects.filter(pk=conversation.pk).update(team=team, assignee=assignee)
            conversation.refresh_from_db()
            made.append(conversation)
    return made


def entry(conversation: Conversation, kind: str = "message.posted", **data: Any) -> Entry:
    scope = {key: str(value) if value else None for key, value in conversation.scope().items()}
    return Entry(
        id=1,
        era=1,
        xid=1,
        at=datetime.now(UTC),
        kind=kind,
        subject_kind="conversation",
        subject_id=conversation.pk,
        actor_kind="system",
        actor_id=None,
        data=scope | data,
    )


def test_pages_and_screens_show_everyone_the_same_conversations(
    everyone: list[Staff], everything: list[Conversation]
) -> None:
    for staff in everyone:
        listed = set(Conversation.objects.visible_to(staff))
        viewer = viewer_of(staff)
        for kind in ("message.posted", "conversation.solved"):
            shown = {conversation for conversation in everything if viewer.may_see(entry(conversation, kind))}
            assert shown == listed, (staff.role, [team.name for team in staff.teams.all()])


def test_whispers_about_a_conversation_are_heard_by_those_who_see_it(
    everyone: list[Staff], everything: list[Conversation]
) -> None:
    for staff in everyone:
        listed = set(Conversation.objects.visible_to(staff))
        viewer = viewer_of(staff)
        heard = {one for one in everything if viewer.may_hear("typing", {**one.scope(), "person": staff.pk})}
        assert heard == listed


def test_a_topic_is_named_wherever_something_can_be_seen(
    everyone: list[Staff], everything: list[Conversation]
) -> None:
    for staff in everyone:
        topics = set(viewer_of(staff).topics())
        for conversation in Conversation.objects.visible_to(staff):
            assert topics & set(topics_of(entry(conversation)))


def test_whoever_could_see_it_is_told_once_that_it_went(
    parcel_question: Conversation, mei: Staff, omar: Staff, charlie: Staff, returns: Team
) -> None:
    parcel_question.hand_over(to=returns, by=mei)
    went = next(fact for fact in log.about(parcel_question.pk) if fact.kind == "conversation.handed_over")
    assert viewer_of(mei).may_see(went)
    assert viewer_of(omar).may_see(went)
    assert not viewer_of(charlie).may_see(went)
    assert not viewer_of(mei).may_see(entry(parcel_question))


def test_facts_about_colleagues_are_for_themselves_and_for_those_who_manage_them(
    mei: Staff, omar: Staff, admin: Staff
) -> None:
    omar.change_role(Role.SENIOR, by=admin)
    changed = next(fact for fact in log.about(omar.pk) if fact.kind == "staff.role_changed")
    assert viewer_of(omar).may_see(changed)
    assert viewer_of(admin).may_see(changed)
    assert not viewer_of(mei).may_see(changed)


def test_someone_who_has_left_sees_nothing(mei: Staff, admin: Staff, parcel_question: Conversation) -> None:
    mei.deactivate(by=admin)
    mei.refresh_from_db()
    assert not Conversation.objects.visible_to(mei).exists()


def test_looking_again_at_many_screens_takes_three_queries(
    brand: Brand, support: Team, mei: Staff, omar: Staff, supervisor: Staff
) -> None:
    keys = [begin_session(staff) for staff in (mei, omar, supervisor) for _screen in range(5)]
    with CaptureQueriesContext(connection) as queries:
        assert set(recheck(keys)) == set(keys)
    assert len(queries) <= 3
