"""Following one's own matter by a link: what was answered, and writing more. Whether one may is decided each time.

A link on the receipt's page belongs to whoever filled in the form, who may be anybody; one in a mail to whoever reads
that mailbox. So when the desk joins the sender to a customer it knows, only the mail's links go on, and only while that
customer has the address: a stranger who wrote in their name sees nothing of what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from kefu.conversations import bubbles, files, posting
from kefu.conversations.bubbles import Bubble
from kefu.conversations.models import AuthorKind, Conversation, File
from kefu.events import log
from kefu.events.actors import Actor
from kefu.inboxes.form.models import Submission
from kefu.inboxes.models import AnswerByMail
from kefu.people.models import Customer
from kefu.web.addresses import absolute

LASTS = timedelta(days=90)
SALT = "kefu.inboxes.form.following"
MOST_SHOWN = 200
MOST_FOLLOW_UPS = 20


class By(StrEnum):
    """How a link came to whoever holds it."""

    PAGE = "page"
    MAIL = "mail"


def link(submission: Submission, *, by: By) -> str:
    """Valid for ``LASTS``; each mail brings a fresh one."""
    return absolute(reverse("contact_follow", args=[token(submission, by=by)]))


def token(submission: Submission, *, by: By) -> str:
    return signing.dumps([submission.pk.hex, by.value], salt=SALT, compress=False)


def named_in(token: str) -> tuple[UUID, By] | None:
    """None for one that is forged or too old. It names a submission; ``followed`` says whether it opens it."""
    try:
        found, by = signing.loads(token, salt=SALT, max_age=LASTS)
        return UUID(found), By(by)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def followed(submission_id: UUID, by: By) -> Submission | None:
    found = (
        Submission.objects.filter(pk=submission_id, revoked_at=None)
        .select_related("conversation__brand", "conversation__customer", "inbox__schedule", "inbox__brand")
        .select_related("customer")
        .first()
    )
    return found if found is not None and _may(found, by) else None


def _may(submission: Submission, by: By) -> bool:
    conversation = submission.conversation
    if conversation.customer_id == submission.customer_id:
        return True
    mailed = AnswerByMail.objects.filter(conversation=conversation).select_related("address").first()
    return by == By.MAIL and mailed is not None and mailed.address.customer_id == conversation.customer_id


def end_links(submission: Submission, *, by: Actor) -> None:
    """None of those given out so far opens anything from now on."""
    if Submission.objects.filter(pk=submission.pk, revoked_at=None).update(revoked_at=timezone.now()):
        log.record("form.links_ended", submission, by=by, conversation=submission.conversation_id)


# -- what is to be seen


def conversations(submission: Submission) -> list[Conversation]:
    """It, and what went on after it was closed, as long as it is the same customer's."""
    found = [submission.conversation]
    while len(found) < MOST_FOLLOW_UPS:
        further = Conversation.objects.filter(
            follow_up_of=found[-1], customer=submission.conversation.customer_id
        ).first()
        if further is None:
            break
        found.append(further)
    return found


def said(submission: Submission) -> list[Bubble]:
    """The latest replies of both sides, the oldest first; never a note."""
    found = [
        one for each in conversations(submission) for one in bubbles.replies_before(each.pk, limit=MOST_SHOWN)
    ]
    return found[-MOST_SHOWN:]


def file_of(submission: Submission, file_id: UUID) -> File | None:
    """What came with those replies."""
    ids = [one.pk for one in conversations(submission)]
    return File.objects.filter(files.for_customers(), pk=file_id, message__conversation__in=ids).first()


# -- writing more


def writer(submission: Submission) -> Customer:
    return submission.conversation.customer


def say(submission: Submission, text: str, *, file_ids: Sequence[UUID], client_id: UUID) -> posting.Posted:
    """Raises ``posting.CannotPost``. In a closed conversation this begins its follow-up, promised for as well."""
    latest = conversations(submission)[-1]
    customer = writer(submission)
    posted = posting.post_one(
        posting.Draft(
            conversation_id=latest.pk,
            client_id=client_id,
            author_kind=AuthorKind.CUSTOMER,
            author_id=customer.pk,
            text=text,
            may=lambda locked: locked.customer_id == customer.pk,
            file_ids=tuple(file_ids),
        )
    )
    _promise_there(submission, posted.conversation_id)
    return posted


def _promise_there(submission: Submission, conversation_id: UUID) -> None:
    first = AnswerByMail.objects.filter(conversation=submission.conversation_id).first()
    if first is not None and conversation_id != submission.conversation_id:
        AnswerByMail.objects.get_or_create(
            conversation_id=conversation_id,
            defaults={"address": first.address, "language": first.language},
        )


def submission_of(conversation: Conversation) -> Submission | None:
    """What it began with, also for a follow-up of a follow-up."""
    first = conversation
    for _step in range(MOST_FOLLOW_UPS):
        if first.follow_up_of is None:
            break
        first = first.follow_up_of
    return Submission.objects.filter(conversation=first).first()
