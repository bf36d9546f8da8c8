"""A form that is sent in becomes a conversation: once, whatever is clicked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefu.conversations import flows
from kefu.conversations.models import Conversation, File, Inbox, Priority, Tag
from kefu.database import limits
from kefu.events import log
from kefu.events.actors import SYSTEM, Actor, Someone
from kefu.hours import clock
from kefu.inboxes import answers_by_mail
from kefu.inboxes.answering import Incomplete, remember_person, subject
from kefu.inboxes.form import proofs, receipts, suspicion
from kefu.inboxes.form.models import Submission
from kefu.inboxes.form.proofs import Challenge
from kefu.inboxes.form.reading import TEXT, TOPIC, as_fields, asked_files, read
from kefu.inboxes.form.settings import PREPARED, FormSettings, FormTopic
from kefu.inboxes.form.stamps import Stamp
from kefu.inboxes.form.suspicion import ASK_FOR_PROOF, DAY, LEAVE_A_MARK, Reason
from kefu.orders import flows as orders
from kefu.orders import linking, networks
from kefu.orders.models import Order
from kefu.people.models import Customer, Identity, IdentityKind, Team


class ProofWanted(Exception):
    """It may come from a program: to be sent again with the proof that ``challenge`` asks for."""

    def __init__(self, challenge: Challenge) -> None:
        super().__init__("a proof is wanted")
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came in. ``files`` and ``answers`` by question; ``prepared`` the ticked places of the checklist.

    ``hidden`` is the field that people do not see; ``customer`` whoever is signed in; ``address`` where it came from.
    """

    stamp: Stamp
    topic: str
    answers: Mapping[str, Any]
    text: str
    language: str
    address: str
    files: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    prepared: frozenset[int] = frozenset()
    hidden: str = ""
    challenge: str = ""
    proof: str = ""
    customer: Customer | None = None


def sender_of(stamp: Stamp, customer: Customer | None) -> Actor:
    """As whom files are uploaded before the form is sent: who is signed in, or the customer that will be made."""
    return customer or Someone("customer", stamp.id)


def submit(inbox: Inbox, sent: Sent) -> Submission:
    """Raises ``Incomplete``, ``suspicion.TooOften``, ``ProofWanted`` or ``posting.CannotPost``.

    Call it outside a transaction: what is counted must stay counted.
    """
    if before := Submission.objects.filter(pk=sent.stamp.id).first():
        return before
    topic, given = _read(inbox, sent)
    suspicion.count(address=sent.address, email=given["email"])
    found = _cleared(inbox, sent)
    submission = _store(inbox, sent, topic, given, found)
    networks.note(submission.conversation_id, sent.address)
    return submission


def take(inbox: Inbox, sent: Sent) -> Submission:
    """From a program that has signed in: nothing is suspected, all else is checked alike."""
    if before := Submission.objects.filter(pk=sent.stamp.id).first():
        return before
    topic, given = _read(inbox, sent)
    return _store(inbox, sent, topic, given, frozenset())


def faults(inbox: Inbox, sent: Sent) -> dict[str, str]:
    """What is wrong with it by itself, by question; nothing is counted or stored."""
    try:
        _read(inbox, sent)
    except Incomplete as problem:
        return problem.errors
    return {}


def _read(inbox: Inbox, sent: Sent) -> tuple[FormTopic, dict[str, str]]:
    topic = FormSettings.of(inbox).topic(sent.topic)
    if topic is None:
        raise Incomplete({TOPIC: _("Please choose what it is about.")})
    given = read(topic, sent.answers, text=sent.text, files=sent.files)
    if "\0" in sent.text:
        raise Incomplete({TEXT: _("The message contains characters that cannot be stored.")})
    return topic, given


def _cleared(inbox: Inbox, sent: Sent) -> frozenset[Reason]:
    """What still speaks against it once the proof is there; raises ``ProofWanted`` where it is not."""
    found = suspicion.reasons(
        form=inbox.pk, stamp=sent.stamp, text=sent.text, hidden=sent.hidden, address=sent.address
    )
    if found & ASK_FOR_PROOF and not _proved(sent):
        raise ProofWanted(proofs.challenge(sent.stamp))
    return found & LEAVE_A_MARK


def _proved(sent: Sent) -> bool:
    if proofs.worked(sent.challenge, sent.proof, sent.stamp):
        return True
    return proofs.waited(sent.challenge, sent.stamp) and suspicion.may_wait(sent.address)


def _store(
    inbox: Inbox, sent: Sent, topic: FormTopic, given: dict[str, str], found: frozenset[Reason]
) -> Submission:
    order = _order(inbox, sent, given)
    with_receipt = not found and _may_have_receipt(sent, given["email"])
    try:
        with transaction.atomic():
            submission = _write(inbox, sent, topic, given, found, order)
            if with_receipt:
                receipts.mail(submission, to=given["email"])
            return submission
    except IntegrityError:  # the same form came twice at once, and the other was first
        return Submission.objects.get(pk=sent.stamp.id)


def _order(inbox: Inbox, sent: Sent, given: dict[str, str]) -> Order | None:
    """The order that was named, if the address or the phone number given here is the one it was placed with."""
    number, facts = given.get("order_number", ""), [given["email"], given.get("phone", "")]
    if not number:
        return None
    for fact in filter(None, facts):
        try:
            outcome = orders.look_up(
                number, fact, brand=inbox.brand, address=sent.address, holder=f"form {sent.stamp.id}"
            )
        except orders.TooOften:
            return None
        if outcome is not None:
            return outcome.orders[0]
    return None


def _may_have_receipt(sent: Sent, email: str) -> bool:
    """A proved address may have as many as it likes; any other one a day, so that nobody fills a stranger's mailbox."""
    if sent.customer is not None and _is_proved(sent.customer, email):
        return True
    return limits.hit(f"form receipt {email.lower()}", limit=1, per=DAY)


def _is_proved(customer: Customer, email: str) -> bool:
    index = Identity.index_of(IdentityKind.EMAIL, email)
    return customer.identities.filter(
        kind=IdentityKind.EMAIL, index=index, verified_at__isnull=False
    ).exists()


def _write(
    inbox: Inbox,
    sent: Sent,
    topic: FormTopic,
    given: dict[str, str],
    found: frozenset[Reason],
    order: Order | None,
) -> Submission:
    customer = sent.customer or _new_customer(sent)
    email = remember_person(customer, given)
    conversation = _begin(inbox, sent, topic, given, customer)
    if order is not None:
        linking.link(order, conversation, by=customer)
    answers_by_mail.promise(conversation, email, language=sent.language)
    if found:
        _mark(conversation, inbox)
    submission = Submission.objects.create(
        id=sent.stamp.id,
        inbox=inbox,
        conversation=conversation,
        customer=customer,
        language=sent.language,
        expected_at=_expected(inbox, topic),
        suspected=", ".join(sorted(found)),
    )
    log.record(
        "form.submitted",
        submission,
        by=customer,
        conversation=conversation.pk,
        inbox=inbox.pk,
        suspected=sorted(found),
    )
    return submission


def _new_customer(sent: Sent) -> Customer:
    """Under the stamp's id: of two forms sent at once, only one can make this row."""
    customer = Customer(pk=sent.stamp.id, language=sent.language, seen_at=timezone.now())
    customer.save(force_insert=True)
    return customer


def _begin(
    inbox: Inbox, sent: Sent, topic: FormTopic, given: dict[str, str], customer: Customer
) -> Conversation:
    file_ids = asked_files(topic, given, sent.files)
    File.objects.filter(pk__in=file_ids, uploader_id=sent.stamp.id, message=None).update(
        uploader_id=customer.pk
    )
    with translation.override(inbox.language):
        fields = as_fields(topic, given, sent.files) | _prepared(topic, sent.prepared)
        title = subject(topic, sent.text)
    opening = flows.Opening(
        start_id=sent.stamp.id,
        text=sent.text,
        topic=topic.key,
        subject=title,
        fields=fields,
        file_ids=tuple(file_ids),
        team_id=_team(inbox, topic),
    )
    return flows.start(customer, inbox, opening)[0]


def _prepared(topic: FormTopic, ticked: frozenset[int]) -> dict[str, str]:
    """The checklist as the customer left it."""
    if not topic.prepare:
        return {}
    lines = (f"{'✓' if place in ticked else '–'} {words}" for place, words in enumerate(topic.prepare))
    return {PREPARED: "\n".join(lines)}


def _team(inbox: Inbox, topic: FormTopic) -> UUID | None:
    """One that has been removed since, or never was of this brand, gets nothing: the inbox's does."""
    if not topic.team:
        return None
    return Team.objects.filter(pk=topic.team, brand=inbox.brand_id).values_list("pk", flat=True).first()


def _mark(conversation: Conversation, inbox: Inbox) -> None:
    """It waits behind the others, under a tag by which it is found."""
    with translation.override(inbox.language):
        name = _("Suspected spam")
    tag = Tag.objects.get_or_create(brand_id=inbox.brand_id, name=name)[0]
    conversation.tag(tag, by=SYSTEM)
    conversation.prioritise(Priority.LOW, by=SYSTEM)


def _expected(inbox: Inbox, topic: FormTopic) -> datetime | None:
    if not topic.answer_hours:
        return None
    return clock.add_working_time(inbox.schedule, timezone.now(), timedelta(hours=topic.answer_hours))
