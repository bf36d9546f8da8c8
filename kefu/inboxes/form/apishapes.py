"""What the API says of contact forms, and what it takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from kefu.conversations.models import Inbox
from kefu.conversations.posting import MOST_FILES
from kefu.inboxes.form import following
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.proofs import LONGEST_PROOF
from kefu.inboxes.form.settings import MOST_TO_PREPARE, FormSettings, FormTopic, Question, choice_words
from kefu.inboxes.topics import FieldType
from kefu.web.rest import NO_NUL, Given, Language, Prose

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Signed = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=NO_NUL)]


def told(inbox: Inbox) -> dict[str, object]:
    form = FormSettings.of(inbox)
    return {
        "id": inbox.pk,
        "title": str(form.title),
        "intro": str(form.intro),
        "topics": [TopicShown.of(topic) for topic in form.topics],
    }


# -- what is shown


class ChoiceShown(BaseModel):
    value: str = Field(description="To be sent.")
    label: str = Field(description="To be shown, in the language asked for.")


class WhenShown(BaseModel):
    question: str = Field(description="The key of a question further up.")
    answers: list[str] = Field(description="Asked if it was answered with one of these.")


class QuestionShown(BaseModel):
    key: str
    label: str
    help: str
    type: FieldType
    required: bool
    choices: list[ChoiceShown]
    when: WhenShown | None = Field(description="Without one it is always asked.")

    @classmethod
    def of(cls, question: Question) -> QuestionShown:
        when = question.when
        return cls(
            key=question.key,
            label=str(question.label),
            help=str(question.help),
            type=question.type,
            required=question.required,
            choices=[ChoiceShown(value=one, label=str(choice_words(one))) for one in question.choices],
            when=WhenShown(question=when.key, answers=list(when.values)) if when else None,
        )


class TopicShown(BaseModel):
    key: str
    label: str
    intro: str
    prepare: list[str] = Field(description="What to have ready.")
    answer_hours: int = Field(
        description="Working hours within which an answer is promised; 0 for no promise."
    )
    questions: list[QuestionShown]

    @classmethod
    def of(cls, topic: FormTopic) -> TopicShown:
        return cls(
            key=topic.key,
            label=str(topic.label),
            intro=str(topic.intro),
            prepare=[str(words) for words in topic.prepare],
            answer_hours=topic.answer_hours,
            questions=[QuestionShown.of(question) for question in topic.questions],
        )


class FormShown(BaseModel):
    id: UUID
    title: str
    intro: str
    topics: list[TopicShown]

    @classmethod
    def of(cls, inbox: Inbox) -> FormShown:
        return cls.model_validate(told(inbox))


class StampedFormShown(FormShown):
    stamp: str = Field(
        description="Goes back with what is sent. Each serves one submission, however often it is sent."
    )


class ReceiptShown(BaseModel):
    number: str = Field(examples=["K-10482"])
    expected_at: datetime | None = Field(description="When an answer is promised.")
    link: str = Field(description="Where the customer sees the answers and writes more. It is theirs alone.")

    @classmethod
    def of(cls, submission: Submission) -> ReceiptShown:
        return cls(
            number=submission.conversation.public_number,
            expected_at=submission.expected_at,
            link=following.link(submission, by=following.By.PAGE),
        )


class ProofWantedShown(BaseModel):
    challenge: str
    bits: int = Field(description="SHA-256 of “challenge:number” must begin with so many zero bits.")
    wait_seconds: int = Field(
        description="Who cannot reckon waits so long and sends it again with the challenge."
    )


# -- what may be sent


class FormFilled(Given):
    topic: Key = Field(examples=["order"])
    answers: dict[Key, Annotated[str, StringConstraints(max_length=4000, pattern=NO_NUL)]] = Field(
        {},
        description="By question. Several choices stand on lines of their own; a ticked box is “yes”.",
        max_length=40,
        json_schema_extra={"additionalProperties": False},
    )
    text: Prose
    prepared: list[Annotated[int, Field(ge=0, lt=MOST_TO_PREPARE)]] = Field(
        [], max_length=MOST_TO_PREPARE, description="What of the checklist is at hand, by place, from 0."
    )


class SubmissionGiven(FormFilled):
    stamp: Signed
    files: dict[Key, list[UUID]] = Field(
        {},
        description="By question: files that were uploaded with the same stamp.",
        max_length=MOST_FILES,
        json_schema_extra={"additionalProperties": False},
    )
    challenge: Annotated[str, StringConstraints(max_length=300, pattern=NO_NUL)] = ""
    proof: Annotated[str, StringConstraints(max_length=LONGEST_PROOF, pattern=NO_NUL)] = ""


class EntryGiven(FormFilled):
    client_id: UUID = Field(description="Sent again, it has no second effect.")
    language: Language = Field(Language.ENGLISH, description="In which the customer is written to.")
