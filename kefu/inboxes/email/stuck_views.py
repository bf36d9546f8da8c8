"""How a mailbox does, in the desk's settings: its state, the mails set aside, those that did not leave."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kefu.inboxes.email import mailbox_flows, mailbox_state, raws, taking, troubles
from kefu.inboxes.email.mailbox_views import mailbox_of, mailbox_tab
from kefu.inboxes.email.models import ReceivedMail, ReceivedState
from kefu.inboxes.email.settings import MailSettings
from kefu.people.access import StaffRequest, staff_route
from kefu.people.roles import Can

PAGE = 50
HERE = "settings_mailbox_state"
RAW_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def state(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    found = mailbox_state.state_of(one)
    context = {
        "state": found,
        "way": MailSettings.of(one).way_in.value,
        "trouble": troubles.said(found.trouble) if found.trouble else "",
        "trouble_out": troubles.said(found.trouble_out) if found.trouble_out else "",
    }
    return mailbox_tab(request, "inboxes/mailbox_state.html", one, HERE, context)


# -- what came and is stuck


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def mails(request: StaffRequest, inbox: UUID) -> HttpResponse:
    """Those set aside; with ``?show=passed`` those that were passed over for good reasons."""
    one = mailbox_of(request, inbox)
    passed = request.GET.get("show") == "passed"
    wanted = ReceivedState.PASSED_OVER if passed else ReceivedState.ASIDE
    rows, older = _page(request, ReceivedMail.objects.filter(inbox=one, state=wanted))
    context = {
        "passed": passed,
        "mails": [{"mail": mail, "why": troubles.reason_said(mail.reason)} for mail in rows],
        "older": f"?{'show=passed&' if passed else ''}before={older}" if older else "",
    }
    return mailbox_tab(request, "inboxes/mailbox_mails.html", one, HERE, context)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def mail_again(request: StaffRequest, inbox: UUID, received: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    mail = get_object_or_404(ReceivedMail, inbox=one, pk=received)
    if taking.try_again(mail, by=request.agent):
        messages.success(request, _("It is read once more. If that fails, it stands here again."))
    else:
        messages.info(request, _("It is not set aside any more."))
    return redirect("settings_mailbox_mails", one.pk)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def original(request: StaffRequest, inbox: UUID, received: UUID) -> HttpResponse:
    """The mail as it came, to be saved: a POST, since reading what customers wrote is noted."""
    mail = get_object_or_404(ReceivedMail, inbox=mailbox_of(request, inbox), pk=received)
    try:
        raw = raws.open_raw(mail)
    except FileNotFoundError as problem:
        raise Http404 from problem
    mailbox_flows.note_reading(mail, by=request.agent)
    response = HttpResponse(raw, content_type="message/rfc822")
    name = f"{mail.received_at:%Y-%m-%d-%H%M%S}-{str(mail.pk)[-6:]}.eml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = RAW_POLICY
    response["Cache-Control"] = "no-store"
    return response


# -- what did not leave


@require_safe
@staff_route(Can.MANAGE_INBOXES)
def lost(request: StaffRequest, inbox: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    rows, older = _page(request, mailbox_state.lost_of(one).select_related("message__conversation"))
    context = {
        "mails": [{"mail": mail, "why": troubles.failure_said(mail.error)} for mail in rows],
        "older": f"?before={older}" if older else "",
    }
    return mailbox_tab(request, "inboxes/mailbox_lost.html", one, HERE, context)


@require_POST
@staff_route(Can.MANAGE_INBOXES)
def lost_again(request: StaffRequest, inbox: UUID, outgoing: UUID) -> HttpResponse:
    one = mailbox_of(request, inbox)
    mail = get_object_or_404(mailbox_state.mails_out(one), pk=outgoing)
    if mailbox_flows.send_again(mail, by=request.agent):
        messages.success(request, _("It is being sent once more."))
    else:
        messages.info(request, _("It is on its way already."))
    return redirect("settings_mailbox_lost", one.pk)


def _page(request: StaffRequest, found: QuerySet[Any]) -> tuple[list[Any], str]:
    """The newest first, and the id that the page after this one begins below."""
    try:
        before = UUID(request.GET["before"]) if "before" in request.GET else None
    except ValueError as problem:
        raise Http404 from problem
    if before is not None:
        found = found.filter(pk__lt=before)
    rows: list[Model] = list(found.order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
