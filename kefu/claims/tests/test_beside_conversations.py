"""What a conversation shows of the claims that began in it."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse

from conftest import begin
from kefu.claims import filing, reviewing
from kefu.claims.beside_conversations import HEARS, MOVED, note_steps
from kefu.claims.models import Claim
from kefu.claims.tests.desk import BY_HAND, Desk, publish
from kefu.conversations.models import Conversation, Inbox
from kefu.events.log import COLUMNS, Entry, entries
from kefu.people.testing import signed_in

pytestmark = pytest.mark.django_db


def steps_told(desk: Desk, conversation: Conversation | None) -> Claim:
    publish(desk.shop, BY_HAND)
    asked = desk.shop.asks(desk.order(), "return")
    claim = filing.draft(asked, by=desk.shop.customer, conversation=conversation)
    filing.submit(claim, by=desk.shop.customer)
    reviewing.approve(claim, by=desk.agent)
    note_steps(entry for entry in recorded(claim.pk) if entry.kind in HEARS)
    return claim


def recorded(subject: UUID) -> list[Entry]:

    with connection.cursor() as db:
        db.execute(f"SELECT {COLUMNS} FROM events_event WHERE subject_id = %s ORDER BY id", [subject])
        return entries(db.fetchall())


def test_each_step_that_lasts_is_a_line_in_its_conversation(desk: Desk, inbox: Inbox) -> None:
    talk = begin(desk.shop.customer, inbox)
    claim = steps_told(desk, talk)
    told = [entry for entry in recorded(talk.pk) if entry.kind == MOVED]
    assert [(entry.data["after"], entry.actor_kind) for entry in told] == [
        ("under_review", "system"),
        ("approved", "staff"),
    ]
    shown = signed_in(desk.agent).get(reverse("conversation", args=[talk.pk])).content.decode()
    assert f"Mei: claim {claim} is at “Approved”" in shown
    assert f"The desk: claim {claim} is at “Under review”" in shown


def test_a_claim_that_began_elsewhere_is_told_nowhere(desk: Desk, inbox: Inbox) -> None:
    talk = begin(desk.shop.customer, inbox)
    steps_told(desk, None)
    assert not [entry for entry in recorded(talk.pk) if entry.kind == MOVED]
