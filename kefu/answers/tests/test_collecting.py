"""Before a person takes over, the assistant asks what the form of that topic asks: one question at a time."""

from __future__ import annotations

import pytest

from conftest import begin
from kefu.answers import assistant, collecting, settling
from kefu.answers.forms import AssistantForm
from kefu.answers.models import About, Assistant, Intent, Stage, Talk, WhyPerson
from kefu.answers.tests.asking import asks, goes_on, last_said, note_of, publish, switch_on
from kefu.conversations.models import Conversation, Inbox, Priority
from kefu.inboxes.form.settings import EMAIL, NAME, FormSettings, FormTopic, Question, When
from kefu.inboxes.form.testing import Writer, make_form
from kefu.inboxes.stored import Words
from kefu.inboxes.topics import FieldType
from kefu.people.models import Brand, Customer, Refused, Staff, Team
from kefu.people.testing import signed_in

WARRANTY = FormTopic(
    "warranty",
    Words("保修", "Warranty"),
    (
        NAME,
        EMAIL,
        Question(
            "product_model",
            Words("型号", "Model"),
            FieldType.CHOICE,
            required=True,
            choices=("旧款 | Old one", "新款 | New one"),
        ),
        Question(
            "serial", Words("序列号", "Serial number"), required=True, help=Words("在底部", "At the bottom")
        ),
        Question("bought", Words("购买日期", "Date of purchase"), FieldType.DATE, required=True),
        Question(
            "parts",
            Words("部件", "Parts"),
            FieldType.SEVERAL,
            choices=("Lid", "Base"),
            when=When("product_model", ("旧款 | Old one",)),
        ),
        Question("photos", Words("照片", "Photos"), FieldType.FILES),
        Question("consent", Words("同意", "I agree to a repair"), FieldType.CHECKBOX),
    ),
)
BROKEN = "The motor of my mixer stopped working, is it covered by the warranty?"


@pytest.fixture
def form(support: Team) -> Inbox:
    return make_form(support, WARRANTY, name="Contact")


@pytest.fixture
def on(inbox: Inbox, form: Inbox) -> Assistant:
    return switch_on(inbox, topics={"warranty": f"{form.pk.hex} warranty"}, looks_up_orders=False)


def about(conversation: Conversation, intent: Intent = Intent.WARRANTY) -> None:
    """What the classifier's reader says of it."""
    About.objects.update_or_create(
        conversation=conversation, defaults={"intent": intent, "guess": intent, "probability": 0.9}
    )


@pytest.fixture
def asked(on: Assistant, lin: Customer, inbox: Inbox) -> Conversation:
    """About a warranty, with the first question put."""
    conversation = begin(lin, inbox, BROKEN)
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    return conversation


def fields(conversation: Conversation) -> dict[str, str]:
    conversation.refresh_from_db()
    return dict(conversation.fields)


def test_the_questions_come_one_at_a_time_and_are_kept_as_the_form_keeps_them(
    asked: Conversation, lin: Customer
) -> None:
    first = last_said(asked)
    assert "Model?" in first and "› New one" in first and "旧款" not in first
    assert "› Skip this question" in first and "› Talk to a person" in first
    assert "Serial number?\nAt the bottom" in goes_on(lin, asked, "New one")
    assert "Date of purchase?\nFor example 2026-03-31." in goes_on(lin, asked, "SN-4471")
    assert "I agree to a repair?" in goes_on(lin, asked, "2025年3月1日")
    assert "› Yes" in last_said(asked)
    assert "need not repeat" in goes_on(lin, asked, "Yes")
    assert fields(asked) == {
        "product_model": "新款 | New one",
        "serial": "SN-4471",
        "bought": "2025-03-01",
        "consent": "Yes",
    }
    assert (Talk.objects.get().stage, Talk.objects.get().why) == (Stage.HANDED_OVER, WhyPerson.UNSURE)
    note = note_of(asked)
    assert "- Serial number: SN-4471" in note and "- Date of purchase: 2025-03-01" in note
    assert "Photos" not in note and "E-mail" not in note


def test_the_same_answers_sent_by_the_form_are_the_same_fields(
    asked: Conversation, lin: Customer, form: Inbox
) -> None:
    for text in ("1", "SN-1", "2025/3/1", "Lid，Base", "Skip this question"):
        goes_on(lin, asked, text)
    given = {
        "a_product_model": "旧款 | Old one",
        "a_serial": "SN-1",
        "a_bought": "2025-03-01",
        "a_parts": ["Lid", "Base"],
    }
    assert Writer(form, topic="warranty").sends(given, text="Broken").status_code == 302
    sent = Conversation.objects.get(inbox=form)
    assert fields(asked) == fields(sent)


def test_a_question_that_hangs_on_an_answer_is_asked_after_that_answer_alone(
    asked: Conversation, lin: Customer
) -> None:
    for text in ("Old one", "SN-1", "2025-03-01"):
        goes_on(lin, asked, text)
    assert "Parts?" in last_said(asked)


def test_what_the_form_would_refuse_is_asked_again_once(asked: Conversation, lin: Customer) -> None:
    assert "Please choose one.\nModel?" in goes_on(lin, asked, "the red one")
    assert "Serial number?" in goes_on(lin, asked, "I told you, red")
    goes_on(lin, asked, "SN-1")
    assert "Please choose a date.\nDate of purchase?" in goes_on(lin, asked, "2025-02-31")
    goes_on(lin, asked, "2025-02-28")
    goes_on(lin, asked, "Skip this question")
    assert fields(asked) == {"serial": "SN-1", "bought": "2025-02-28"}
    assert "- Model: not answered" in note_of(asked)
    assert "- the red one" in note_of(asked)


def test_every_question_may_be_skipped(asked: Conversation, lin: Customer) -> None:
    for _question in range(4):
        goes_on(lin, asked, "Skip this question")
    assert Talk.objects.get().stage == Stage.HANDED_OVER
    assert fields(asked) == {}
    assert "Skip this question" not in note_of(asked)


def test_a_person_comes_at_once_in_the_middle_of_it_and_has_what_was_said(
    asked: Conversation, lin: Customer
) -> None:
    goes_on(lin, asked, "New one")
    goes_on(lin, asked, "Talk to a person")
    assert Talk.objects.get().why == WhyPerson.ASKED
    assert "- Model: 新款 | New one" in note_of(asked)
    assert "- Serial number: not answered" in note_of(asked)


def test_danger_comes_before_any_question(asked: Conversation, lin: Customer) -> None:
    goes_on(lin, asked, "It is on fire")
    asked.refresh_from_db()
    assert asked.priority == Priority.URGENT


def test_once_a_colleague_is_there_nothing_more_is_asked(
    asked: Conversation, lin: Customer, mei: Staff
) -> None:
    before = last_said(asked)
    asked.refresh_from_db()
    asked.take(by=mei)
    assert goes_on(lin, asked, "New one") == before
    assert fields(asked) == {}


def test_the_same_answer_heard_twice_is_one_answer(asked: Conversation, lin: Customer) -> None:
    goes_on(lin, asked, "New one")
    assistant.answer(asked.messages.filter(author_kind="customer").latest("seq").pk)
    assert [one["key"] for one in Talk.objects.get().asked] == ["product_model", "serial"]


def test_what_was_answered_before_the_chat_is_not_asked(
    on: Assistant, lin: Customer, inbox: Inbox, form: Inbox
) -> None:
    conversation = begin(lin, inbox, BROKEN)
    conversation.describe({"product_model": "LQ-1"}, by=lin)
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    assert "Serial number?" in last_said(conversation)


def test_who_got_an_article_may_give_the_details_instead(
    on: Assistant, brand: Brand, lin: Customer, inbox: Inbox
) -> None:
    publish(brand, "Warranty of the mixer's motor", "The motor of the mixer is covered for ten years.")
    switch_on(inbox, topics=on.topics, answer_from=0.1, offer_from=0.05)
    conversation = begin(lin, inbox, BROKEN)
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    assert "ten years" in last_said(conversation)
    assert "› Give a colleague the details" in last_said(conversation)
    assert "Model?" in goes_on(lin, conversation, "Give a colleague the details")


def test_the_second_time_it_did_not_help_the_questions_come_first(
    on: Assistant, brand: Brand, lin: Customer, inbox: Inbox
) -> None:
    publish(brand, "Warranty of the mixer's motor", "The motor of the mixer is covered for ten years.")
    switch_on(inbox, topics=on.topics, answer_from=0.1, offer_from=0.05)
    conversation = begin(lin, inbox, BROKEN)
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    goes_on(lin, conversation, "That did not help")
    assert "Model?" in goes_on(lin, conversation, "That did not help")
    for _question in range(4):
        goes_on(lin, conversation, "Skip this question")
    assert Talk.objects.get().why == WhyPerson.NO_HELP


def test_what_is_about_something_else_is_not_asked(on: Assistant, lin: Customer, inbox: Inbox) -> None:
    conversation = begin(lin, inbox, "Quantum zebra saxophone?")
    about(conversation, Intent.OTHER)
    assistant.answer(conversation.messages.get().pk)
    assert Talk.objects.get().why == WhyPerson.UNSURE


def test_a_topic_that_is_gone_meanwhile_leads_to_a_person(
    asked: Conversation, lin: Customer, form: Inbox
) -> None:
    FormSettings(topics=(FormTopic("other", Words("其他", "Other")),)).save(form)
    assert "need not repeat" in goes_on(lin, asked, "New one")


def test_another_brands_form_asks_nothing_here(
    lin: Customer, inbox: Inbox, foreign_team: Team, admin: Staff
) -> None:
    foreign = make_form(foreign_team, WARRANTY)
    topic = f"{foreign.pk.hex} warranty"
    switch_on(inbox, topics={"warranty": topic})
    conversation = begin(lin, inbox, BROKEN)
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    assert Talk.objects.get().stage == Stage.HANDED_OVER
    given = {"is_on": True, "answer_from": 0.5, "offer_from": 0.1, "collects": []}
    with pytest.raises(Refused):
        settling.decide(inbox, given | {"topics": {"warranty": topic}}, by=admin)


def test_an_admin_says_which_form_belongs_to_which_matter(
    admin: Staff, mei: Staff, inbox: Inbox, form: Inbox
) -> None:
    here, topic = f"/console/settings/assistants/{inbox.pk}/", f"{form.pk.hex} warranty"
    page = signed_in(admin).get(here).content.decode()
    assert "Warranty · Contact" in page and "Fraud report" not in page
    posted = {
        name: value for name, value in AssistantForm(settling.assistant_of(inbox)).initial.items() if value
    }
    saved = signed_in(admin).post(here, posted | {"topic-warranty": topic})
    assert saved.status_code == 302
    assert Assistant.objects.get().topics == {"warranty": topic}
    assert signed_in(admin).post(here, posted | {"topic-warranty": "x y"}).status_code == 422
    assert signed_in(mei).post(here, posted).status_code == 403


def test_where_no_form_is_lent_nothing_is_asked(
    on: Assistant, lin: Customer, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "FORMS", [])
    conversation = begin(lin, inbox, BROKEN)
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    assert Talk.objects.get().stage == Stage.HANDED_OVER


def test_in_chinese_the_form_speaks_chinese(on: Assistant, lin: Customer, inbox: Inbox) -> None:
    conversation = begin(lin, inbox, "电机坏了，想申请保修")
    about(conversation)
    assistant.answer(conversation.messages.get().pk)
    assert "型号" in last_said(conversation) and "› 新款" in last_said(conversation)
    assert "序列号" in goes_on(lin, conversation, "新款")
    assert "购买日期" in goes_on(lin, conversation, "SN-4471"), "a number is no English"


def test_brand_fields_asked_for_stand_in_the_note_too(brand: Brand, lin: Customer, inbox: Inbox) -> None:
    brand.fields.create(key="model", label="Product model")
    switch_on(inbox, collects=["model"])
    conversation = asks(lin, inbox, "Quantum zebra saxophone?")
    goes_on(lin, conversation, "LQ-200")
    assert "- Product model: LQ-200" in note_of(conversation)
