"""What conversations are about: guessed, put right, learnt from."""

from __future__ import annotations

import pytest

from conftest import begin, says
from kefu.answers import classifier, intents, learning, training
from kefu.answers.models import About, Intent, Lesson, LessonState
from kefu.conversations.models import Conversation, Inbox
from kefu.events import log
from kefu.events.log import Cursor
from kefu.people.models import Customer, Refused, Staff
from kefu.people.testing import signed_in


def read_log() -> None:
    intents.set_intents([one for one in log.settled_after(Cursor(), 1000) if one.kind == "message.posted"])


@pytest.fixture
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a test's transaction nothing is below the horizon yet."""
    from django.db import connection

    def everything(cursor: Cursor, limit: int) -> list[log.Entry]:
        with connection.cursor() as db:
            db.execute(f"SELECT {log.COLUMNS} FROM events_event ORDER BY id LIMIT %s", [limit])
            return log.entries(db.fetchall())

    monkeypatch.setattr(log, "settled_after", everything)


@pytest.mark.usefixtures("_settled")
@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("我的快递到哪里了，物流三天没更新", Intent.ORDER_STATUS),
        ("Where is my parcel? Tracking shows nothing", Intent.ORDER_STATUS),
        ("我要退款，钱什么时候退到账", Intent.REFUND),
        ("有人冒充你们客服让我转账，是不是骗子", Intent.FRAUD),
        ("I want to make a complaint, your service is terrible", Intent.COMPLAINT),
        ("How long is the warranty?", Intent.WARRANTY),
        ("!!! ???", Intent.OTHER),
    ],
)
def test_a_new_conversation_is_about_what_its_customer_says(
    lin: Customer, inbox: Inbox, said: str, intent: Intent
) -> None:
    conversation = begin(lin, inbox, said)
    read_log()
    about = About.objects.get(conversation=conversation)
    assert (about.intent, about.set_by) == (intent, None)
    assert 0 < about.probability <= 1


@pytest.mark.usefixtures("_settled")
def test_a_greeting_is_looked_at_again_when_they_say_more(lin: Customer, inbox: Inbox) -> None:
    conversation = begin(lin, inbox, "你好")
    read_log()
    assert About.objects.get().intent == Intent.OTHER
    says(lin, "我要退货，尺寸不合适，怎么换货", in_=conversation)
    read_log()
    assert About.objects.get().intent == Intent.RETURN


@pytest.mark.usefixtures("_settled")
def test_what_a_colleague_says_stands(parcel_question: Conversation, lin: Customer, mei: Staff) -> None:
    read_log()
    intents.set_intent(parcel_question, Intent.WARRANTY, by=mei)
    says(lin, "Where is my parcel, track my order", in_=parcel_question)
    read_log()
    about = About.objects.get()
    assert (about.intent, about.guess, about.set_by) == (Intent.WARRANTY, Intent.ORDER_STATUS, mei)


def test_a_colleague_puts_it_right_beside_the_conversation(
    parcel_question: Conversation, mei: Staff, charlie: Staff, auditor: Staff
) -> None:
    address = f"/console/c/{parcel_question.pk}/intent"
    assert signed_in(charlie).post(address, {"intent": "fraud"}).status_code == 404
    assert signed_in(auditor).post(address, {"intent": "fraud"}).status_code == 403
    assert signed_in(mei).post(address, {"intent": "nonsense"}).status_code == 302
    assert not About.objects.exists()
    for _twice in range(2):
        assert signed_in(mei).post(address, {"intent": "fraud"}).status_code == 302
    assert About.objects.get().intent == Intent.FRAUD
    assert len([one for one in log.about(parcel_question.pk) if one.kind == intents.SET]) == 1
    page = signed_in(mei).get(f"/console/c/{parcel_question.pk}/").content.decode()
    assert "Said by Mei" in page
    assert "said what it is about: Fraud report" in page


def test_the_shipped_model_is_as_good_as_its_figures_say() -> None:
    figures = training.measure(classifier.shipped(), list(training.sentences()))
    assert {language: row["right"] / row["of"] >= 0.85 for language, row in figures.items()} == {
        "zh-hans": True,
        "en": True,
    }


def test_the_training_makes_the_same_model_again() -> None:
    assert training.learn(training.sentences()).as_bytes() == classifier.SHIPPED.read_bytes()


@pytest.mark.parametrize("stored", [b"", b"cos\nsystem", classifier.MARK, classifier.MARK + b"x\x9c"])
def test_bytes_that_are_no_model_are_refused(stored: bytes) -> None:
    with pytest.raises(classifier.Unreadable):
        classifier.read(stored)


@pytest.fixture
def labelled(lin: Customer, inbox: Inbox, mei: Staff) -> None:
    for number in range(12):
        conversation = begin(lin, inbox, f"The gizmo flux wobbles oddly {'abcdefghijkl'[number]}")
        intents.set_intent(conversation, Intent.WARRANTY, by=mei)


@pytest.mark.usefixtures("labelled")
def test_the_desk_teaches_its_own_model_and_goes_back_to_an_earlier_one(
    admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "ONE_IN", 2)
    lesson = learning.ask(by=admin)
    with pytest.raises(Refused):
        learning.ask(by=admin)
    learning.learn(lesson.pk)
    learning.learn(lesson.pk)
    lesson.refresh_from_db()
    assert lesson.state == LessonState.IN_USE
    assert lesson.figures["after"]["zh-hans"]["of"] == 180
    assert intents.in_use()[1].guess("gizmo flux wobbles").intent == Intent.WARRANTY
    learning.restore(None, by=admin)
    assert intents.in_use()[0] is None
    learning.restore(lesson, by=admin)
    found = intents.in_use()[0]
    assert found is not None and found.pk == lesson.pk


def test_a_model_from_before_an_upgrade_gives_way_to_the_one_that_comes_with_kefu(admin: Staff) -> None:
    old = b"KEFU intents 1\nwhatever"
    Lesson.objects.create(number=1, state=LessonState.IN_USE, model=old, asked_by=admin)
    lesson, model = intents.in_use()
    assert lesson is None
    assert model is classifier.shipped()


@pytest.mark.usefixtures("labelled")
def test_a_model_that_is_worse_is_not_used(admin: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "ROUNDS", 0)
    lesson = learning.ask(by=admin)
    learning.learn(lesson.pk)
    lesson.refresh_from_db()
    assert lesson.state == LessonState.WORSE
    assert intents.in_use()[0] is None
    with pytest.raises(Refused):
        learning.restore(lesson, by=admin)


def test_too_little_is_not_learnt_from(admin: Staff) -> None:
    with pytest.raises(Refused):
        learning.ask(by=admin)


@pytest.mark.usefixtures("labelled")
def test_an_admin_retrains_with_one_click(
    admin: Staff, supervisor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "ONE_IN", 2)
    assert signed_in(supervisor).get("/console/settings/intents/").status_code == 403
    assert signed_in(supervisor).post("/console/settings/intents/lessons").status_code == 403
    browser = signed_in(admin)
    browser.post("/console/settings/intents/lessons")
    again = browser.post("/console/settings/intents/lessons", follow=True).content.decode()
    assert "under way" in again
    learning.learn(Lesson.objects.get().pk)
    page = browser.get("/console/settings/intents/").content.decode()
    assert "Model 1" in page
    browser.post("/console/settings/intents/shipped/use")
    assert intents.in_use()[0] is None
    browser.post(f"/console/settings/intents/lessons/{Lesson.objects.get().pk}/use")
    assert intents.in_use()[0] is not None
