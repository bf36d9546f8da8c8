"""A reply that leaves as a mail, as the composer sends it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from kefu.conversations import doors, posting
from kefu.conversations.models.conversation import Refused
from kefu.conversations.views.common import find, page
from kefu.database import limits
from kefu.inboxes.email import console
from kefu.people.access import StaffRequest
from kefu.people.roles import Can
from kefu.web.errors import problem

PER_MINUTE = 60


@page(Can.ANSWER, "POST")
def said(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """JSON as the live path takes it, with the mail's own part as ``extra``. Problems say what to do, as there."""
    conversation = find(request, conversation_id)
    given = _given(request)
    if given is None:
        return problem(422, "Unreadable", detail=_("This mail could not be read. Nothing was sent."))
    if not limits.hit(f"mail:{request.agent.pk}", limit=PER_MINUTE, per=60):
        return problem(
            429, "Too many mails", detail=_("Too many mails at once. Wait a minute and try again.")
        )
    try:
        posted = console.reply(conversation, by=request.agent, **given)
    except posting.CannotPost as why:
        return problem(doors.STATUS[why.why], "Not sent", detail=str(why))
    except Refused as why:
        return problem(422, "Not sent", detail=str(why))
    conversation.refresh_from_db()
    conversation.read_by_staff(request.agent, conversation.last_reply_seq)
    return JsonResponse(
        {
            "conversation": str(posted.conversation_id),
            "seq": posted.seq,
            "reply_seq": posted.reply_seq,
            "at": posted.at.isoformat(),
            "text": posted.text,
            "masked": posted.masked,
        },
        status=200 if posted.repeat else 201,
    )


def _given(request: StaffRequest) -> dict[str, Any] | None:
    """None for what is not a reply as our composer writes it."""
    try:
        found = json.loads(request.body)
        return {
            "text": _of(str, found.get("text", "")).strip(),
            "client_id": UUID(found["client_id"]),
            "wanted": _of(dict, found.get("extra") or {}),
            "file_ids": [UUID(one) for one in _of(list, found.get("files") or [])],
            "seen": None if found.get("seen_reply_seq") is None else _of(int, found["seen_reply_seq"]),
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value
