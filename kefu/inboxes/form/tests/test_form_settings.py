from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from kefu.conversations.models import Inbox
from kefu.inboxes.form.settings import FormSettings, choice_words, topic_from
from kefu.inboxes.form.testing import ORDER, OTHER
from kefu.inboxes.stored import BadSettings, Words
from kefu.inboxes.topics import FieldType


def test_a_form_without_settings_works(inbox: Inbox) -> None:
    form = FormSettings.of(inbox)
    assert form.title and form.topics and form.topic("order")


def test_what_is_saved_is_read_again(inbox: Inbox) -> None:
    form = FormSettings(("https://shop.example",), Words("", "Write to us"), topics=(ORDER, OTHER))
    form.save(inbox)
    inbox.refresh_from_db()
    assert FormSettings.of(inbox) == form


def test_an_address_is_always_asked_for_and_must_be_given() -> None:
    bare = topic_from({"key": "bare", "label": {"en": "Bare"}})
    (asked,) = bare.questions
    assert (asked.key, asked.type, asked.required) == ("email", FieldType.EMAIL, True)
    assert [one.key for one in ORDER.questions][:2] == ["name", "email"]


def test_a_choice_may_say_itself_in_both_languages() -> None:
    words = choice_words("破损 | Broken")
    assert words == Words("破损", "Broken")
    assert str(choice_words("LQ-200")) == "LQ-200"
    with translation.override("zh-hans"):
        assert str(words) == "破损"


def asked(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": {"en": key}, **more}


CHOICE = asked("state", type="choice", choices=["a", "b"])


@pytest.mark.parametrize(
    "fields",
    [
        [asked("lid", when={"key": "state", "values": ["a"]}), CHOICE],  # further down
        [CHOICE, asked("lid", when={"key": "state", "values": ["c"]})],  # cannot be answered so
        [CHOICE, asked("lid", when={"key": "state", "values": []})],
        [CHOICE, asked("lid", when={"key": "nothing", "values": ["a"]})],
        [asked("model"), asked("lid", when={"key": "model", "values": ["a"]})],  # nothing to choose there
        [CHOICE, asked("email", type="email", when={"key": "state", "values": ["a"]})],
        [CHOICE, asked("lid", when="state")],
        [asked("parts", type="several")],
        [asked("lid", type="song")],
        [asked("lid", type=["text"])],
        [asked("mail_address", type="email")],
        [asked("lid"), asked("lid")],
        [asked(f"q{number}") for number in range(21)],
    ],
)
def test_questions_that_make_no_sense_are_refused(fields: list[dict[str, Any]]) -> None:
    with pytest.raises(BadSettings):
        topic_from({"key": "order", "label": {"en": "Order"}, "fields": fields})


@pytest.mark.parametrize(
    "more",
    [
        {"answer_hours": -1},
        {"answer_hours": 501},
        {"answer_hours": True},
        {"team": "support"},
        {"team": 7},
        {"prepare": [{"en": "x"}] * 11},
        {"prepare": ["x"]},
        {"unknown": 1},
    ],
)
def test_a_topic_that_makes_no_sense_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(BadSettings):
        topic_from({"key": "order", "label": {"en": "Order"}, **more})


def test_a_form_has_a_topic() -> None:
    with pytest.raises(BadSettings):
        FormSettings.parse({"topics": []})
