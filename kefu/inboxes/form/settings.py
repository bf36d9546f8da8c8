"""What an admin decides about one contact form: what it is called, what it asks, where else it may stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from kefu.conversations.models import Inbox
from kefu.inboxes import topics
from kefu.inboxes.answering import CHECKED
from kefu.inboxes.stored import (
    UNSAID,
    BadSettings,
    Words,
    as_json,
    each_once,
    key_from,
    line_from,
    only,
    origins_from,
    several,
    text_from,
)
from kefu.inboxes.topics import MOST_TOPICS, FieldType, FormField, Topic, field_from, label_from

MOST_QUESTIONS = 20
MOST_TO_PREPARE = 10
MOST_HOURS = 500
PREPARED = "prepared"
TITLE = Words("联系我们", "Contact us")
INTRO = Words("请选择您的问题，我们会通过邮件回复您。", "Choose what it is about. We answer by e-mail.")


@dataclass(frozen=True, slots=True)
class When:
    """Only if the question ``key``, which stands further up, was answered with one of these."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question(FormField):
    when: When | None = None

    def is_asked(self, given: Mapping[str, str]) -> bool:
        """``given``: what was answered further up. A question that was not asked itself has no answer."""
        if self.when is None:
            return True
        return not set(self.when.values).isdisjoint(given.get(self.when.key, "").splitlines())


@dataclass(frozen=True, slots=True)
class FormTopic(Topic):
    """What one can write about. ``prepare`` is what to have at hand, for what is complex; ``answer_hours`` working
    hours within which an answer is promised, 0 for none; ``team`` the id of the one that gets it, "" for the inbox's.
    """

    fields: tuple[Question, ...] = ()
    intro: Words = UNSAID
    prepare: tuple[Words, ...] = ()
    answer_hours: int = 0
    team: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """In the admin's order. Answers come by mail, so an address is always asked for, and must be given."""
        if any(field.key == EMAIL.key for field in self.fields):
            return tuple(
                replace(field, required=True) if field.key == EMAIL.key else field for field in self.fields
            )
        return (EMAIL, *self.fields)

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)


def _as_question(field: FormField, *, required: bool | None = None) -> Question:
    must = field.required if required is None else required
    return Question(field.key, field.label, field.type, must, field.help, field.choices)


EMAIL = replace(
    _as_question(topics.EMAIL, required=True),
    help=Words("我们会回复到这个邮箱。", "We answer to this address."),
)
NAME = _as_question(topics.NAME)
FILES = Question(
    "files",
    Words("照片或文件", "Photos or files"),
    FieldType.FILES,
    help=Words("请遮住银行卡号和证件号码。", "Cover the numbers of cards and papers."),
)
KNOWN_QUESTIONS = {key: _as_question(field) for key, field in topics.KNOWN_FIELDS.items()} | {
    EMAIL.key: EMAIL,
    FILES.key: FILES,
}
_ORDER = _as_question(topics.ORDER_NUMBER, required=True)
_MODEL = _as_question(topics.PRODUCT_MODEL, required=True)
USUAL_TOPICS = (
    FormTopic("order", Words("订单与配送", "Order and delivery"), (NAME, EMAIL, _ORDER)),
    FormTopic(
        "fault",
        Words("故障与维修", "Fault and repair"),
        (NAME, EMAIL, _MODEL, _as_question(topics.ERROR_TEXT), FILES),
    ),
    FormTopic("other", Words("其他问题", "Something else"), (NAME, EMAIL, FILES)),
)


@dataclass(frozen=True, slots=True)
class FormSettings:
    """``allowed_origins``: websites that may show the form in a frame, as ``https://shop.example``."""

    allowed_origins: tuple[str, ...] = ()
    title: Words = TITLE
    intro: Words = INTRO
    topics: tuple[FormTopic, ...] = USUAL_TOPICS

    @classmethod
    def of(cls, inbox: Inbox) -> FormSettings:
        """What is not set is as usual; what is set and makes no sense raises ``BadSettings``."""
        return cls.parse(inbox.settings)

    @classmethod
    def parse(cls, stored: dict[str, Any]) -> FormSettings:
        readers: dict[str, Callable[[Any], Any]] = {
            "allowed_origins": origins_from,
            "title": line_from,
            "intro": line_from,
            "topics": _topics_from,
        }
        only(stored, readers)
        return cls(**{name: read(stored[name]) for name, read in readers.items() if name in stored})

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def save(self, inbox: Inbox) -> None:
        """Stored only if it can be read again."""
        inbox.settings = as_json(FormSettings.parse(as_json(self.plain())).plain())
        inbox.save(update_fields=["settings"])

    def topic(self, key: str) -> FormTopic | None:
        return next((topic for topic in self.topics if topic.key == key), None)


def _topics_from(value: Any) -> tuple[FormTopic, ...]:
    found = several(value, MOST_TOPICS, topic_from)
    if not found:
        raise BadSettings(_("A form needs at least one topic."))
    each_once([topic.key for topic in found])
    return found


def topic_from(value: Any) -> FormTopic:
    """A topic from plain values, or ``BadSettings``."""
    only(value, ("key", "label", "fields", "intro", "prepare", "answer_hours", "team"))
    questions = several(value.get("fields", []), MOST_QUESTIONS, question_from)
    each_once([question.key for question in questions])
    _check_conditions(questions)
    return FormTopic(
        key_from(value.get("key")),
        label_from(value.get("label")),
        questions,
        line_from(value.get("intro", {})),
        tuple(filter(None, several(value.get("prepare", []), MOST_TO_PREPARE, line_from))),
        _hours_from(value.get("answer_hours", 0)),
        _team_from(value.get("team", "")),
    )


def question_from(value: Any) -> Question:
    """A question from plain values, or ``BadSettings``."""
    only(value, ("key", "label", "type", "required", "help", "choices", "when"))
    plain = {name: part for name, part in value.items() if name != "when"}
    question = replace(
        _as_question(field_from(plain, frozenset(FieldType))), when=_when_from(value.get("when"))
    )
    if question.key == EMAIL.key and question.when is not None:
        raise BadSettings(_("The e-mail address is always asked for: answers go there."))
    return question


def _when_from(value: Any) -> When | None:
    if value is None:
        return None
    only(value, ("key", "values"))
    values = several(value.get("values", []), 40, lambda part: text_from(part, topics.LONGEST_LABEL))
    if not any(values):
        raise BadSettings(_("Choose which answers this question follows."))
    return When(key_from(value.get("key")), tuple(filter(None, values)))


def _check_conditions(questions: tuple[Question, ...]) -> None:
    """Conditions look up, never down, and only at what has answers to choose from."""
    above: dict[str, FormField] = {}
    for question in questions:
        if question.when is not None:
            _check_condition(question, question.when, above.get(question.when.key))
        above[question.key] = question


def _check_condition(question: Question, when: When, above: FormField | None) -> None:
    possible = answers_to(above) if above is not None else ()
    if not possible:
        sentence = _("“%(label)s” depends on a question that must come before it.")
        raise BadSettings(sentence % {"label": question.label})
    if strange := [value for value in when.values if value not in possible]:
        sentence = _("“%(label)s” depends on the answer “%(answer)s”, which is not offered.")
        raise BadSettings(sentence % {"label": question.label, "answer": strange[0]})


def answers_to(question: FormField) -> tuple[str, ...]:
    """What can be chosen; nothing where people write themselves."""
    return (CHECKED,) if question.type == FieldType.CHECKBOX else question.choices


def _hours_from(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_HOURS:
        raise BadSettings(_("Working hours until the answer must be a number up to 500."))
    return value


def _team_from(value: Any) -> str:
    try:
        return str(UUID(value)) if value else ""
    except (ValueError, AttributeError, TypeError) as problem:
        raise BadSettings(_("There is no such team.")) from problem


def choice_words(choice: str) -> Words:
    """How a choice is shown: "退货 | Return" says it in both languages, "LQ-200" is the same in each."""
    first, bar, second = choice.partition("|")
    return Words(first.strip(), second.strip()) if bar else Words(choice, choice)
