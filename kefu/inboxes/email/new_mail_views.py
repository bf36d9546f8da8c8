"""The page on which a new mail is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.conversations import files, posting
from kefu.conversations.models import Conversation, File, Inbox
from kefu.conversations.models.conversation import Refused
from kefu.conversations.views.common import page, rail
from kefu.database import limits
from kefu.inboxes.email import beginning, choosing, writing
from kefu.inboxes.email.composer_views import PER_MINUTE
from kefu.inboxes.email.console import listed
from kefu.people.access import StaffRequest
from kefu.people.roles import Can
from kefu.web import moments

WORDS = ("to", "cc", "bcc", "subject", "text", "later")


@page(Can.ANSWER, "GET", "HEAD", "POST")
def new_mail(request: StaffRequest) -> HttpResponse:
    """``conversation`` names the one beside which it was asked for: the mail is for its customer."""
    beside = _beside(request)
    if request.method != "POST":
        return _form(request, beside, {"to": _usually(beside)})
    try:
        begun = _write(request, beside)
    except (posting.CannotPost, files.NotKept, Refused) as problem:
        given = {name: request.POST.get(name, "") for name in WORDS}
        return _form(request, beside, given, error=str(problem))
    return HttpResponseRedirect(reverse("conversation", args=[begun.pk]))


def _write(request: StaffRequest, beside: Conversation | None) -> Conversation:
    given = request.POST
    mailbox = beginning.mailboxes_of(request.agent).filter(pk=_uuid(given.get("mailbox"))).first()
    if mailbox is None:
        raise Refused(_("Choose the mailbox that this mail leaves from."))
    if not limits.hit(f"mail:{request.agent.pk}", limit=PER_MINUTE, per=60):
        raise Refused(_("Too many mails at once. Wait a minute and try again."))
    wanted = choosing.wanted_of(
        {name: given.get(name, "") for name in WORDS} | {"anyway": given.get("anyway") == "on"},
        zone=request.agent.time_zone,
    )
    return beginning.write_first(
        mailbox,
        given.get("text", "").replace("\r\n", "\n").strip(),
        by=request.agent,
        start_id=_uuid(given.get("start_id")),
        wanted=wanted,
        known=beside.customer if beside else None,
        file_ids=[file.pk for file in _kept(request)],
    )


def _kept(request: StaffRequest) -> list[File]:
    """A page that is sent twice has its files only once: the message knows those of the first."""
    sent = Conversation.objects.filter(start_id=_uuid(request.POST.get("start_id"))).exists()
    uploads = [] if sent else request.FILES.getlist("file")
    return [files.keep(upload, by=request.agent, conversation=None) for upload in uploads]


def _form(
    request: StaffRequest, beside: Conversation | None, given: dict[str, str], error: str = ""
) -> HttpResponse:
    mailboxes = list(beginning.mailboxes_of(request.agent))
    shown: dict[str, Any] = {
        "given": given,
        "error": error,
        "beside": beside,
        "mailboxes": [(str(one.pk), one.name) for one in mailboxes],
        "mailbox": request.POST.get("mailbox") or _first(mailboxes, beside),
        "start_id": request.POST.get("start_id") or uuid4(),
        "had_files": bool(request.FILES),
        "zone": moments.zone_name(timezone.localtime()),
    }
    return render(request, "email/new.html", rail(request.agent) | shown, status=422 if error else 200)


def _first(mailboxes: list[Inbox], beside: Conversation | None) -> str:
    brand = beside.brand_id if beside else None
    return str(next((one.pk for one in mailboxes if one.brand_id == brand), ""))


def _usually(beside: Conversation | None) -> str:
    return listed(writing.usual_content(beside).to) if beside else ""


def _beside(request: StaffRequest) -> Conversation | None:
    """Through the person asking; what they may not see is as if nothing were named."""
    named = request.POST.get("conversation") or request.GET.get("conversation")
    seen = Conversation.objects.visible_to(request.agent).select_related("customer", "inbox", "brand")
    return seen.filter(pk=_uuid(named)).first() if named else None


def _uuid(text: str | None) -> UUID:
    """One that nothing has for what is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()
