"""What a message was as a mail, its original, and how it went with one that left."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from kefu.conversations.models import Conversation
from kefu.conversations.models.conversation import Refused
from kefu.conversations.views.common import is_fragment, method_of, page, rail
from kefu.events import log
from kefu.inboxes.email import originals, sending, showing, writing
from kefu.inboxes.email.models import Letter, OutgoingMail
from kefu.lib.files import content_disposition
from kefu.people.access import StaffRequest
from kefu.people.models import Staff
from kefu.people.roles import Can
from kefu.privacy.display import mask_email
from kefu.web.addresses import client_address
from kefu.web.templatetags.parts import toast

OWN_ORIGINAL = "default-src 'none'; sandbox; frame-ancestors 'none'"


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def letter(request: StaffRequest, message_id: int) -> HttpResponse:
    found = _letter(request.agent, message_id)
    shown = {
        "letter": found,
        "head": _masked(showing.head_of(found), request.agent),
        "kept_apart": showing.kept_apart(found),
        "may_download": request.agent.can(Can.SEE_CONTACT),
    }
    return _shown(request, "letter", _("Mail"), found.message.conversation, shown)


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def letter_html(request: StaffRequest, message_id: int) -> HttpResponse:
    """The mail's own page, for a frame that runs nothing; pictures from elsewhere only when asked for."""
    found = _letter(request.agent, message_id)
    remote = "pictures" in request.GET
    shown = showing.page_of(found, with_remote_pictures=remote)
    response = HttpResponse(render_to_string("email/letter_frame.html", {"html": shown.html}))
    response["Content-Security-Policy"] = showing.policy(with_remote_pictures=remote)
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


@page(Can.SEE_CONTACT, "GET")
def original(request: StaffRequest, message_id: int) -> HttpResponse:
    """To be saved and never to be shown by us; that someone took it is kept."""
    found = _letter(request.agent, message_id)
    try:
        raw = originals.original_of(found)
    except FileNotFoundError:
        raise Http404 from None
    log.audit(
        "letter.downloaded",
        found,
        by=request.agent,
        address=client_address(request) or None,
        conversation=found.message.conversation_id,
        message=found.message_id,
    )
    response = HttpResponse(raw, content_type="message/rfc822")
    name = f"{found.message.conversation.public_number}-{found.message.seq}.eml"
    response["Content-Disposition"] = content_disposition(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = OWN_ORIGINAL
    return response


@page(Can.READ_CONVERSATIONS, "GET", "HEAD")
def recipients(request: StaffRequest, message_id: int) -> HttpResponse:
    mail = _outgoing(request.agent, message_id)
    content = writing.Content.of(mail)
    rows = [(_("To"), content.to), (_("Cc"), content.cc), (_("Bcc, hidden from the others"), content.bcc)]
    shown = {
        "mail": mail,
        "content": content,
        "rows": [(word, _people(people, request.agent)) for word, people in rows if people],
    }
    return _shown(request, "recipients", _("Recipients"), mail.message.conversation, shown)


@page(Can.ANSWER, "POST", "DELETE")
def delivery(request: StaffRequest, message_id: int) -> HttpResponse:
    """POST tries once more, DELETE withdraws what has not begun to leave."""
    mail = _outgoing(request.agent, message_id)
    if method_of(request) == "DELETE":
        if not writing.withdraw(mail, by=request.agent):
            raise Refused(_("It has begun to leave and cannot be withdrawn any more."))
        said = _("Withdrawn. It was not sent.")
    else:
        if not sending.retry(mail, by=request.agent):
            raise Refused(_("This mail is not one that failed. Nothing was sent again."))
        said = _("It is being sent again.")
    if is_fragment(request):
        return HttpResponse(toast(said, oob=True))
    conversation = mail.message.conversation_id
    return HttpResponseRedirect(f"{reverse('conversation', args=[conversation])}#m{mail.message.seq}")


def _letter(agent: Staff, message_id: int) -> Letter:
    """Through the person asking."""
    seen = Letter.objects.filter(message__conversation__in=Conversation.objects.visible_to(agent))
    return get_object_or_404(
        seen.select_related("message__conversation__customer", "received"), message=message_id
    )


def _outgoing(agent: Staff, message_id: int) -> OutgoingMail:
    seen = OutgoingMail.objects.filter(message__conversation__in=Conversation.objects.visible_to(agent))
    return get_object_or_404(seen.select_related("message__conversation__customer"), message=message_id)


def _masked(head: showing.Head, agent: Staff) -> dict[str, Any]:
    """Those who answer must see whom they answer; others recognise an address."""
    return {
        "subject": head.subject,
        "sender": _people([head.sender], agent)[0] if head.sender else None,
        "to": _people(head.to, agent),
        "cc": _people(head.cc, agent),
        "moment": head.moment,
        "invitation": head.invitation,
        "refused_files": head.refused_files,
    }


def _people(people: Any, agent: Staff) -> list[tuple[str, str]]:
    in_full = agent.can(Can.ANSWER) or agent.can(Can.SEE_CONTACT)
    return [(name, address if in_full else mask_email(address)) for name, address in people]


def _shown(
    request: StaffRequest, name: str, title: str, conversation: Conversation, shown: dict[str, Any]
) -> HttpResponse:
    """As a dialog over the console; without scripts as a page of its own."""
    if is_fragment(request):
        form = render_to_string(f"email/{name}.html", shown, request)
        return render(
            request, "email/dialog.html", {"form": form, "dialog_title": title, "dialog_id": f"dialog-{name}"}
        )
    around = rail(request.agent) | {
        "conversation": conversation,
        "title": title,
        "part": f"email/{name}.html",
    }
    return render(request, "email/page.html", around | shown)
