"""The automatic assistant: what it does with one message of a customer in a conversation that nobody has taken.

It thinks first, outside any transaction; then, under the conversation's lock, it speaks only if no person has come
meanwhile. Retrieval and its thresholds decide; a model, where there is one, only phrases.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone, translation

from kefu.answers import collecting, hearing, intents, lookups, phrasing, quoting, wording
from kefu.answers.classifier import Guess
from kefu.answers.handing import hand_over
from kefu.answers.models import Assistant, Band, Intent, Stage, Talk, Turn, WhyPerson
from kefu.articles import search, searching
from kefu.articles.addresses import address_of
from kefu.articles.models import Translation
from kefu.articles.models.finding import Where
from kefu.articles.search import Found, Reader
from kefu.conversations import posting
from kefu.conversations.bubbles import ASSISTANT
from kefu.conversations.models import (
    AuthorKind,
    Conversation,
    FieldDefinition,
    InboxKind,
    Message,
    MessageKind,
    Status,
)
from kefu.lib.text import written_in
from kefu.orders.models import Order
from kefu.web.addresses import absolute

MOST_OFFERED = 3
MISSES = 2  # the second one is for a person
LIKELY = 0.5
ANSWERS = (Band.ANSWERED, Band.OFFERED, Band.ORDER)
SHORT = 60  # letters; who writes more has said it in other words already
FACTS = ("number", "fact", "field", "question")
WORKING = (Stage.HELPING, Stage.ASKING)
FORGOTTEN = timedelta(minutes=2)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, and all that the answer depends on."""

    message: Message
    conversation: Conversation
    assistant: Assistant
    talk: Talk
    language: str
    guess: Guess

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def may_look_up(self) -> bool:
        """Not by mail: a form can be sent with anybody's address, and whoever sent it reads on its page what that
        person answers.
        """
        return self.assistant.looks_up_orders and self.message.inbox_id == self.conversation.inbox_id

    def is_late(self, now: datetime) -> bool:
        return now - self.message.created_at > timedelta(seconds=self.assistant.seconds)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about it. ``why`` calls a person; ``awaits`` and ``choices`` as in ``Talk``."""

    band: Band
    said: str = ""
    options: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    why: WhyPerson | None = None
    awaits: str = ""
    choices: list[Any] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    helped: bool | None = None


def answer(message_id: int) -> None:
    """The job. Twice is once; whatever fails or takes too long is a person's."""
    heard = _heard(message_id)
    if heard is None:
        return
    with translation.override(heard.language):
        try:
            step = _think(heard)
        except Exception:
            logger.exception("the assistant failed")
            step = _person(WhyPerson.FAILED)
        if step.why is None and heard.is_late(timezone.now()):
            step = _person(WhyPerson.SLOW)
        _do(heard, step)


def look_after() -> int:
    """Whoever waits for an assistant that never answered gets a person. How many."""
    since = timezone.now() - FORGOTTEN
    waiting = Talk.objects.filter(
        stage__in=WORKING,
        conversation__last_author=AuthorKind.CUSTOMER,
        conversation__last_message_at__lt=since,
        conversation__status=Status.OPEN,
    )
    late = list(waiting.values_list("pk", flat=True)[:200])
    for pk in late:
        _give_up(pk)
    return len(late)


@transaction.atomic
def _give_up(conversation_id: UUID) -> None:
    conversation = Conversation.objects.select_related("inbox__brand", "customer").get(pk=conversation_id)
    conversation.locked()
    talk = Talk.objects.select_for_update().get(pk=conversation_id)
    if talk.stage in WORKING and _is_ours(conversation):
        language = conversation.customer.language or conversation.inbox.language
        with translation.override(language):
            hand_over(talk, conversation, WhyPerson.SLOW, say=True)


# -- what was heard


def _heard(message_id: int) -> Heard | None:
    """None where it is not the assistant's to answer: switched off, a person is there, or it has been dealt with."""
    near = Message.objects.select_related(
        "conversation__inbox__schedule", "conversation__brand", "conversation__customer"
    )
    message = near.filter(pk=message_id, author_kind=AuthorKind.CUSTOMER, kind=MessageKind.REPLY).first()
    if message is None or not _is_heard(message):
        return None
    conversation = message.conversation
    assistant = Assistant.objects.filter(inbox=conversation.inbox_id, is_on=True).first()
    if assistant is None or (assistant.on_since and message.created_at < assistant.on_since):
        return None
    if not _is_ours(conversation):
        Talk.objects.filter(conversation=conversation, stage__in=WORKING).update(
            stage=Stage.ENDED, ended_at=timezone.now()
        )
        return None
    talk = Talk.objects.get_or_create(conversation=conversation)[0]
    if talk.stage not in WORKING or message.seq <= talk.seen_seq:
        return None
    language = _language(message, conversation, talk)
    guess = intents.in_use()[1].guess(message.text)
    return Heard(message, conversation, assistant, talk, language, guess)


def _language(message: Message, conversation: Conversation, talk: Talk) -> str:
    """Of their words. A serial number or a day has none of its own: then of the words they began with."""
    said = message.text
    if talk.awaits in FACTS:
        said = conversation.messages.filter(author_kind=AuthorKind.CUSTOMER).order_by("seq")[0].text
    return written_in(said) or conversation.customer.language or conversation.inbox.language


def _is_heard(message: Message) -> bool:
    """Who wrote by form is answered by mail, and answers by mail."""
    conversation = message.conversation
    return message.inbox_id == conversation.inbox_id or conversation.inbox.kind == InboxKind.FORM


def _is_ours(conversation: Conversation) -> bool:
    """Nobody has taken it and nobody has answered: from then on a person does, for good."""
    return not conversation.is_with_a_person and conversation.status != Status.CLOSED


# -- what is done about it


def _think(heard: Heard) -> Step:
    text, talk = heard.text, heard.talk
    if hearing.presses(text, wording.PERSON):
        return _person(WhyPerson.ASKED)
    why = hearing.why_person(text, *heard.guess)
    if why is not None and not _chose(heard):
        return _person(why)
    if not text.strip():
        return _person(WhyPerson.UNSURE)
    if talk.awaits in ("number", "fact"):
        return _go_on_with_order(heard)
    if talk.awaits == "field":
        return _go_on_with_fields(heard)
    if talk.awaits == "question":
        return _go_on_with_questions(heard)
    if talk.awaits == "choice" and (place := hearing.choice(text, _titles(talk))) is not None:
        return _chosen(heard, talk.choices[place])
    if _has_answered(talk):
        if hearing.presses(text, wording.HELPED) or hearing.helped(text):
            return Step(Band.THANKED, wording.glad(), helped=True)
        if hearing.presses(text, wording.NO_HELP) or hearing.no_help(text):
            return _missed(heard)
    if hearing.greets(text):
        return Step(Band.ASKED, wording.greeting(), (wording.person(),))
    if heard.may_look_up and hearing.presses(text, wording.LOOK_UP):
        return _begin_order(heard)
    if hearing.presses(text, wording.DETAILS):
        return _ask_first(heard, WhyPerson.ASKED) or _person(WhyPerson.ASKED)
    return _retrieve(heard)


def _has_answered(talk: Talk) -> bool:
    """Before that, “it still doesn't work” is about the thing and not about an answer."""
    return talk.turns.filter(band__in=ANSWERS).exists()


def _chose(heard: Heard) -> bool:
    """What we offer says nothing about them: an article may be called “Complaints”."""
    if any(hearing.presses(heard.text, option) for option in wording.OFFERED):
        return True
    titles = map(hearing.plain, _titles(heard.talk))
    return heard.talk.awaits == "choice" and hearing.plain(heard.text) in titles


def _titles(talk: Talk) -> list[str]:
    return [choice["title"] for choice in talk.choices]


def _person(why: WhyPerson) -> Step:
    return Step(Band.HANDED_OVER, why=why)


def _missed(heard: Heard) -> Step:
    misses = heard.talk.misses + 1
    if misses >= MISSES:
        step = _ask_first(heard, WhyPerson.NO_HELP) or _person(WhyPerson.NO_HELP)
        return replace(step, helped=False)
    if len(heard.text) > SHORT:
        step = _retrieve(heard)
        return replace(step, helped=False, changes=step.changes | {"misses": misses})
    return Step(
        Band.ASKED, wording.once_more(), (wording.person(),), changes={"misses": misses}, helped=False
    )


def _retrieve(heard: Heard) -> Step:
    """Three bands: answer; offer and a person; a person. Two that are near are asked about, once."""
    assistant, brand = heard.assistant, heard.conversation.brand
    found = search.find(
        brand, heard.text, language=heard.language, reader=Reader.EVERYONE, limit=MOST_OFFERED + 1
    )
    searching.note(brand, heard.text, where=Where.ASSISTANT, language=heard.language, found=len(found))
    best = found[0].confidence if found else 0.0
    if best < assistant.answer_from and _is_about_an_order(heard):
        return _begin_order(heard)
    if best < assistant.offer_from:
        return _unsure(heard, tuple(found))
    if best < assistant.answer_from:
        return _offered(heard, [one for one in found if one.confidence >= assistant.offer_from / 2])
    near = [one for one in found if best - one.confidence < assistant.near]
    if len(near) > 1 and not heard.talk.has_asked:
        return _which(near[:MOST_OFFERED])
    return _answered(heard, found[0], tuple(found))


def _is_about_an_order(heard: Heard) -> bool:
    if not heard.may_look_up or heard.talk.order_id is not None:
        return False
    likely = heard.guess.intent if heard.guess.probability >= LIKELY else Intent.OTHER
    has_number = bool(hearing.order_number(heard.text))
    return likely == Intent.ORDER_STATUS or (has_number and likely in lookups.ABOUT_CLAIMS)


def _answered(heard: Heard, one: Found, found: tuple[Found, ...]) -> Step:
    """The article's own words, or a model's that were found to say nothing else."""
    if one.language != heard.language:
        return _offered(heard, [one])
    said = quoting.excerpt(one.behind, heard.text)
    if heard.assistant.phrases:
        said = _phrased(heard, one) or said
    text = wording.answer(said, one.title, _address(one))
    return Step(Band.ANSWERED, text, _options(heard), found)


def _phrased(heard: Heard, one: Found) -> str:
    """In what is left of the time in which an answer is due."""
    due = heard.message.created_at + timedelta(seconds=heard.assistant.seconds - 1)
    left = (due - timezone.now()).total_seconds()
    return phrasing.phrase(heard.conversation, heard.text, [one], language=heard.language, seconds=left)


def _options(heard: Heard) -> tuple[str, ...]:
    offered = []
    about_order = heard.guess.intent in {Intent.ORDER_STATUS, *lookups.ABOUT_CLAIMS}
    if about_order and heard.may_look_up and heard.talk.order_id is None:
        offered.append(wording.look_up())
    if _topic(heard):
        offered.append(wording.details())
    helped, no_help, person = wording.did_help()
    return helped, no_help, *offered, person


def _offered(heard: Heard, found: list[Found]) -> Step:
    articles = [(one.title, _address(one)) for one in found[:MOST_OFFERED]]
    return Step(
        Band.OFFERED,
        wording.offer(articles),
        _options(heard),
        tuple(found),
        awaits="choice",
        choices=_choices(found[:MOST_OFFERED]),
    )


def _which(near: list[Found]) -> Step:
    titles = [one.title for one in near]
    return Step(
        Band.ASKED,
        wording.which(titles),
        (*titles, wording.person()),
        tuple(near),
        awaits="choice",
        choices=_choices(near),
        changes={"has_asked": True},
    )


def _choices(found: list[Found]) -> list[Any]:
    return [
        {"translation": str(one.translation_id), "title": one.title, "anchor": one.anchor} for one in found
    ]


def _chosen(heard: Heard, choice: dict[str, str]) -> Step:
    """If it can still be read: it may have been withdrawn since."""
    readable = Translation.objects.for_customers(signed_in=False).filter(brand=heard.conversation.brand_id)
    translation_ = readable.filter(pk=choice["translation"]).select_related("live", "brand").first()
    if translation_ is None or translation_.live is None:
        return _unsure(heard, ())
    passages = translation_.passages.order_by("position")
    passage = passages.filter(anchor=choice.get("anchor", "")).first() or passages.first()
    said = quoting.excerpt(passage.text if passage else translation_.live.summary, heard.text)
    address = _full(translation_, passage.anchor if passage else "")
    return Step(
        Band.ANSWERED, wording.answer(said, translation_.live.title, address), tuple(wording.did_help())
    )


def _address(one: Found) -> str:
    return _full(Translation.objects.select_related("brand").get(pk=one.translation_id), one.anchor)


def _full(text: Translation, anchor: str = "") -> str:
    return absolute(address_of(text, anchor))


# -- an order


def _begin_order(heard: Heard) -> Step:
    wanted = {"wanted": heard.guess.intent}
    if number := hearing.order_number(heard.text):
        return _ask_fact(wanted | {"order_number": number[:80]})
    return Step(Band.ORDER, wording.ask_number(), (wording.person(),), awaits="number", changes=wanted)


def _ask_fact(changes: dict[str, Any]) -> Step:
    return Step(Band.ORDER, wording.ask_fact(), (wording.person(),), awaits="fact", changes=changes)


def _go_on_with_order(heard: Heard) -> Step:
    """What is neither a number nor a fact may be another question altogether."""
    if not heard.may_look_up:
        return _person(WhyPerson.ORDER)
    if heard.talk.awaits == "number":
        number = hearing.order_number(heard.text)
        return _ask_fact({"order_number": number[:80]}) if number else _retrieve_instead(heard)
    fact = hearing.second_fact(heard.text)
    return _looked_up(heard, fact) if fact else _retrieve_instead(heard)


def _retrieve_instead(heard: Heard) -> Step:
    step = _retrieve(heard)
    return _person(WhyPerson.ORDER) if step.awaits == "number" else step


def _looked_up(heard: Heard, fact: str) -> Step:
    try:
        order = lookups.look_up(heard.conversation, heard.talk.order_number, fact)
    except lookups.NoMoreTries:
        return _person(WhyPerson.ORDER)
    except lookups.NotFound:
        misses = heard.talk.misses + 1
        if misses >= MISSES:
            return _person(WhyPerson.ORDER)
        return Step(
            Band.ORDER,
            wording.not_found(),
            (wording.person(),),
            awaits="number",
            changes={"misses": misses, "order_number": ""},
        )
    return _told(heard, order)


def _told(heard: Heard, order: Order) -> Step:
    said = lookups.told(order, heard.talk.wanted, heard.conversation.inbox.schedule)
    return Step(Band.ORDER, said, tuple(wording.did_help()), changes={"order": order, "misses": 0})


# -- before it gives up


def _unsure(heard: Heard, found: tuple[Found, ...]) -> Step:
    """Whoever takes over should not have to ask for what every such question needs."""
    step = _ask_first(heard, WhyPerson.UNSURE)
    if step is not None:
        return replace(step, found=found)
    keys = [one.key for one in _fields(heard) if not heard.conversation.fields.get(one.key)]
    if keys:
        return _ask_field(heard, keys, found)
    return replace(_person(WhyPerson.UNSURE), found=found)


def _ask_field(heard: Heard, keys: list[str], found: tuple[Found, ...] = ()) -> Step:
    label = next(one.label for one in _fields(heard) if one.key == keys[0])
    said = wording.ask_field(label)
    asked = [*heard.talk.asked, {"key": keys[0], "value": ""}]
    return Step(
        Band.ASKED,
        said,
        (wording.person(),),
        found,
        awaits="field",
        choices=list(keys),
        changes={"asked": asked},
    )


def _go_on_with_fields(heard: Heard) -> Step:
    """One after another; each goes where the brand keeps it, masked like everything else."""
    first, *rest = heard.talk.choices
    known = {one.key for one in _fields(heard)}
    if first in known:
        heard.conversation.describe({first: heard.text.strip()[:200]}, by=heard.conversation.customer)
    left = [key for key in rest if key in known]
    return _ask_field(heard, left) if left else _person(WhyPerson.UNSURE)


def _fields(heard: Heard) -> list[FieldDefinition]:
    wanted = FieldDefinition.objects.filter(
        brand=heard.conversation.brand_id, key__in=heard.assistant.collects
    )
    return list(wanted)


def _topic(heard: Heard) -> str:
    """The form whose questions this calls for; once in a conversation, and not where the form itself was filled in."""
    if heard.talk.topic or heard.conversation.inbox.kind == InboxKind.FORM:
        return ""
    pressed = any(hearing.presses(heard.text, one) for one in (wording.DETAILS, wording.NO_HELP))
    return collecting.topic_for(heard.assistant, heard.conversation, None if pressed else heard.guess)


def _ask_first(heard: Heard, why: WhyPerson) -> Step | None:
    """``why`` is why a person takes over once all is asked. None where there is nothing to ask."""
    topic = _topic(heard)
    question = collecting.next_question(topic, heard.conversation, []) if topic else None
    if question is None:
        return None
    changes = {"topic": topic, "why": why}
    return _ask(question, wording.ask_first(question.label, question.help), [], changes)


def _go_on_with_questions(heard: Heard) -> Step:
    """What does not fit is asked again once; a second time it stands in the note, in the customer's words."""
    *settled, asked = heard.talk.asked
    value = ""
    if not hearing.presses(heard.text, wording.SKIP):
        try:
            value = collecting.take(heard.talk.topic, heard.conversation, asked["key"], heard.text)
        except collecting.NotAnAnswer as problem:
            question = collecting.next_question(heard.talk.topic, heard.conversation, settled)
            if question is not None and question.key == asked["key"] and not asked["tries"]:
                said = wording.ask_again(str(problem), question.label, question.help)
                return _ask(question, said, settled, {}, tries=1)
    settled = [*settled, {"key": asked["key"], "value": value}]
    question = collecting.next_question(heard.talk.topic, heard.conversation, settled)
    if question is None:
        why = WhyPerson(heard.talk.why or WhyPerson.UNSURE)
        return replace(_person(why), changes={"asked": settled})
    return _ask(question, wording.ask_next(question.label, question.help), settled, {})


def _ask(
    question: collecting.Question,
    said: str,
    settled: list[dict[str, Any]],
    changes: dict[str, Any],
    *,
    tries: int = 0,
) -> Step:
    asked = [*settled, {"key": question.key, "tries": tries}]
    options = (*question.choices, wording.skip(), wording.person())
    return Step(Band.ASKED, said, options, awaits="question", changes={**changes, "asked": asked})


# -- doing it


@transaction.atomic
def _do(heard: Heard, step: Step) -> None:
    conversation, message = heard.conversation, heard.message
    conversation.locked()
    talk = Talk.objects.select_for_update().get(pk=conversation.pk)
    if not _is_ours(conversation) or talk.stage not in WORKING or talk.seen_seq >= message.seq:
        return
    if step.helped is not None:
        _note_helped(talk, helped=step.helped)
    Turn.objects.create(talk=talk, message=message, band=step.band, found=[_kept(one) for one in step.found])
    _move(talk, step, message.seq)
    if step.why is not None:
        hand_over(talk, conversation, step.why, say=True)
    else:
        _say(conversation, message, wording.marked(step.said, step.options))
    if step.band == Band.THANKED:
        conversation.solve(by=conversation.customer)


def _move(talk: Talk, step: Step, seq: int) -> None:
    talk.seen_seq = seq
    talk.stage = Stage.ASKING if step.awaits else Stage.HELPING
    talk.awaits, talk.choices = step.awaits, step.choices
    for name, value in step.changes.items():
        setattr(talk, name, value)
    talk.save()


def _note_helped(talk: Talk, *, helped: bool) -> None:
    """What the customer says of what it said last; nobody else may."""
    last = talk.turns.filter(band__in=ANSWERS).order_by("id").last()
    if last is not None:
        last.helped = helped
        last.save(update_fields=["helped"])


def _say(conversation: Conversation, message: Message, text: str) -> None:
    posting.post_one(
        posting.Draft(
            conversation_id=conversation.pk,
            client_id=uuid5(conversation.pk, f"assistant {message.pk}"),
            author_kind=AuthorKind.SYSTEM,
            author_id=ASSISTANT,
            text=text,
            may=posting.anyone,
        )
    )


def _kept(one: Found) -> dict[str, Any]:
    return {
        "translation": str(one.translation_id),
        "title": one.title,
        "heading": one.heading,
        "confidence": round(one.confidence, 3),
    }
