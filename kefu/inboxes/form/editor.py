"""The editor of one topic of a contact form: as for a chat, with conditions, a checklist, a promise and a team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefu.inboxes import topicform
from kefu.inboxes.answering import CHECKED
from kefu.inboxes.form.settings import (
    KNOWN_QUESTIONS,
    MOST_QUESTIONS,
    FormTopic,
    Question,
    choice_words,
    question_from,
    topic_from,
)
from kefu.inboxes.stored import BadSettings, Words
from kefu.inboxes.topicform import Row, TopicForm, line, number, places, row_from
from kefu.inboxes.topics import WITH_CHOICES, FieldType, FormField, Topic
from kefu.people.models import Brand

TYPES = [
    *topicform.TYPES,
    (FieldType.SEVERAL.value, gettext_lazy("Several answers")),
    (FieldType.CHECKBOX.value, gettext_lazy("A checkbox, such as consent")),
    (FieldType.FILES.value, gettext_lazy("Files")),
]
BETWEEN = "="


@dataclass(slots=True)
class QuestionRow(Row):
    """``when``: what must have been answered further up, each as "key=answer"."""

    when: list[str] = field(default_factory=list)

    @classmethod
    def like(cls, row: Row, when: list[str]) -> QuestionRow:
        plain = {name: getattr(row, name) for name in Row.__dataclass_fields__}
        return cls(**plain, when=when)

    @property
    def is_email(self) -> bool:
        return self.key == "email"

    @property
    def answers(self) -> list[str]:
        """What can be chosen here, for the conditions further down."""
        if self.type == FieldType.CHECKBOX:
            return [CHECKED]
        return self._choices if self.type in WITH_CHOICES else []

    @property
    def _choices(self) -> list[str]:
        return [one.strip() for one in self.choices.splitlines() if one.strip()]

    def plain(self) -> dict[str, Any]:
        described = topicform.Row.plain(self)
        if not self.when:
            return described
        keys = dict.fromkeys(one.partition(BETWEEN)[0] for one in self.when)
        values = [one.partition(BETWEEN)[2] for one in self.when]
        return described | {"when": {"key": next(iter(keys)), "values": values}}

    def check(self) -> None:
        if len({one.partition(BETWEEN)[0] for one in self.when}) > 1:
            raise BadSettings(
                _("Choose answers to one question only. This question is asked after any of them.")
            )
        question_from(self.plain())


@dataclass(slots=True)
class FormTopicForm(TopicForm):
    intro_zh: str = ""
    intro_en: str = ""
    prepare_zh: str = ""
    prepare_en: str = ""
    answer_hours: str = ""
    team: str = ""

    known: ClassVar[Mapping[str, FormField]] = KNOWN_QUESTIONS
    most: ClassVar[int] = MOST_QUESTIONS
    choices_help: ClassVar[str | Promise] = gettext_lazy(
        "In both languages, separated by a bar: 退货 | Return"
    )

    @classmethod
    def of(cls, topic: Topic) -> FormTopicForm:
        assert isinstance(topic, FormTopic)
        return cls(
            topic.key,
            topic.label.zh,
            topic.label.en,
            [_row_of(question) for question in topic.fields],
            intro_zh=topic.intro.zh,
            intro_en=topic.intro.en,
            prepare_zh="\n".join(words.zh for words in topic.prepare),
            prepare_en="\n".join(words.en for words in topic.prepare),
            answer_hours=str(topic.answer_hours or ""),
            team=topic.team,
        )

    @classmethod
    def sent(cls, post: QueryDict, key: str) -> FormTopicForm:
        rows: list[Row] = [
            QuestionRow.like(row_from(post, place), post.getlist(f"when-{place}")[:40])
            for place in range(places(post, cls.most))
        ]
        return cls(
            key,
            line(post.get("label_zh")),
            line(post.get("label_en")),
            rows,
            intro_zh=line(post.get("intro_zh")),
            intro_en=line(post.get("intro_en")),
            prepare_zh=post.get("prepare_zh", "")[:4000],
            prepare_en=post.get("prepare_en", "")[:4000],
            answer_hours=post.get("answer_hours", "")[:10],
            team=post.get("team", "")[:40],
        )

    def new_row(self, key: str, brand: Brand) -> QuestionRow:
        return QuestionRow.like(topicform.TopicForm.new_row(self, key, brand), [])

    def read(self, described: dict[str, Any]) -> FormTopic:
        zh, en = self.prepare_zh.splitlines(), self.prepare_en.splitlines()
        prepare = [
            {"zh": one.strip(), "en": other.strip()} for one, other in zip_longest(zh, en, fillvalue="")
        ]
        more = {
            "intro": {"zh": self.intro_zh, "en": self.intro_en},
            "prepare": [words for words in prepare if any(words.values())],
            "answer_hours": number(self.answer_hours.strip() or "0"),
            "team": self.team,
        }
        return topic_from(described | more)

    @property
    def shown(self) -> list[tuple[QuestionRow, list[tuple[str, str, bool]]]]:
        """Each row with the conditions that may be put to it: every answer that can be chosen further up."""
        found: list[tuple[QuestionRow, list[tuple[str, str, bool]]]] = []
        above: list[tuple[str, str]] = []
        for row in self.rows:
            assert isinstance(row, QuestionRow)
            found.append((row, [(value, words, value in row.when) for value, words in above]))
            above += [(f"{row.key}{BETWEEN}{one}", _condition(row, one)) for one in row.answers]
        return found


def _row_of(question: Question) -> QuestionRow:
    when = question.when
    chosen = [f"{when.key}{BETWEEN}{value}" for value in when.values] if when else []
    return QuestionRow.like(Row.of(question), chosen)


def _condition(row: QuestionRow, answer: str) -> str:
    label = str(Words(row.label_zh, row.label_en))
    if row.type == FieldType.CHECKBOX:
        return _("“%(label)s” is ticked") % {"label": label}
    return f"{label}: {choice_words(answer)}"
