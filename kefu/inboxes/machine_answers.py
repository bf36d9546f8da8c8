"""Which of the assistant's answers leave as mails: to whom a form was sent for, few, and never into a loop.

A form can be filled in with anybody's address. So one that nobody has proved gets one answer a day, of a form whose
receipt went there, and only what anybody may read, never a question that asks them for something. From then on it is
one mail for each mail that comes from there (RFC 3834, section 2), up to a limit.
"""

from __future__ import annotations

from kefu.answers.models import Band, Stage, Talk, Turn, WhyPerson
from kefu.conversations.models import AuthorKind, Conversation, InboxKind, Message, MessageKind
from kefu.database import limits
from kefu.inboxes.email import bounces, kinds, refusing
from kefu.inboxes.email.models import OutgoingMail, index_of
from kefu.inboxes.form import following, receipts
from kefu.inboxes.models import AnswerByMail

DAY = 24 * 3600
MOST_IN_A_CONVERSATION = 12
MOST_OF_AN_ADDRESS = 20  # in a day, over all its conversations
MOST_UNPROVEN = 1
PUBLIC = (Band.ANSWERED, Band.OFFERED, Band.HANDED_OVER)
URGENT = (WhyPerson.DANGER, WhyPerson.SECURITY)


def may_leave(kept: AnswerByMail, message: Message) -> bool:
    """In the transaction that mails it: what is taken back was not counted either, and twice is once."""
    conversation, address = kept.conversation, kept.address.value or ""
    question = _question(message)
    if question is None or not _tells_something(conversation, question):
        return False
    if not _is_welcome(conversation, address):
        return False
    if question.inbox.kind != InboxKind.EMAIL and kept.address.verified_at is None:
        return _is_public(conversation, question) and _within("unproven", address, MOST_UNPROVEN)
    return _within("known", address, MOST_OF_AN_ADDRESS)


def _question(message: Message) -> Message | None:
    """What of theirs it answers."""
    said = Message.objects.filter(
        conversation=message.conversation_id,
        author_kind=AuthorKind.CUSTOMER,
        kind=MessageKind.REPLY,
        seq__lt=message.seq,
    )
    return said.select_related("inbox").order_by("-seq").first()


def _tells_something(conversation: Conversation, question: Message) -> bool:
    """Who says thank you needs no mail, nor whoever has a receipt that says the same: a person will answer."""
    band = Turn.objects.filter(message=question).values_list("band", flat=True).first()
    if band == Band.THANKED:
        return False
    talk = Talk.objects.filter(pk=conversation.pk).first()
    if talk is None or talk.stage != Stage.HANDED_OVER or talk.why in URGENT:
        return True
    return talk.turns.exclude(band=Band.HANDED_OVER).exists()


def _is_welcome(conversation: Conversation, address: str) -> bool:
    if kinds.is_nobody(address) or bounces.is_dead(address):
        return False
    if refusing.is_refused(conversation.brand_id, address):
        return False
    return _left_before(conversation) < MOST_IN_A_CONVERSATION


def _left_before(conversation: Conversation) -> int:
    return OutgoingMail.objects.filter(message__conversation=conversation, is_automatic=True).count()


def _is_public(conversation: Conversation, question: Message) -> bool:
    """Articles, or what to do in danger. No receipt is sent for what looks like spam, nor twice a day to a stranger."""
    if not Turn.objects.filter(message=question, band__in=PUBLIC).exists():
        return False
    submission = following.submission_of(conversation)
    return submission is not None and receipts.is_mailed(submission)


def _within(what: str, address: str, most: int) -> bool:
    return limits.hit(f"assistant mails {what} {index_of(address).hex()}", limit=most, per=DAY)
