"""Where a provider hands mail in, and tells what became of ours: signed as all our webhooks are (``signing``).

The answer to a mail is given only after it is stored; whoever hears nothing sends it again, and it is known then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kefu.conversations.models import Inbox, InboxKind
from kefu.database import limits
from kefu.inboxes.email import bounces, raws, threading
from kefu.inboxes.email.models import OutgoingMail, OutgoingState, Way
from kefu.inboxes.email.settings import MailSecrets, MailSettings, WayIn
from kefu.orders import signing
from kefu.people.access import token_route
from kefu.web.addresses import client_address
from kefu.web.rest import Refusal, refused

WRONG_A_MINUTE = 60
CALLS_A_MINUTE = 6000
ROUND_IT = 1024 * 1024  # what multipart may add to a mail
FIELD = "email"
MOST_RECIPIENTS = 100
CODES = {"bounced": "5.0.0", "failed": "5.0.0"}
Door = Callable[..., HttpResponse]


def _hook(most_bytes: int) -> Callable[[Door], Door]:
    """POST only, of bounded size and pace, to a mailbox that is on, signed by its secret."""

    def around(door: Door) -> Door:
        @wraps(door)
        def call(request: HttpRequest, key: str) -> HttpResponse:
            if request.method != "POST":
                return refused(Refusal(405))
            try:
                inbox = _mailbox(key)
                body = _body(request, most_bytes)
                _believed(request, inbox, body)
                return door(request, inbox, body)
            except Refusal as refusal:
                return refused(refusal)
            except RequestDataTooBig:
                return refused(Refusal(413))
            except (UnreadablePostError, MultiPartParserError, SuspiciousOperation):
                return refused(Refusal(400))

        return csrf_exempt(token_route(call))

    return around


def _mailbox(key: str) -> Inbox:
    found = (
        Inbox.objects.filter(key=key, kind=InboxKind.EMAIL, is_active=True).select_related("brand").first()
    )
    if found is None:
        raise Refusal(404)
    return found


def _body(request: HttpRequest, most: int) -> bytes:
    """Read past Django's limit, which is for forms."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdigit() and int(declared) > most:
        raise Refusal(413)
    body: bytes = request.read(most + 1)
    if len(body) > most:
        raise Refusal(413)
    return body


def _believed(request: HttpRequest, inbox: Inbox, body: bytes) -> None:
    secret = MailSecrets.of(inbox).webhook_secret
    if not signing.is_signed(secret, request.headers.get(signing.HEADER, ""), body):
        if limits.hit(f"mail hook from {client_address(request)}", limit=WRONG_A_MINUTE, per=60):
            raise Refusal(401, _("The signature is not right or too old."))
        raise Refusal(429, retry_after=60)
    if not limits.hit(f"mail hook {inbox.pk}", limit=CALLS_A_MINUTE, per=60):
        raise Refusal(429, retry_after=5)


# -- mail that comes


@_hook(raws.LARGEST + ROUND_IT)
def mail(request: HttpRequest, inbox: Inbox, body: bytes) -> HttpResponse:
    """The mail itself (RFC 822) as the body; or ``multipart/form-data`` with it as ``email``, and if known ``sender``
    (the return path, empty for reports) and ``recipient``, once for each.
    """
    if MailSettings.of(inbox).way_in != WayIn.DELIVERED:
        raise Refusal(404)
    raw, sender, recipients = _parts(request, body)
    if not raw.strip():
        raise Refusal(422, _("There is no mail in it."))
    try:
        kept = raws.keep(raw, inbox=inbox, way=Way.WEBHOOK, sender=sender, recipients=recipients)
    except raws.TooLarge as problem:
        raise Refusal(413) from problem
    return JsonResponse({"id": str(kept.pk)})


def _parts(request: HttpRequest, body: bytes) -> tuple[bytes, str | None, list[str]]:
    if request.content_type != "multipart/form-data":
        return body, None, []
    # Latin-1 gives back each byte of a field as it was.
    parser = MultiPartParser(request.META, BytesIO(body), request.upload_handlers, "latin-1")
    fields, files = parser.parse()
    file, text = files.get(FIELD), fields.get(FIELD, "")
    raw = file.read() if file is not None else str(text).encode("latin-1")
    sender = fields.get("sender")
    recipients = [str(one)[:320] for one in fields.getlist("recipient")[:MOST_RECIPIENTS]]
    return raw, None if sender is None else str(sender).strip("<> ")[:320], recipients


# -- what became of ours


@_hook(64 * 1024)
def delivery_event(request: HttpRequest, inbox: Inbox, body: bytes) -> HttpResponse:
    """``{"message_id", "status": "bounced" | "failed", "recipient"?}``. What is not about a mail of this mailbox is
    answered as well, since a provider would tell it again and again.
    """
    told = _told(body)
    outgoing = _named(inbox, str(told["message_id"]))
    if outgoing is None:
        return JsonResponse({"known": False})
    first = outgoing.state != OutgoingState.BOUNCED
    bounces.came_back(outgoing, code=CODES[told["status"]])
    recipient = str(told.get("recipient", ""))
    if first and recipient and threading.was_sent_to(outgoing, recipient):
        delivery = f"bounce {outgoing.pk} {recipient.lower()}"
        signing.once(inbox.pk, delivery, lambda: bounces.remember(recipient))
    return JsonResponse({"known": True})


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Refusal(400, _("The body is not JSON.")) from problem
    if not isinstance(told, dict) or not isinstance(told.get("message_id"), str):
        raise Refusal(422, _("It must name a “message_id”."))
    if str(told.get("status")) not in CODES:
        raise Refusal(422, _("The “status” must be “bounced” or “failed”."))
    return told


def _named(inbox: Inbox, message_id: str) -> OutgoingMail | None:
    found = threading.reported(inbox, message_ids=[message_id], recipients=[])
    return found if found is not None and found.inbox_id == inbox.pk else None
