from __future__ import annotations

import threading
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connections

from conftest import begin, draft, says
from kefu.conversations import posting
from kefu.conversations.models import Conversation, Inbox, Message, Status
from kefu.events import log
from kefu.people.models import Customer, Staff


def test_messages_are_numbered_without_a_gap(
    parcel_question: Conversation, lin: Customer, mei: Staff
) -> None:
    posting.post([draft(parcel_question, lin, f"word {n}") for n in range(5)])
    says(mei, "We are looking.", in_=parcel_question)
    assert list(parcel_question.messages.order_by("seq").values_list("seq", flat=True)) == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
    ]


def test_a_note_leaves_no_gap_that_a_customer_could_notice(parcel_question: Conversation, mei: Staff) -> None:
    note = posting.post_one(draft(parcel_question, mei, "Angry, careful.", kind="note"))
    reply = says(mei, "Hello.", in_=parcel_question)
    assert (note.seq, note.reply_seq) == (2, None)
    assert (reply.seq, reply.reply_seq) == (3, 2)


def test_a_resend_answers_as_the_first_time_and_stores_nothing(
    parcel_question: Conversation, lin: Customer
) -> None:
    once = draft(parcel_question, lin, "Still nothing")
    first, again = posting.post_one(once), posting.post_one(once)
    assert (again.seq, again.message_id, again.repeat) == (first.seq, first.message_id, True)
    assert parcel_question.messages.count() == 2


def test_the_same_draft_twice_in_one_batch_is_stored_once(
    parcel_question: Conversation, lin: Customer
) -> None:
    once = draft(parcel_question, lin, "Twice")
    first, again = posting.post([once, once])
    assert isinstance(first, posting.Posted)
    assert isinstance(again, posting.Posted)
    assert (first.seq, first.repeat, again.seq, again.repeat) == (2, False, 2, True)


def test_a_bad_draft_fails_alone_in_its_batch(parcel_question: Conversation, lin: Customer) -> None:
    good, bad = draft(parcel_question, lin, "fine"), draft(parcel_question, lin, "nul \x00")
    nowhere = posting.Draft(uuid4(), uuid4(), "customer", lin.pk, "hello", posting.anyone)
    outcomes = posting.post([bad, good, nowhere])
    assert isinstance(outcomes[0], posting.Unposted)
    assert outcomes[0].why == posting.Why.UNREADABLE
    assert isinstance(outcomes[1], posting.Posted)
    assert isinstance(outcomes[2], posting.Unposted)
    assert outcomes[2].why == posting.Why.NOT_FOUND


@pytest.mark.usefixtures("committed")
def test_a_draft_that_the_database_refuses_fails_alone(inbox: Inbox) -> None:
    customer = Customer.objects.create()
    conversation = begin(customer, inbox)
    good = draft(conversation, customer, "fine")
    foreign_file = posting.Draft(
        conversation.pk, uuid4(), "customer", customer.pk, "mine", posting.anyone, file_ids=(uuid4(),)
    )
    outcomes = posting.post([foreign_file, good])
    assert isinstance(outcomes[0], posting.Unposted)
    assert outcomes[0].why == posting.Why.FILE_GONE
    assert isinstance(outcomes[1], posting.Posted)
    assert outcomes[1].seq == 2


def test_a_right_that_was_lost_meanwhile_is_not_found(parcel_question: Conversation, lin: Customer) -> None:
    refused = posting.Draft(parcel_question.pk, uuid4(), "customer", lin.pk, "hi", lambda locked: False)
    with pytest.raises(posting.CannotPost) as problem:
        posting.post_one(refused)
    assert problem.value.why == posting.Why.NOT_FOUND


def test_a_customer_who_writes_again_reopens_the_conversation(
    parcel_question: Conversation, lin: Customer, mei: Staff
) -> None:
    parcel_question.solve(by=mei)
    says(lin, "Still not here", in_=parcel_question)
    parcel_question.refresh_from_db()
    assert parcel_question.status == Status.OPEN
    assert parcel_question.waiting_since is not None
    assert "conversation.reopened" in [entry.kind for entry in log.about(parcel_question.pk)]


def test_waiting_begins_with_the_first_unanswered_message(
    parcel_question: Conversation, lin: Customer, mei: Staff
) -> None:
    began = parcel_question.messages.get(seq=1).created_at
    says(lin, "Hello?", in_=parcel_question)
    parcel_question.refresh_from_db()
    assert parcel_question.waiting_since == began
    says(mei, "Here I am.", in_=parcel_question)
    parcel_question.refresh_from_db()
    assert parcel_question.waiting_since is None
    assert parcel_question.first_reply_at is not None


def test_writing_into_a_closed_conversation_begins_one_follow_up(
    parcel_question: Conversation, lin: Customer, mei: Staff
) -> None:
    parcel_question.close(by=mei)
    late = draft(parcel_question, lin, "One more thing")
    first, again = posting.post_one(late), posting.post_one(late)
    assert first.conversation_id == again.conversation_id != parcel_question.pk
    assert again.repeat
    assert Conversation.objects.get(pk=first.conversation_id).follow_up_of == parcel_question


def test_staff_cannot_reply_into_a_closed_conversation(parcel_question: Conversation, mei: Staff) -> None:
    parcel_question.close(by=mei)
    with pytest.raises(posting.CannotPost):
        says(mei, "Anything else?", in_=parcel_question)


def test_a_card_number_is_masked_before_it_is_stored(parcel_question: Conversation, lin: Customer) -> None:
    posted = says(lin, "My card is 4111 1111 1111 1111, refund it", in_=parcel_question)
    stored = Message.objects.get(pk=posted.message_id)
    assert "4111 1111 1111 1111" not in stored.text
    assert stored.masked == ["card"]
    assert bytes(stored.commitment) == sha256(bytes(stored.salt) + stored.text.encode()).digest()


@pytest.mark.parametrize("together", [True, False])
def test_a_card_number_sent_in_pieces_is_masked_at_its_last_piece(
    parcel_question: Conversation, lin: Customer, together: bool
) -> None:
    pieces = [draft(parcel_question, lin, piece) for piece in ("4111 1111", "1111 1111")]
    outcomes = posting.post(pieces) if together else [posting.post_one(piece) for piece in pieces]
    assert isinstance(outcomes[1], posting.Posted)
    assert "1111" not in outcomes[1].text


def test_every_message_is_one_fact_in_the_log(parcel_question: Conversation, lin: Customer) -> None:
    says(lin, "Secret words", in_=parcel_question)
    facts = [entry for entry in log.about(parcel_question.pk) if entry.kind == "message.posted"]
    assert [fact.data["seq"] for fact in facts] == [1, 2]
    assert "Secret words" not in str(facts)


@pytest.mark.usefixtures("committed")
def test_resends_that_race_are_stored_once_and_leave_no_gap(inbox: Inbox) -> None:
    customer = Customer.objects.create()
    conversation = begin(customer, inbox)
    drafts = [draft(conversation, customer, f"word {n}") for n in range(40)]
    results: list[list[posting.Posted | posting.Unposted]] = []

    def send() -> None:
        for one in drafts:
            results.append(posting.post([one]))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seqs = list(conversation.messages.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 42))
    assert sum(isinstance(r[0], posting.Posted) and not r[0].repeat for r in results) == 40


@pytest.mark.usefixtures("committed")
def test_batches_that_share_conversations_never_deadlock(inbox: Inbox) -> None:
    customer = Customer.objects.create()
    conversations = [begin(customer, inbox) for _ in range(6)]
    failures: list[posting.Posted | posting.Unposted] = []

    def send(order: list[Conversation]) -> None:
        for _ in range(15):
            outcomes = posting.post([draft(one, customer, "x") for one in order])
            failures.extend(one for one in outcomes if isinstance(one, posting.Unposted))
        connections.close_all()

    threads = [
        threading.Thread(target=send, args=(order,)) for order in (conversations, conversations[::-1]) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for conversation in conversations:
        conversation.refresh_from_db()
        assert conversation.last_seq == conversation.messages.count() == 61
