"""Beside a conversation that came from a form: what was promised, what looks odd, and the customer's link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.conversations.context import Panel
from kefu.conversations.models import Conversation, InboxKind
from kefu.conversations.views.common import find, page, show_again
from kefu.inboxes.form import following, receipts
from kefu.inboxes.form.suspicion import Reason
from kefu.people.access import StaffRequest
from kefu.people.models import Staff
from kefu.people.roles import Can

ODD = {
    Reason.HIDDEN_FIELD: _("A hidden field was filled in"),
    Reason.ONLY_LINKS: _("It contains links and almost no text"),
}


def shows(conversation: Conversation, agent: Staff) -> dict[str, Any] | None:
    submission = following.submission_of(conversation) if conversation.inbox.kind == InboxKind.FORM else None
    if submission is None:
        return None
    return {
        "submission": submission,
        "waits": conversation.first_reply_at is None,
        "odd": [ODD[Reason(one)] for one in submission.suspected.split(", ") if one],
        "is_mailed": receipts.is_mailed(submission),
    }


PANEL = Panel("form", _("Form"), "inboxes/beside_form.html", "inboxes/beside.css", shows)


@page(Can.ANSWER, "POST")
def links_end(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """For a mailbox or a link that fell into wrong hands."""
    conversation = find(request, conversation_id)
    submission = following.submission_of(conversation)
    if submission is None:
        raise Http404
    following.end_links(submission, by=request.agent)
    return show_again(request, conversation, _now("The customer's links no longer open anything."))
