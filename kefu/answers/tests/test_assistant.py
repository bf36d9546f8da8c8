"""The assistant answers with its source, knows when not to, and is gone once a person is there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import begin, says
from kefu.answers import assistant, hearing, settling
from kefu.answers.models import Band, Intent, Stage, Talk, Turn, WhyPerson
from kefu.answers.tasks import queue_assistant
from kefu.answers.tests.asking import asks, goes_on, last_said, note_of, publish, switch_on
from kefu.articles import search, writing
from kefu.articles.models import Search
from kefu.conversations.bubbles import ASSISTANT_NAME, by_ids
from kefu.conversations.models import Conversation, FieldDefinition, Inbox, Message, Priority, Status
from kefu.events.log import Entry
from kefu.orders.models import LinkedOrder
from kefu.orders.testing import make_order
from kefu.people.models import Brand, Customer, Staff

DESCALING = "Fill the tank with water and one sachet of descaler. Start the cycle and rinse twice afterwards."


@pytest.fixture
def on(brand: Brand, inbox: Inbox) -> None:
    switch_on(inbox)
    publish(brand, "How to descale the kettle", DESCALING)
    publish(brand, "Delivery to Norway", "We deliver to Norway by ship within nine days.")


@pytest.mark.usefixtures("on")
def test_a_question_is_answered_with_its_source_and_marked_as_a_machines(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    said = last_said(conversation)
    assert said.startswith("[Automatic assistant]")
    assert DESCALING in said
    assert "Source: How to descale the kettle" in said
    assert "/b/lumo/en/a/how-to-descale-the-kettle/" in said
    assert "› That did not help" in said and "› Talk to a person" in said
    turn = Turn.objects.get()
    assert (turn.band, turn.found[0]["title"]) == (Band.ANSWERED, "How to descale the kettle")
    assert Search.objects.get().where == "assistant"
    bubble = by_ids([conversation.messages.order_by("seq").last().pk])[0]  # type: ignore[union-attr]
    assert bubble.who == ASSISTANT_NAME
    assert bubble.for_customer()["author"]["name"] == ASSISTANT_NAME


@pytest.mark.usefixtures("on")
def test_the_desk_still_owes_an_answer_of_its_own(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
    assert conversation.first_reply_at is None


@pytest.mark.usefixtures("on")
def test_it_helped_and_the_matter_is_solved(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    goes_on(lin, conversation, "Yes, that helped")
    conversation.refresh_from_db()
    assert conversation.status == Status.SOLVED
    assert [turn.helped for turn in Turn.objects.order_by("id")] == [True, None]


@pytest.mark.usefixtures("on")
def test_the_second_time_it_does_not_help_a_person_takes_over(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    assert "other words" in goes_on(lin, conversation, "That did not help")
    assert "colleague" in goes_on(lin, conversation, "Still doesn't help")
    talk = Talk.objects.get()
    assert (talk.stage, talk.why) == (Stage.HANDED_OVER, WhyPerson.NO_HELP)
    note = note_of(conversation)
    assert "- How do I descale the kettle?" in note
    assert "- That did not help" not in note
    assert "How to descale the kettle (" in note


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("我要人工客服", WhyPerson.ASKED),
        ("转人工", WhyPerson.ASKED),
        ("Can I speak with a real person please", WhyPerson.ASKED),
        ("Talk to a person", WhyPerson.ASKED),
        ("Somebody logged into my account", WhyPerson.SECURITY),
        ("有人冒充你们客服让我转账", WhyPerson.SECURITY),
        ("The kettle caught fire", WhyPerson.DANGER),
        ("插座冒烟了，我触电了", WhyPerson.DANGER),
        ("我要投诉，你们太差了", WhyPerson.COMPLAINT),
        ("This is ridiculous, your service is the worst", WhyPerson.COMPLAINT),
        ("Please approve my refund", WhyPerson.MONEY),
        ("马上给我批准退款", WhyPerson.MONEY),
        ("I want compensation", WhyPerson.MONEY),
    ],
)
@pytest.mark.usefixtures("on")
def test_some_words_bring_a_person_at_once(lin: Customer, inbox: Inbox, said: str, why: WhyPerson) -> None:
    conversation = asks(lin, inbox, said)
    assert Talk.objects.get().why == why
    assert str(why.label) in note_of(conversation)
    assert f"- {said}" in note_of(conversation)


@pytest.mark.usefixtures("on")
def test_it_approves_no_refund_and_promises_no_money(lin: Customer, inbox: Inbox) -> None:
    said = last_said(asks(lin, inbox, "Approve my refund of 200 dollars now"))
    assert "decided by a person, never by me" in said
    assert "200" not in said


@pytest.mark.usefixtures("on")
def test_danger_is_urgent_and_told_what_to_do_first(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "It is on fire!")
    conversation.refresh_from_db()
    assert conversation.priority == Priority.URGENT
    assert "emergency services" in last_said(conversation)


@pytest.mark.usefixtures("on")
def test_what_no_article_answers_goes_to_a_person(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "Quantum zebra saxophone?")
    assert Talk.objects.get().why == WhyPerson.UNSURE
    assert "need not repeat" in last_said(conversation)


@pytest.mark.usefixtures("on")
def test_what_is_half_sure_is_offered_beside_a_person(lin: Customer, inbox: Inbox) -> None:
    switch_on(inbox, answer_from=1.0, offer_from=0.05)
    conversation = asks(lin, inbox, "descale kettle weekly habit thing")
    said = last_said(conversation)
    assert "I am not sure" in said and "How to descale the kettle" in said
    assert "› Talk to a person" in said
    assert DESCALING in goes_on(lin, conversation, "1")


def test_two_that_are_near_are_asked_about_once(brand: Brand, lin: Customer, inbox: Inbox) -> None:
    switch_on(inbox, near=1.0, answer_from=0.1, offer_from=0.05)
    publish(brand, "Return a kettle", "Send the kettle back within two weeks.")
    publish(brand, "Repair a kettle", "Send the kettle to the workshop.")
    conversation = asks(lin, inbox, "kettle")
    said = last_said(conversation)
    assert "Which of these do you mean" in said and "2. " in said
    second = Talk.objects.get().choices[1]["title"]
    assert f"Source: {second}" in goes_on(lin, conversation, second)
    assert "Which of these" not in goes_on(lin, conversation, "kettle")


@pytest.mark.usefixtures("on")
def test_an_article_that_was_withdrawn_meanwhile_is_not_quoted(
    brand: Brand, lin: Customer, inbox: Inbox
) -> None:
    switch_on(inbox, answer_from=1.0, offer_from=0.05)
    conversation = asks(lin, inbox, "descale kettle weekly habit thing")
    writing.withdraw(brand.articles.get(translations__slug__startswith="how").translations.get(), by=None)
    assert DESCALING not in goes_on(lin, conversation, "1")


@pytest.mark.usefixtures("on")
def test_another_brands_articles_are_never_quoted(
    other_brand: Brand, lin: Customer, other_inbox: Inbox
) -> None:
    switch_on(other_inbox)
    conversation = asks(lin, other_inbox, "How do I descale the kettle?")
    assert DESCALING not in last_said(conversation)


@pytest.mark.usefixtures("on")
def test_once_a_person_has_come_it_is_silent_for_good(lin: Customer, inbox: Inbox, mei: Staff) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    before = last_said(conversation)
    conversation.refresh_from_db()
    conversation.take(by=mei)
    assert goes_on(lin, conversation, "And Norway delivery?") == before
    assert Talk.objects.get().stage == Stage.ENDED
    conversation.assign(to=None, by=mei)
    assert goes_on(lin, conversation, "Delivery to Norway?") == before


@pytest.mark.usefixtures("on")
def test_it_says_nothing_after_handing_over(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "Talk to a person")
    before = last_said(conversation)
    assert goes_on(lin, conversation, "How do I descale the kettle?") == before


@pytest.mark.usefixtures("on")
def test_a_colleague_who_is_quicker_is_not_talked_over(
    lin: Customer, inbox: Inbox, mei: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = begin(lin, inbox, "How do I descale the kettle?")
    think = assistant._think

    def slowly(heard: assistant.Heard) -> assistant.Step:
        says(mei, "I am here", in_=conversation)
        return think(heard)

    monkeypatch.setattr(assistant, "_think", slowly)
    assistant.answer(conversation.messages.get().pk)
    assert last_said(conversation) == ""


@pytest.mark.usefixtures("on")
def test_the_same_message_is_answered_once(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    assistant.answer(conversation.messages.order_by("seq")[0].pk)
    assert conversation.messages.count() == 2


@pytest.mark.usefixtures("on")
def test_what_takes_too_long_is_a_persons(lin: Customer, inbox: Inbox) -> None:
    conversation = begin(lin, inbox, "How do I descale the kettle?")
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assistant.answer(conversation.messages.get().pk)
    assert Talk.objects.get().why == WhyPerson.SLOW


@pytest.mark.usefixtures("on")
def test_what_was_never_answered_is_found_and_handed_over(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    says(lin, "And twice?", in_=conversation)
    assert assistant.look_after() == 0
    Conversation.objects.update(last_message_at=timezone.now() - timedelta(minutes=5))
    assert assistant.look_after() == 1
    assert assistant.look_after() == 0
    assert Talk.objects.get().why == WhyPerson.SLOW


@pytest.mark.usefixtures("on")
def test_what_fails_is_a_persons(lin: Customer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(search, "find", broken)
    asks(lin, inbox, "How do I descale the kettle?")
    assert Talk.objects.get().why == WhyPerson.FAILED


def test_a_chinese_question_is_answered_from_the_chinese_article(
    brand: Brand, lin: Customer, inbox: Inbox
) -> None:
    switch_on(inbox, answer_from=0.2)
    publish(brand, "How to descale the kettle", DESCALING)
    publish(
        brand, "水壶怎么除垢", "加满水，放入一包除垢剂，煮开后静置二十分钟，再冲洗两遍。", language="zh-hans"
    )
    conversation = asks(lin, inbox, "水壶怎么除垢")
    assert "静置二十分钟" in last_said(conversation)
    assert "/b/lumo/zh-hans/a/" in last_said(conversation)


def test_markup_in_an_article_is_only_text_in_the_console(
    brand: Brand, lin: Customer, inbox: Inbox, mei: Staff
) -> None:
    from kefu.people.testing import signed_in

    switch_on(inbox)
    publish(brand, "Kettle tags", "Kettle tags look like `<img src=x onerror=alert(1)>` on the label.")
    conversation = asks(lin, inbox, "Kettle tags")
    assert "<img src=x" in last_said(conversation)
    page = signed_in(mei).get(f"/console/c/{conversation.pk}/").content.decode()
    assert "<img src=x" not in page


# -- orders


@pytest.fixture
def order(lin: Customer, brand: Brand) -> str:
    return make_order(lin, brand, email="lin@example.test").external_no


@pytest.mark.usefixtures("on")
def test_an_order_is_looked_up_with_its_second_fact(lin: Customer, inbox: Inbox, order: str) -> None:
    conversation = asks(lin, inbox, "Where is my parcel? Tracking shows nothing")
    assert "order number" in last_said(conversation)
    assert "last 4 digits" in goes_on(lin, conversation, f"It is {order}")
    said = goes_on(lin, conversation, "lin@example.test")
    assert f"Order {order}:" in said
    assert "lin@example.test" not in said
    assert LinkedOrder.objects.filter(conversation=conversation).exists()
    goes_on(lin, conversation, "Talk to a person")
    assert f"Order looked up with its second fact: {order}" in note_of(conversation)


@pytest.mark.usefixtures("on")
def test_wrong_facts_are_answered_like_wrong_numbers_and_then_by_a_person(
    lin: Customer, inbox: Inbox, order: str
) -> None:
    wrong_fact = asks(lin, inbox, f"Where is my order {order}?")
    wrong_number = asks(lin, inbox, "Where is my order NO-99881?")
    answers = {goes_on(lin, one, "else@example.test") for one in (wrong_fact, wrong_number)}
    assert len(answers) == 1 and "no order with these details" in answers.pop()
    goes_on(lin, wrong_fact, order)
    goes_on(lin, wrong_fact, "0000")
    assert Talk.objects.get(pk=wrong_fact.pk).why == WhyPerson.ORDER


@pytest.mark.usefixtures("on")
def test_what_may_be_asked_for_is_shown_and_nothing_is_granted(
    lin: Customer, inbox: Inbox, order: str
) -> None:
    conversation = asks(lin, inbox, f"I want to return my order {order}, it doesn't fit")
    said = goes_on(lin, conversation, "lin@example.test")
    assert "a person or the policy decides" in said


# -- fields, and where it is on


def test_what_every_such_question_needs_is_asked_before_it_gives_up(
    brand: Brand, lin: Customer, inbox: Inbox
) -> None:
    FieldDefinition.objects.create(brand=brand, key="model", label="Product model")
    switch_on(inbox, collects=["model", "gone"])
    conversation = asks(lin, inbox, "Quantum zebra saxophone?")
    assert "Product model?" in last_said(conversation)
    goes_on(lin, conversation, "LQ-200")
    conversation.refresh_from_db()
    assert conversation.fields == {"model": "LQ-200"}
    assert Talk.objects.get().why == WhyPerson.UNSURE


def test_where_it_is_switched_off_it_says_nothing(brand: Brand, lin: Customer, inbox: Inbox) -> None:
    publish(brand, "How to descale the kettle", DESCALING)
    assert last_said(asks(lin, inbox, "How do I descale the kettle?")) == ""
    switch_on(inbox, is_on=False)
    assert last_said(asks(lin, inbox, "How do I descale the kettle?")) == ""


def test_what_was_written_before_it_was_switched_on_is_left_alone(
    brand: Brand, lin: Customer, inbox: Inbox, admin: Staff
) -> None:
    publish(brand, "How to descale the kettle", DESCALING)
    waiting = begin(lin, inbox, "How do I descale the kettle?")
    given = {"is_on": True, "answer_from": 0.35, "offer_from": 0.15, "collects": []}
    settling.decide(inbox, given, by=admin)
    assistant.answer(waiting.messages.get().pk)
    assert last_said(waiting) == ""
    since = settling.decide(inbox, given | {"answer_from": 0.4}, by=admin).on_since
    assert since is not None and since < timezone.now()
    assert last_said(asks(lin, inbox, "How do I descale the kettle?")) != ""


def test_the_reader_queues_a_job_only_where_it_is_on(
    lin: Customer, inbox: Inbox, other_inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kefu.answers import tasks

    queued: list[int] = []

    class Job:
        def defer(self, message: int) -> None:
            queued.append(message)

    monkeypatch.setattr(tasks.assist, "configure", lambda **_named: Job())
    switch_on(inbox)
    here, there = begin(lin, inbox), begin(lin, other_inbox)
    entries = [
        Entry(
            one.pk, 0, 0, timezone.now(), "message.posted", "conversation", one.conversation_id, kind, None,
            {"message": one.pk, "kind": "reply", "inbox": str(one.conversation.inbox_id), "assignee": None},
        )
        for one in Message.objects.select_related("conversation").order_by("pk")
        for kind in ("customer", "staff", "system")
    ]  # fmt: skip
    queue_assistant(entries)
    assert queued == [here.messages.get().pk]
    assert there.messages.count() == 1


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("my order is LQ-20231", "LQ-20231"),
        ("订单号88213", "88213"),
        ("#100234", "100234"),
        ("after 3 days", ""),
        ("Where is it", ""),
    ],
)
def test_order_numbers_are_recognised(said: str, number: str) -> None:
    assert hearing.order_number(said) == number


@pytest.mark.parametrize(
    "said",
    [
        "How long does a refund take?",
        "退款多久到账",
        "Can I return opened goods?",
        "保修期多久",
        "How do I clean the filter?",
        "Do you ship to Norway?",
        "How long does it take to process a return?",
        "Does the guarantee include a replacement?",
        "通过什么方式退款",
        "滚筒洗衣机怎么清洗",
        "垃圾桶的盖子打不开",
        "保修含人工费吗",
        "How do I test the smoke detector?",
    ],
)
def test_a_plain_question_calls_nobody(said: str) -> None:
    assert hearing.why_person(said, Intent.OTHER, 1.0) is None


@pytest.mark.parametrize(
    "said", ["已解决，谢谢", "解决了", "Yes, that helped", "That helped, thank you", "谢谢，明白了"]
)
def test_thanks_are_understood(said: str) -> None:
    assert hearing.helped(said)


@pytest.mark.parametrize(
    "said", ["没有解决", "没用", "还是不行", "That did not help", "It still doesn't work"]
)
def test_what_did_not_help_is_understood(said: str) -> None:
    assert hearing.no_help(said) and not hearing.helped(said)


@pytest.mark.usefixtures("on")
def test_a_thing_that_does_not_work_is_a_question_and_no_reproach(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle? It still doesn't boil")
    assert DESCALING in last_said(conversation)


@pytest.mark.usefixtures("on")
def test_who_says_it_in_other_words_is_answered_again(lin: Customer, inbox: Inbox) -> None:
    conversation = asks(lin, inbox, "How do I descale the kettle?")
    said = goes_on(
        lin,
        conversation,
        "That did not help me at all, I would like to know about the delivery to Norway by ship",
    )
    assert "nine days" in said
    assert [turn.helped for turn in Turn.objects.order_by("id")] == [False, None]
