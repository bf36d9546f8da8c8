from __future__ import annotations

from conftest import begin
from kefu.conversations import flows
from kefu.conversations.models import Conversation, Inbox
from kefu.events import log
from kefu.people.models import Customer, Staff


def test_what_a_colleague_had_in_hand_waits_for_the_team_once_they_are_gone(
    parcel_question: Conversation, lin: Customer, inbox: Inbox, mei: Staff, admin: Staff
) -> None:
    solved = begin(lin, inbox)
    for conversation in (parcel_question, solved):
        conversation.take(by=mei)
    solved.solve(by=mei)
    mei.deactivate(by=admin)
    gone = [entry for entry in log.about(mei.pk) if entry.kind == "staff.deactivated"]
    flows.give_back_work(gone)
    flows.give_back_work(gone)
    parcel_question.refresh_from_db()
    solved.refresh_from_db()
    assert parcel_question.assignee is None
    assert solved.assignee == mei
