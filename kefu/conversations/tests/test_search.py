from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import begin, says
from kefu.conversations import flows
from kefu.conversations import search as search_room
from kefu.conversations.indexing import index_messages
from kefu.conversations.models import Conversation, Inbox, Message, MessageWords
from kefu.conversations.search import search
from kefu.events import log
from kefu.people.models import Customer, Identity, Staff


def index_everything() -> None:
    posted = [entry for entry in log.settled_after(log.Cursor(), 10_000) if entry.kind == "message.posted"]
    missing = set(Message.objects.values_list("pk", flat=True)) - {entry.data["message"] for entry in posted}
    like = log.Entry(0, 1, 1, timezone.now(), "message.posted", "conversation", uuid4(), "system", None, {})
    index_messages([*posted, *(replace(like, data={"message": id_}) for id_ in missing)])


def numbers(query: str, agent: Staff) -> list[str]:
    return [hit.bubble.text for hit in search(query, agent).hits]


def test_a_number_finds_its_conversation_however_it_is_written(
    mei: Staff, parcel_question: Conversation
) -> None:
    for query in (
        parcel_question.public_number,
        parcel_question.public_number.lower(),
        str(parcel_question.number),
    ):
        assert search(query, mei).conversations == [parcel_question]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("退款", "您好，我想申请退款，谢谢"),
        ("申请退款", "您好，我想申请退款，谢谢"),
        ("earbud", "The left earbud is silent"),
        ("EARBUD left", "The left earbud is silent"),
        ("LM-20418", "Order LM-20418 is late"),
        ("固件 43", "固件升级卡在 43%"),
    ],
)
def test_words_of_a_message_find_it_in_chinese_and_english(
    mei: Staff, lin: Customer, inbox: Inbox, query: str, text: str
) -> None:
    begin(lin, inbox, text)
    begin(lin, inbox, "Something else 别的事情")
    index_everything()
    assert numbers(query, mei) == [text]


def test_what_one_may_not_see_is_not_found(
    charlie: Staff, mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    Identity(
        customer=lin,
        kind="email",
        value="lin@example.com",
        index=Identity.index_of("email", "lin@example.com"),
    ).save()
    flows.leave_note(parcel_question, "carrier reference", by=mei)
    index_everything()
    for query in ("parcel", "carrier", "Lin", "lin@example.com", parcel_question.public_number):
        assert not search(query, mei).nothing, query
        assert search(query, charlie).nothing, query


def test_the_latest_message_stands_first(mei: Staff, lin: Customer, parcel_question: Conversation) -> None:
    says(lin, "parcel again", parcel_question)
    says(mei, "parcel found", parcel_question)
    index_everything()
    assert numbers("parcel", mei) == ["parcel found", "parcel again", "Where is my parcel?"]


def test_an_exact_address_or_the_name_finds_the_customer(
    mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    Identity(
        customer=lin, kind="phone", value="13800001234", index=Identity.index_of("phone", "13800001234")
    ).save()
    for query in ("13800001234", "138 0000 1234", "Li", "lin"):
        assert [person.latest for person in search(query, mei).customers] == [parcel_question.pk], query
    assert search("1380000", mei).customers == []


def test_indexing_twice_changes_nothing(parcel_question: Conversation) -> None:
    index_everything()
    index_everything()
    assert MessageWords.objects.count() == 1


def test_nothing_that_one_types_breaks_it(mei: Staff, parcel_question: Conversation) -> None:
    index_everything()
    for query in (
        "'",
        "\\",
        "a & | ! ( <->",
        "%",
        "_",
        "😀",
        "K-" + "9" * 30,
        "x" * 5000,
        "\u0000",
        "'; DROP TABLE x",
    ):
        search(query, mei)


def test_search_asks_the_database_as_often_for_much_as_for_little(
    mei: Staff, lin: Customer, inbox: Inbox, parcel_question: Conversation
) -> None:
    begin(Customer.objects.create(name="Parcel"), inbox, "parcel")
    index_everything()
    before = _queries(mei)
    for number in range(25):
        begin(Customer.objects.create(name=f"Parcel {number}"), inbox, f"parcel {number}")
    index_everything()
    assert _queries(mei) <= before <= 10


def _queries(agent: Staff) -> int:
    agent = Staff.objects.get(pk=agent.pk)
    with CaptureQueriesContext(connection) as counted:
        assert search("parcel", agent).hits
    return len(counted)


def test_a_rare_word_is_found_beyond_the_latest_messages(
    mei: Staff, lin: Customer, parcel_question: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        says(lin, f"something else {number}", parcel_question)
    index_everything()
    monkeypatch.setattr(search_room, "FIRST_WALK", 2)
    assert numbers("parcel", mei) == ["Where is my parcel?"]


def test_a_word_that_is_everywhere_is_met_by_walking_the_latest(
    mei: Staff, lin: Customer, parcel_question: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        says(lin, f"parcel {number}", parcel_question)
    index_everything()
    monkeypatch.setattr(search_room, "FIRST_WALK", 1)
    monkeypatch.setattr(search_room, "MOST_HITS", 3)
    assert numbers("parcel", mei)[:2] == ["parcel 5", "parcel 4"]


def test_what_stands_among_the_latest_often_enough_is_not_gathered_from_the_index(
    mei: Staff, lin: Customer, parcel_question: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        says(lin, f"parcel {number}", parcel_question)
    index_everything()
    for name, value in {"FIRST_WALK": 4, "SHOWN": 5, "_HITS": "never sent"}.items():
        monkeypatch.setattr(search_room, name, value)
    assert numbers("parcel", mei) == [f"parcel {number}" for number in (5, 4, 3, 2, 1)]


def test_a_match_is_found_by_its_index_and_sorted_afterwards(
    mei: Staff, lin: Customer, parcel_question: Conversation
) -> None:
    index_everything()
    visible, who = search_room._seen_by(mei)
    wanted = search_room._HITS.format(shown=search_room._SHOWN.format(visible=visible))
    with connection.cursor() as db:
        db.execute("SET LOCAL enable_seqscan = off")
        db.execute(f"EXPLAIN {wanted}", ["'parcel'", 3001, *who, 20])
        plan = "\n".join(row[0] for row in db.fetchall())
    assert "Bitmap Index Scan on message_words" in plan and "CTE hits" in plan
