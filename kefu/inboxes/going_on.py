"""What colleagues see of answers that also leave by mail: a line above the composer, and facts in the timeline."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation, InboxKind
from kefu.conversations.timeline import Fact
from kefu.inboxes.models import AnswerByMail, PromiseReason, PromiseState
from kefu.lib.encryption import Tampered
from kefu.privacy.display import STARS, mask_email


def line(conversation: Conversation) -> str:
    """With one query, and none where mail is the channel itself."""
    if conversation.inbox.kind == InboxKind.EMAIL:
        return ""
    kept = AnswerByMail.objects.filter(conversation=conversation, state=PromiseState.KEPT)
    found = kept.select_related("address__customer").first()
    if found is None:
        return ""
    sentence = (
        _("The customer has left. Answers also go to %(address)s.")
        if found.reason == PromiseReason.LEFT
        else _("Answers also go to %(address)s.")
    )
    return sentence % {"address": _shown(found)}


def began(fact: Fact) -> str:
    return _("The customer has left; answers go on by mail")


def ended(fact: Fact) -> str:
    return _("The customer is back; answers stay here")


def _shown(promise: AnswerByMail) -> str:
    try:
        return mask_email(promise.address.value or "")
    except Tampered:
        return STARS
